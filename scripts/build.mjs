// npm run build: the server as plain JavaScript in dist/server. Packages stay in node_modules: some hold native parts,
// worker threads or files of their own that a bundle would lose.
import { cp, rm } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { build as buildPages } from 'vite'
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
// pages lie beside the program, as in the sources: the microphone's as it is, the app's as Vite makes it
const pages = join(ROOT, 'dist', 'web')
await rm(pages, { recursive: true, force: true })
await cp(join(ROOT, 'server', 'web', 'microphone'), join(pages, 'microphone'), { recursive: true })
await buildPages({ configFile: join(ROOT, 'server', 'web', 'vite.config.ts') })
say('dist/server and dist/web are built')
