// npm test: sets up what is missing, then the checks and every suite. The last line is `N passed, N failed`.
// With files as arguments (npm test -- test/unit/x.test.ts) only those run, without the checks.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, Refusal, say } from './steps.mjs'
import { setUp } from './setup.mjs'
import { readTap } from './tap-reading.mjs'

const SUITES = ['unit', 'property', 'contract', 'tidy', 'integration', 'simulation']
const bin = (...parts) => join(ROOT, 'node_modules', ...parts)
const TAP = bin('tap', 'dist', 'esm', 'run.mjs')
const CHECKS = [
  { name: 'types', args: [bin('typescript', 'bin', 'tsc'), '--noEmit'] },
  { name: 'pages', args: [bin('svelte-check', 'bin', 'svelte-check'), '--workspace', join('server', 'web'), '--tsconfig', 'tsconfig.json', '--fail-on-warnings'] },
  { name: 'lint', args: [bin('eslint', 'bin', 'eslint.js'), '.', '--max-warnings', '0'] },
  { name: 'dependency rules', args: [bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', 'shared', 'server', 'agent', 'scripts', 'test'] },
]
let running = null
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    running?.kill(signal)
    process.exit(1)
  })
}
const total = { passed: 0, failed: 0, skipped: 0 }

const asked = process.argv.slice(2).filter((one) => !one.startsWith('-'))
const absent = asked.filter((file) => !existsSync(join(ROOT, file)))
if (absent.length > 0) {
  say(`There is no file ${absent.join(', ')}; name test files from the top of the repository, such as test/unit/timeline.test.ts.`)
  total.failed += 1
  end(1)
} else {
  const ready = await setUp({ dev: true, required: ['ffmpeg', 'speech'], optional: ['mosquitto'] }).catch(tell)
  if (ready) await run(ready)
}

/** A set-up that cannot be done is a failure like any other: told, counted, and the closing line comes last. */
function tell(error) {
  if (!(error instanceof Refusal)) throw error
  say(`\nFAILED set-up\n${error.message}`)
  total.failed += 1
  end(1)
}

async function run({ missing }) {
  if (missing.includes('mosquitto')) say('! without mosquitto the tests of an external broker are skipped, and counted as skipped')
  if (asked.length === 0) for (const check of CHECKS) await runCheck(check)
  const files = asked.length > 0 ? asked : SUITES.flatMap(filesOf)
  if (files.length > 0) await runTap(files)
  end(total.failed > 0 || total.passed === 0 ? 1 : 0)
}

function filesOf(suite) {
  const folder = join(ROOT, 'test', suite)
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((name) => name.endsWith('.test.ts')).sort().map((name) => `test/${suite}/${name}`)
}

function runCheck({ name, args }) {
  const startedAt = Date.now()
  return new Promise((done) => {
    let output = ''
    const child = (running = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }))
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => {
      total[code === 0 ? 'passed' : 'failed'] += 1
      say(`${code === 0 ? 'ok    ' : 'FAILED'} check: ${name} (${seconds(Date.now() - startedAt)})`)
      if (code !== 0) say(output)
      done()
    })
  })
}

function runTap(files) {
  return new Promise((done) => {
    const child = (running = spawn(process.execPath, [TAP, '--reporter=tap', ...files], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }))
    const seen = new Set()
    const reading = readTap((file) => {
      seen.add(file.name)
      report(file)
    })
    let complaints = ''
    child.stdout.on('data', (chunk) => reading.push(String(chunk)))
    child.stderr.on('data', (chunk) => (complaints += chunk))
    child.on('close', (code) => {
      reading.end()
      const unseen = files.filter((file) => !seen.has(file))
      for (const file of unseen) report({ name: file, ok: false, passed: 0, failed: 1, skipped: 0, ms: 0, text: 'the runner ended without a result for this file' })
      if (code !== 0 && total.failed === 0) report({ name: 'test runner', ok: false, passed: 0, failed: 1, skipped: 0, ms: 0, text: `ended with code ${code}` })
      if (total.failed > 0 && complaints !== '') say(complaints)
      done()
    })
  })
}

function report({ name, ok, passed, failed, skipped, ms, text }) {
  total.passed += passed
  total.failed += failed
  total.skipped += skipped
  const counts = [`${passed} passed`, failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} skipped` : ''].filter((one) => one !== '')
  say(`${ok ? 'ok    ' : 'FAILED'} ${name}: ${counts.join(', ')} (${seconds(ms)})`)
  if (ok) clearAway(name)
  else say(text)
}

/**
 * The folders a test file wrote to go when its process has ended (.taprc keeps them until then: what was tested may still
 * be writing when its last sentence is done), and stay for a look when it failed.
 */
function clearAway(file) {
  const fixtures = join(ROOT, '.tap', 'fixtures')
  if (!existsSync(fixtures)) return
  for (const name of readdirSync(fixtures)) if (name.startsWith(`${file.replaceAll('/', '-')}-`)) rmSync(join(fixtures, name), { recursive: true, force: true, maxRetries: 5 })
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}

/** The closing line is always the last thing on the screen, whatever else is still to be written. */
function end(code) {
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : ''
  process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`, () => process.exit(code))
}
