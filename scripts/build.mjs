// npm run build: the server as plain JavaScript in dist/server. Packages stay in node_modules: some hold native parts,
// worker threads or files of their own that a bundle would lose.
import { rm } from 'node:fs/promises'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { ROOT, say } from './steps.mjs'

const outdir = join(ROOT, 'dist', 'server')
// a worker thread is started from a file of its own, beside main.js
const workers = readdirSync(join(ROOT, 'server'), { recursive: true }).filter((path) => /\.worker\.ts$/.test(path)).map((path) => join(ROOT, 'server', path))

await rm(outdir, { recursive: true, force: true })
await build({
  entryPoints: [join(ROOT, 'server', 'main.ts'), ...workers],
  entryNames: '[name]',
  outdir,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  charset: 'utf8',
  logLevel: 'warning',
})
// pages lie beside the program, as Vite makes them
const [pages, built] = [join(ROOT, 'server', 'web'), join(ROOT, 'dist', 'web')]
await rm(built, { recursive: true, force: true })
if (existsSync(pages)) {
  const { build: buildPages } = await import('vite')
  await buildPages({ configFile: join(pages, 'vite.config.ts') })
}
say('dist/server is built')
