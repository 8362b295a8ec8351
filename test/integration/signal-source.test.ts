import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { realClock } from '../../agent/adapters/clock.ts'
import { createSignalSource } from '../../agent/adapters/signal/create-signal-source.ts'
import type { SignalSource } from '../../agent/core/ports.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'

const deps = { clock: realClock(), random: () => 0.5, log: silentLog, pollMs: 100 }
const open = (spec: string, more: object = {}): SignalSource => {
  const made = createSignalSource(spec, { ...deps, ...more })
  if (!made.ok) throw new Error(made.why)
  return made.value
}
async function until(what: () => boolean, why: string): Promise<void> {
  for (let i = 0; i < 750; i++) {
    if (what()) return
    await wait(20)
  }
  throw new Error(`waited in vain: ${why}`)
}

const QUECTEL: Record<string, string> = {
  ATI: 'Quectel\r\nEC25\r\nRevision: EC25EFAR06A03M4G',
  'AT+QENG="servingcell"': '+QENG: "servingcell","NOCONN","LTE","FDD",452,04,844D92A,248,1650,3,5,5,D6E7,-89,-8,-61,17,38',
  'AT+QCSQ': '+QCSQ: "LTE",-61,-89,185,-8',
  'AT+CSQ': '+CSQ: 26,99',
  'AT+COPS?': '+COPS: 0,0,"Viettel",7',
  'AT+QCCID': '+QCCID: 8984048000123456789F',
}
const SIMCOM: Record<string, string> = {
  ATI: 'Manufacturer: SIMCOM INCORPORATED\r\nModel: A7670E',
  'AT+CPSI?': '+CPSI: LTE,Online,460-11,0x774B,126375687,303,EUTRAN-BAND1,100,5,0,12,36,42,5',
  'AT+CSQ': '+CSQ: 20,99',
}

/** A modem on a real pseudo-terminal: socat joins it to a child that answers, echoes until ATE0, and talks unasked. */
async function plugIn(dir: string, answers: Record<string, string>): Promise<{ path: string; unplug(): Promise<void> }> {
  const path = join(dir, 'ttyUSB2')
  const script = join(dir, 'modem.mjs')
  writeFileSync(script, `
    const answers = ${JSON.stringify(answers)}
    let line = '', echo = true
    process.stdin.on('data', (chunk) => {
      for (const c of String(chunk)) {
        if (echo) process.stdout.write(c)
        if (c !== '\\r') { line += c; continue }
        const said = answers[line]
        process.stdout.write('\\r\\n+CREG: 1\\r\\n')
        if (line === 'ATE0') echo = false
        process.stdout.write(said !== undefined ? '\\r\\n' + said + '\\r\\n\\r\\nOK\\r\\n' : /^AT(E0)?$/.test(line) ? '\\r\\nOK\\r\\n' : '\\r\\n+CME ERROR: 100\\r\\n')
        line = ''
      }
    })`)
  const socat: ChildProcess = spawn('socat', [`pty,raw,echo=0,link=${path}`, `exec:"${process.execPath} ${script}"`], { stdio: 'ignore' })
  await until(() => existsSync(path), 'the pseudo-terminal')
  return { path, unplug: async () => { if (socat.exitCode !== null || socat.signalCode !== null) return; socat.kill(); await once(socat, 'exit') } }
}
const noSocat = spawnSync('socat', ['-V']).error === undefined ? false : 'socat is not installed'

t.test('a Quectel modem on a serial port is asked and read', { skip: noSocat }, async (t) => {
  const modem = await plugIn(t.testdir(), QUECTEL)
  const source = open(`at:${modem.path}`)
  t.teardown(async () => { await source.stop(); await modem.unplug() })
  t.equal(source.latest(), null, 'nothing is known before the first answer')
  await until(() => source.latest() !== null, 'a reading')
  t.match(source.latest(), { figures: [-89, -8, 17, -61], tech: 'LTE', band: 'B3', cell: '844D92A', operator: 'Viettel', iccid: '8984048000123456789', simulated: false })
  t.ok((source.latest()?.source.length ?? 99) <= 24, 'the label fits its field')
})

t.test('a SIMCom modem that knows fewer questions is read all the same', { skip: noSocat }, async (t) => {
  const modem = await plugIn(t.testdir(), SIMCOM)
  const source = open(`at:${modem.path}`)
  t.teardown(async () => { await source.stop(); await modem.unplug() })
  await until(() => source.latest() !== null, 'a reading')
  t.match(source.latest(), { figures: [-105, -14, 5, -73], band: 'B1' })
})

t.test('a modem that is pulled out and comes back is read again', { skip: noSocat }, async (t) => {
  const dir = t.testdir()
  const warnings: string[] = []
  const first = await plugIn(dir, QUECTEL)
  const source = open(`at:${first.path}`, { log: { ...silentLog, warn: (_f: object, text: string) => warnings.push(text), info: (_f: object, text: string) => warnings.push(text) } })
  t.teardown(() => source.stop())
  await until(() => source.latest() !== null, 'a reading')
  await first.unplug()
  await until(() => warnings.length === 1, 'the loss is noticed')
  const second = await plugIn(dir, { ...QUECTEL, 'AT+QENG="servingcell"': '+QENG: "servingcell","NOCONN","LTE","FDD",452,04,844D92A,248,1650,3,5,5,D6E7,-101,-8,-61,17,38' })
  t.teardown(() => second.unplug())
  await until(() => source.latest()?.figures[0] === -101, 'a reading of the new one')
  t.match(warnings, [/does not answer/, /answers again/])
})

t.test('a port that is absent is waited for, and the source stops at once', async (t) => {
  const source = open(`at:${join(t.testdir(), 'ttyUSB9')}`)
  await wait(200)
  t.equal(source.latest(), null)
  await source.stop()
  await source.stop()
})

/** `mmcli` on PATH: notes what it is asked and answers from files. */
function fakeMmcli(dir: string): { asked(): string[]; answer(name: string, json: string): void } {
  const bin = join(dir, 'mmcli')
  writeFileSync(bin, `#!/bin/sh
echo "$*" >> ${dir}/asked
case "$*" in
  "-L -J") cat ${dir}/list ;;
  "-i 7 -J") cat ${dir}/sim ;;
  *--signal-setup*) cp ${dir}/after-setup ${dir}/signal ;;
  *--signal-get*) cat ${dir}/signal ;;
  *) cat ${dir}/modem ;;
esac`)
  chmodSync(bin, 0o755)
  return {
    asked: () => (existsSync(join(dir, 'asked')) ? readFileSync(join(dir, 'asked'), 'utf8').trim().split('\n') : []),
    answer: (name, json) => writeFileSync(join(dir, name), json),
  }
}

t.test('ModemManager is told to measure, then read, and found again under a new number', async (t) => {
  const dir = t.testdir()
  const path = process.env['PATH']
  process.env['PATH'] = `${dir}:${path}`
  t.teardown(() => { process.env['PATH'] = path })
  const mm = fakeMmcli(dir)
  mm.answer('list', '{"modem-list":["/org/freedesktop/ModemManager1/Modem/3"]}')
  mm.answer('after-setup', '{"modem":{"signal":{"lte":{"error-rate":"--","rsrp":"-104.00","rsrq":"--","rssi":"--","snr":"2.00"},"refresh":{"rate":"10"}}}}')
  mm.answer('modem', '{"modem":{"3gpp":{"operator-name":"VinaPhone"},"generic":{"access-technologies":["lte"],"sim":"/org/freedesktop/ModemManager1/SIM/7"}}}')
  mm.answer('sim', '{"sim":{"properties":{"iccid":"89840200010123456789","imsi":"452020123456789"}}}')
  const source = open('mm')
  t.teardown(() => source.stop())
  await until(() => source.latest() !== null, 'a reading')
  t.same(source.latest(), { figures: [-104, null, 2, null], tech: 'lte', operator: 'VinaPhone', iccid: '89840200010123456789', source: 'mm', simulated: false })
  t.equal(mm.asked()[1], '-m 3 --signal-setup=10')
  mm.answer('signal', '{"modem":{"signal":{"lte":{"rsrp":"--"},"refresh":{"rate":"0"}}}}')
  await until(() => mm.asked().filter((a) => a.includes('setup')).length > 1, 'the rate is set again')
})

t.test('without mmcli the source knows nothing and says so once', async (t) => {
  const path = process.env['PATH']
  process.env['PATH'] = t.testdir()
  t.teardown(() => { process.env['PATH'] = path })
  const warnings: string[] = []
  const source = open('mm', { log: { ...silentLog, warn: (_f: object, text: string) => warnings.push(text) } })
  await until(() => warnings.length > 0, 'the warning')
  await wait(1_500)
  await source.stop()
  t.equal(warnings.length, 1)
  t.equal(source.latest(), null)
})

t.test('a made-up modem labels every reading, and a flapping one goes through its phases', async (t) => {
  let now = 0
  const clock: Clock = { wall: () => wallMs(now), mono: () => monoMs(now), after: () => () => undefined }
  for (const [profile, centre] of [['good', -84], ['fair', -102], ['poor', -116]] as const) {
    const source = open(`sim:${profile}`, { clock })
    t.match(source.latest(), { simulated: true, source: `sim:${profile}`, figures: [centre] })
    await source.stop()
    t.equal(source.latest(), null)
  }
  const flapping = open('sim:flapping', { clock })
  const seen = new Set<string>()
  for (; now < 400_000; now += 10_000) seen.add(String(flapping.latest()?.figures[0] ?? 'gone'))
  t.same([...seen].sort(), ['-116', '-84', 'gone'])
})

t.test('a modem that is not understood is refused with what to write', async (t) => {
  for (const spec of ['', 'at:', 'at:ttyUSB2', 'sim', 'sim:great', 'usb']) t.match(createSignalSource(spec, deps), { ok: false, why: /at:\/dev\/ttyUSB2/ }, spec)
  t.equal(open('none').latest(), null)
})
