import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { ROOT } from '../support/tree.ts'

/** A clone with the real scripts and, where asked for, the real packages; its server and agent are a few lines. */
function clone(base: string, withPackages: boolean): string {
  mkdirSync(join(base, 'server'), { recursive: true })
  mkdirSync(join(base, 'agent'))
  cpSync(join(ROOT, 'scripts'), join(base, 'scripts'), { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(ROOT, name), join(base, name))
  if (withPackages) symlinkSync(join(ROOT, 'node_modules'), join(base, 'node_modules'))
  writeFileSync(join(base, 'server', 'main.ts'), `
    process.on('SIGTERM', () => { console.log('stopping gracefully'); process.exit(7) })
    console.log('arguments', process.argv.slice(2).join(' '))
    if (process.argv.includes('--fail')) process.exit(3)
    setInterval(() => undefined, 1000)`)
  writeFileSync(join(base, 'scripts', 'build-agent.mjs'), "import { mkdirSync, writeFileSync } from 'node:fs'\nmkdirSync('dist/agent', { recursive: true })\nwriteFileSync('dist/agent/main.mjs', '')\n")
  return base
}

interface Ended {
  readonly code: number | null
  readonly output: string
}
function ended(child: ChildProcess, onOutput: (all: string) => void = () => undefined): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let output = ''
    const take = (chunk: unknown): void => {
      output += String(chunk)
      onOutput(output)
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}
const start = (cwd: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess =>
  spawn(process.execPath, [join('scripts', 'start.mjs'), ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })

t.test('without packages and without a network the start says what is missing and how to get it, without a stack', async (t) => {
  const { code, output } = await ended(start(clone(t.testdir(), false), [], { PATH: process.env['PATH'], TL_OFFLINE: '1' }))
  t.equal(code, 1)
  t.match(output, /npm ci/)
  t.notMatch(output, /\n\s+at .*:\d+:\d+/)
})

t.test('a missing program is named with what it is for and the command that installs it', async (t) => {
  const { code, output } = await ended(start(clone(t.testdir(), true), [], { PATH: dirname(process.execPath) === '/usr/bin' ? '/nowhere' : dirname(process.execPath), TL_OFFLINE: '1' }))
  t.equal(code, 1)
  for (const word of ['ffmpeg', 'espeak-ng', 'Install']) t.match(output, word)
  t.notMatch(output, /\n\s+at .*:\d+:\d+/)
})

t.test('the start builds, hands on its arguments and signals, and ends with the code of the server', async (t) => {
  const cwd = clone(t.testdir(), true)
  const child = start(cwd, ['--no-demo', '--sound'], process.env)
  let asked = false
  const { code, output } = await ended(child, (all) => {
    if (asked || !all.includes('arguments --no-demo --sound')) return
    asked = true
    child.kill('SIGTERM')
  })
  t.match(output, /building the server/)
  t.match(output, /stopping gracefully/)
  t.equal(code, 7)

  const second = await ended(start(cwd, ['--no-demo', '--fail'], process.env))
  t.notMatch(second.output, /building/, 'the second start builds nothing')
  t.equal(second.code, 3)
})

t.test('an old Node gets a sentence', async (t) => {
  // what a Node 18 would report, told to the same code
  const cwd = clone(t.testdir(), false)
  writeFileSync(join(cwd, 'old.mjs'), "Object.defineProperty(process.versions, 'node', { value: '18.19.0' })\n")
  const { status, stdout } = spawnSync(process.execPath, ['--import', './old.mjs', 'scripts/start.mjs'], { cwd, encoding: 'utf8' })
  t.equal(status, 1)
  t.match(stdout, /needs Node 20\.11 or newer; this is 18\.19\.0/)
})
