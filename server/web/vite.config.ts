import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

interface Manifest {
  readonly [name: string]: { readonly file: string; readonly isEntry?: boolean; readonly imports?: readonly string[]; readonly css?: readonly string[] }
}
/** What the first screen needs: the entry, what it imports, and their styles. */
function shellOf(manifest: Manifest): string[] {
  const files = new Set<string>()
  const add = (name: string): void => {
    const part = manifest[name]
    if (!part || files.has(part.file)) return
    for (const file of [part.file, ...(part.css ?? [])]) files.add(file)
    part.imports?.forEach(add)
  }
  for (const [name, { isEntry }] of Object.entries(manifest)) if (isEntry === true) add(name)
  return [...files, 'icon.svg', 'manifest.webmanifest'].map((file) => `/${file}`).sort()
}
/** Writes the service worker beside the pages, with what this build's shell is made of; another build is another version. */
const serviceWorker = (): Plugin => ({
  name: 'service-worker',
  apply: 'build',
  async writeBundle({ dir }) {
    if (dir === undefined) throw new Error('the pages are built into no folder')
    const files = shellOf(JSON.parse(await readFile(join(dir, '.vite', 'manifest.json'), 'utf8')) as Manifest)
    const [worker, home] = await Promise.all([readFile(here('./app/src/service-worker.js'), 'utf8'), readFile(join(dir, 'index.html'), 'utf8')])
    const version = createHash('sha256').update(worker).update(home).update(JSON.stringify(files)).digest('base64url').slice(0, 12)
    await writeFile(join(dir, 'service-worker.js'), `const SHELL = ${JSON.stringify({ version, files })}\n${worker}`)
  },
})

/** The pages, built once into dist/web/app; the server serves them itself. */
export default defineConfig({
  root: here('./app'),
  base: '/',
  publicDir: here('./app/public'),
  plugins: [svelte({ configFile: false }), serviceWorker()],
  // no inline script or style: the server's content security policy forbids both
  build: { outDir: here('../../dist/web/app'), emptyOutDir: true, assetsInlineLimit: 0, manifest: true, modulePreload: { polyfill: false }, target: 'es2022', reportCompressedSize: false },
  logLevel: 'warn',
})
