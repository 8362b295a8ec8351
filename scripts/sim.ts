import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Bundles the simulation and runs the bundle: a loader that names every closure, for stack traces, costs a run of a
 * hundred million of them a fifth of its time. Young objects get more room for the same reason.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const bundle = join(root, 'dist', `sim-${process.pid}.mjs`)

await build({ entryPoints: [join(root, 'scripts', 'sim', 'command.ts')], outfile: bundle, bundle: true, platform: 'node', format: 'esm', packages: 'external', sourcemap: 'inline', logLevel: 'error' })
const child = spawn(process.execPath, ['--enable-source-maps', '--max-semi-space-size=64', bundle, ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  rmSync(bundle, { force: true })
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
})
