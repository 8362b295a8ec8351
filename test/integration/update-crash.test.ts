import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import t from 'tap'

t.setTimeout(240_000)
const ROOT = resolve(import.meta.dirname, '../..')

/** Puts a release in place as a box does, and ends like a power cut after so many steps on the disk. */
const PROGRAM = `
import { createSlotFiles } from ${JSON.stringify(join(ROOT, 'agent/adapters/update-files.ts'))}
import { createSlots } from ${JSON.stringify(join(ROOT, 'agent/stages/update-slots.ts'))}
import { nodeCrypto } from ${JSON.stringify(join(ROOT, 'agent/adapters/crypto.ts'))}
const [folder, installed, running, name, dieAt] = process.argv.slice(2)
const crypto = nodeCrypto()
const real = createSlotFiles(folder, installed)
let steps = 0
const die = () => process.kill(process.pid, 'SIGKILL')
const counted = Object.fromEntries(Object.entries(real).map(([what, work]) => [what, async (...given) => {
  if (what !== 'read' && ++steps === Number(dieAt)) {
    // torn in the middle of what it writes
    if (what === 'write') await real.write(given[0], given[1].subarray(0, Math.floor(given[1].length / 2)), given[2])
    die()
    await new Promise(() => undefined)
  }
  return work(...given)
}]))
const slots = createSlots({ files: counted, crypto, running })
const sha = (bytes) => Buffer.from(crypto.sha256(bytes)).toString('base64url')
const contents = { 'main.mjs': 'import { name } from "./lib/name.js"\\nconsole.log(name)', 'lib/name.js': 'export const name = ' + JSON.stringify(name), 'same.txt': 'kept from the program before' }
const files = Object.entries(contents).map(([path, text]) => ({ path, sha: sha(Buffer.from(text)), bytes: Buffer.byteLength(text), packed: 'x', packedBytes: 1 }))
const manifest = 'x.' + Buffer.from(JSON.stringify({ n: name.length, version: '0.0.0', files })).toString('base64url') + '.x'
const m = sha(Buffer.from(manifest))
await slots.prepare(m)
for (const file of files) if (!(await slots.holds(file)) && !(await slots.copy(file))) await slots.put(file, Buffer.from(contents[file.path]))
const wrong = await slots.close(manifest, files)
if (wrong.length > 0) throw new Error('wrong: ' + wrong.join())
await slots.flip({ m, n: name.length, plan: 0 })
console.log(steps)
`

interface Ended {
  readonly out: string
  readonly err: string
  readonly signal: string | null
  readonly code: number | null
}
const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((done) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], ...env } })
    let [out, err] = ['', '']
    child.stdout.on('data', (text: Buffer) => void (out += text.toString()))
    child.stderr.on('data', (text: Buffer) => void (err += text.toString()))
    child.once('exit', (code, signal) => done({ out: out.trim(), err, signal, code }))
  })

t.test('killed at any step of putting a release in place, the box starts a whole program, and the release comes all the same', async (t) => {
  const dir = t.testdir({ installed: { 'main.mjs': 'console.log("installed")', 'same.txt': 'kept from the program before' }, 'put.ts': PROGRAM })
  const installed = join(dir, 'installed')
  const common = { bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' } as const
  await build({ ...common, entryPoints: [join(dir, 'put.ts')], outfile: join(dir, 'put.mjs') })
  await build({ ...common, entryPoints: { launcher: join(ROOT, 'agent/adapters/update-launcher.ts'), trial: join(ROOT, 'agent/adapters/update-trial.ts') }, outdir: installed, outExtension: { '.js': '.mjs' } })
  const data = join(dir, 'data')
  const folder = join(data, 'releases')
  const put = (running: string, name: string, dieAt = 0): Promise<Ended> => run([join(dir, 'put.mjs'), folder, installed, running, name, String(dieAt)])
  const start = (): Promise<Ended> => run([join(installed, 'launcher.mjs')], { TL_DATA: data })
  const confirm = (): void => {
    const boot = JSON.parse(readFileSync(join(folder, 'boot.json'), 'utf8')) as object
    writeFileSync(join(folder, 'boot.json'), JSON.stringify({ ...boot, trial: null }))
  }

  // the first release beside what was installed, and a third one over the place of the first
  for (const [running, before, name] of [['installed', [], 'first'], ['b', ['first', 'second'], 'third']] as const) {
    const prepared = async (): Promise<void> => {
      rmSync(data, { recursive: true, force: true })
      mkdirSync(folder, { recursive: true })
      for (const [n, one] of before.entries()) {
        await put(n === 0 ? 'installed' : 'a', one)
        confirm()
      }
    }
    await prepared()
    const steps = Number((await put(running, name)).out)
    t.ok(steps > 15, `${steps} steps on the disk`)
    t.equal((await start()).out, name)
    const old = before.at(-1) ?? 'installed'
    let flipped = 0
    for (let at = 1; at <= steps; at++) {
      await prepared()
      t.equal((await put(running, name, at)).signal, 'SIGKILL')
      const started = await start()
      t.ok([old, name].includes(started.out), `killed at step ${at} of ${steps}: ${started.out} ${started.err}`)
      if (started.out === name) flipped++
      else {
        const again = await put(running, name)
        t.equal(again.code, 0, again.err)
        t.equal((await start()).out, name, 'what was left half-done does not stand in the way')
      }
    }
    t.ok(flipped <= 2, 'the change is one step')
  }
  t.ok(existsSync(join(folder, 'boot.json')))
})

t.test('a torn file of the launcher, or one that names a place without a program, starts what was installed', async (t) => {
  const dir = t.testdir({ installed: { 'main.mjs': 'console.log("installed")' }, data: { releases: {} } })
  const common = { bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' } as const
  await build({ ...common, entryPoints: { launcher: join(ROOT, 'agent/adapters/update-launcher.ts'), trial: join(ROOT, 'agent/adapters/update-trial.ts') }, outdir: join(dir, 'installed'), outExtension: { '.js': '.mjs' } })
  const start = (): Promise<Ended> => run([join(dir, 'installed/launcher.mjs')], { TL_DATA: join(dir, 'data') })
  for (const torn of ['', '{', '{"slot":"a"', 'null', '{"slot":"a","former":"installed","trial":null,"fell":null}']) {
    writeFileSync(join(dir, 'data/releases/boot.json'), torn)
    t.equal((await start()).out, 'installed', torn)
  }
})
