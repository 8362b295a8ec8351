import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

type Manifest = Readonly<Record<string, { readonly file: string }>>
/** What the first screen needs, in either language: the files that its page names, and the English words. */
function shellOf(home: string, manifest: Manifest): string[] {
  const english = manifest['src/words/en.ts']
  const named = [...home.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].flatMap(([, path]) => path ?? [])
  if (!english || named.length === 0) throw new Error('the build names no file of the first screen')
  return [...new Set([...named, `/${english.file}`, '/icon.svg', '/manifest.webmanifest'])].sort()
}
/** Writes the service worker beside the pages, with what this build's shell is made of; another build is another version. */
const serviceWorker = (): Plugin => ({
  name: 'service-worker',
  apply: 'build',
  async writeBundle({ dir }) {
    if (dir === undefined) throw new Error('the pages are built into no folder')
    const [worker, home, manifest] = await Promise.all([here('./app/src/service-worker.js'), join(dir, 'index.html'), join(dir, '.vite', 'manifest.json')].map((path) => readFile(path, 'utf8')))
    if (worker === undefined || home === undefined || manifest === undefined) throw new Error('the pages were not built whole')
    const files = shellOf(home, JSON.parse(manifest) as Manifest)
    const version = createHash('sha256').update(worker).update(home).update(JSON.stringify(files)).digest('base64url').slice(0, 12)
    await writeFile(join(dir, 'service-worker.js'), `const SHELL = ${JSON.stringify({ version, files })}\n${worker}`)
  },
})

/**
 * The app, the page that everybody opens first and all that they import, as one file: on a slow link each turn of questions costs more
 * than its bytes, and browsers ask for six things at a time.
 */
const FIRST_SCREEN = { name: 'first', test: /app\/src\/main\.ts$/, includeDependenciesRecursively: true }

/** The pages, built once into dist/web/app; the server serves them itself. */
export default defineConfig({
  root: here('./app'),
  base: '/',
  publicDir: here('./app/public'),
  plugins: [svelte({ configFile: false }), serviceWorker()],
  // no inline script or style: the server's content security policy forbids both
  build: {
    outDir: here('../../dist/web/app'), emptyOutDir: true, assetsInlineLimit: 0, manifest: true, modulePreload: { polyfill: false }, target: 'es2022', reportCompressedSize: false,
    rolldownOptions: { output: { codeSplitting: { groups: [FIRST_SCREEN] } } },
  },
  logLevel: 'warn',
})
