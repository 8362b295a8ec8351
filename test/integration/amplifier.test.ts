import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { monoMs } from '../../shared/core/clock.ts'
import { createAmplifier } from '../../agent/adapters/amplifier/create-amplifier.ts'
import { parseAmplifier } from '../../agent/adapters/amplifier/outputs.ts'
import { realClock } from '../support/real-clock.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const here = new URL('../../', import.meta.url)

/** Waits until a file says something; null after ten seconds. */
async function says(path: string, wanted: string): Promise<string | null> {
  for (let i = 0; i < 200; i++) {
    const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
    if (text === wanted) return text
    await sleep(50)
  }
  return null
}

const commandOn = (path: string): string => `command:echo on > ${path}|echo off > ${path}`

t.test('it is off at the start, on while sound is due, and off when that ends', async (t) => {
  const state = join(t.testdir({}), 'state')
  writeFileSync(state, 'on')
  const made = createAmplifier(commandOn(state), { clock: realClock })
  if (!made.ok) return t.fail(made.why)
  t.equal(await says(state, 'off'), 'off', 'whatever was before, it starts off')
  made.value.on(monoMs(realClock.mono() + 4_500))
  t.equal(await says(state, 'on'), 'on')
  await sleep(3_300)
  t.equal(readFileSync(state, 'utf8').trim(), 'on', 'a lease is renewed while it lasts')
  t.equal(await says(state, 'off'), 'off', 'it ends by itself')
  made.value.on(monoMs(realClock.mono() + 60_000))
  t.equal(await says(state, 'on'), 'on')
  made.value.off()
  t.equal(await says(state, 'off'), 'off')
  made.value.on(monoMs(realClock.mono() + 60_000))
  await says(state, 'on')
  await made.value.stop()
  t.equal(readFileSync(state, 'utf8').trim(), 'off', 'stop() resolves when it is off')
})

t.test('it goes off when the agent is killed', async (t) => {
  const folder = t.testdir({})
  const state = join(folder, 'state')
  const script = join(folder, 'agent.mts')
  writeFileSync(
    script,
    `import { createAmplifier } from ${JSON.stringify(new URL('agent/adapters/amplifier/create-amplifier.ts', here).href)}
const clock = { wall: () => Date.now(), mono: () => performance.now(), after: (ms, fn) => { const t = setTimeout(fn, ms); return () => clearTimeout(t) } }
createAmplifier(process.argv[2], { clock }).value.on(performance.now() + 3_600_000)`,
  )
  const agent = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, commandOn(state)], { stdio: 'inherit' })
  t.equal(await says(state, 'on'), 'on')
  agent.kill('SIGKILL')
  t.equal(await says(state, 'off'), 'off')
})

t.test('a GPIO is switched through sysfs, also one that is active when low', async (t) => {
  const sysfs = t.testdir({ export: '', gpio17: { direction: 'in' } })
  mkdirSync(join(sysfs, 'gpio18'))
  writeFileSync(join(sysfs, 'gpio18/direction'), 'in')
  const high = parseAmplifier('gpio:17', sysfs)
  const low = parseAmplifier('gpio:18?active=low', sysfs)
  if (!high.ok || !low.ok) return t.fail('refused')
  await high.value?.set(true)
  await low.value?.set(true)
  t.equal(readFileSync(join(sysfs, 'gpio17/direction'), 'utf8'), 'high')
  t.equal(readFileSync(join(sysfs, 'gpio18/direction'), 'utf8'), 'low')
  await low.value?.set(false)
  t.equal(readFileSync(join(sysfs, 'gpio18/direction'), 'utf8'), 'high')
  const absent = parseAmplifier('gpio:4', join(sysfs, 'absent'))
  if (absent.ok) await t.rejects(absent.value?.set(true) ?? Promise.resolve(), /gpioset/)
})

t.test('a USB relay gets its four bytes, and one that is unplugged never becomes a file', async (t) => {
  const folder = t.testdir({})
  const relay = parseAmplifier('usb:/dev/../' + join(folder, 'hidraw0').slice(1))
  if (!relay.ok || relay.value === null) return t.fail('refused')
  await t.rejects(relay.value.set(true))
  t.notOk(existsSync(join(folder, 'hidraw0')))
  writeFileSync(join(folder, 'hidraw0'), '')
  await relay.value.set(true)
  t.same([...readFileSync(join(folder, 'hidraw0'))], [0xa0, 1, 1, 0xa2])
  await relay.value.set(false)
  t.same([...readFileSync(join(folder, 'hidraw0'))], [0xa0, 1, 0, 0xa1])
})

t.test('a wrong description is refused with what is allowed, and none does nothing', async (t) => {
  for (const spec of ['relay', 'gpio:x', 'gpio:', 'usb:relay', 'command:only-on', 'command:a|b|c', 'command:|']) {
    t.match(parseAmplifier(spec), { ok: false, why: /gpio:N/ }, spec)
  }
  const none = createAmplifier('none', { clock: realClock })
  if (!none.ok) return t.fail(none.why)
  none.value.on(monoMs(1e12))
  await none.value.stop()
})

t.test('an output that fails is told and tried again', async (t) => {
  const folder = t.testdir({})
  const state = join(folder, 'state')
  const logged: string[] = []
  // works from the moment the folder "there" exists
  const made = createAmplifier(`command:echo on > ${folder}/there/s|cd ${folder}/there && echo off > ${state}`, {
    clock: realClock,
    log: (line) => logged.push(line),
  })
  if (!made.ok) return t.fail(made.why)
  for (let i = 0; i < 100 && logged.length === 0; i++) await sleep(50)
  t.match(logged[0], /failed/)
  mkdirSync(join(folder, 'there'))
  t.equal(await says(state, 'off'), 'off')
  await made.value.stop()
})
