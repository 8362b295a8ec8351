import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { monoMs } from '../../shared/core/clock.ts'
import { readRecording, soundSpan } from '../support/recording.ts'
import { fullOrder, makeOpus, rig, sleep } from '../support/sound-rig.ts'

/** The machine may be busy: what is a few ms when it is quiet is allowed this much. */
const ONSET_MS = 50
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'sound-'))
const made = newFolder()
t.teardown(() => rmSync(made, { recursive: true }))
makeOpus(join(made, 'tone'), 'sine=440:d=3')
makeOpus(join(made, 'short'), 'sine=1000:d=0.3')

/** A folder of its own with the media in it. */
function folder(t: Test): string {
  const path = newFolder()
  t.teardown(() => rmSync(path, { recursive: true }))
  for (const name of ['tone', 'short']) copyFileSync(join(made, name), join(path, name))
  return path
}

t.test('missing and damaged media are told and silent; what is cut off plays as far as it goes', async (t) => {
  const path = folder(t)
  const whole = readFileSync(join(path, 'tone'))
  writeFileSync(join(path, 'cut'), whole.subarray(0, Math.floor(whole.length * 0.5)))
  writeFileSync(join(path, 'noise'), Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7_919 + (i >> 3) * 31) & 0xff)))
  writeFileSync(join(path, 'empty'), '')
  const r = rig(path, `wav:${path}/out.wav`)
  const at = monoMs(r.clock.mono() + 200)
  t.match(await r.play({ media: 'absent', at }), { failed: 'missing-media', playedMs: 0, began: null, levelDb: null })
  t.match(await r.play({ media: 'noise', at }), { failed: 'damaged-media', playedMs: 0 })
  t.match(await r.play({ media: 'empty', at }), { failed: 'damaged-media', playedMs: 0 })
  await r.sound.stop()
  t.equal(soundSpan(readRecording(`${path}/out.wav`)), null)
  const again = rig(path, 'null')
  const cut = await again.play({ media: 'cut', at: monoMs(again.clock.mono() + 200) })
  t.equal(cut.failed, 'damaged-media')
  t.ok(cut.playedMs > 500 && cut.playedMs < 2_500, `${String(cut.playedMs)} ms of it`)
  await again.sound.stop()
})

t.test('a page that is lost in the middle leaves the rest in its place', async (t) => {
  const path = folder(t)
  const bytes = readFileSync(join(path, 'tone'))
  const pages: number[] = []
  for (let at = bytes.indexOf('OggS'); at >= 0; at = bytes.indexOf('OggS', at + 1)) pages.push(at)
  const hurt = pages[3] ?? 0
  bytes[hurt + 100] = (bytes[hurt + 100] ?? 0) ^ 0xff
  writeFileSync(join(path, 'hurt'), bytes)
  const r = rig(path, `wav:${path}/out.wav`)
  const at = monoMs(r.clock.mono() + 300)
  const due = r.wallOf(at)
  const report = await r.play({ media: 'hurt', at })
  await r.sound.stop()
  t.equal(report.failed, 'damaged-media')
  const span = soundSpan(readRecording(`${path}/out.wav`))
  t.ok(span && Math.abs(span.toMs - due - 3_000) < ONSET_MS, 'the end is where it belongs')
})

t.test('a sound device that is missing is told, tried again, and harms nothing', async (t) => {
  const path = folder(t)
  const r = rig(path, 'alsa:no-such-device')
  const at = monoMs(r.clock.mono() + 100)
  const report = await r.play({ media: 'tone', at, until: monoMs(at + 2_000) })
  t.match(report, { failed: 'sink-failed' })
  t.ok(r.logged.length >= 2, 'it was tried more than once')
  t.match(r.logged[0], /no-such-device/)
  await r.sound.stop()
})

t.test('aplay is given the sound at the pace of the clock, and a stop ends it', async (t) => {
  const path = folder(t)
  writeFileSync(
    join(path, 'asound.conf'),
    `pcm.heard { type file slave.pcm { type null } file "${path}/heard.raw" format raw }\n`,
  )
  process.env['ALSA_CONFIG_PATH'] = join(path, 'asound.conf')
  t.teardown(() => delete process.env['ALSA_CONFIG_PATH'])
  const r = rig(path, 'alsa:heard')
  const at = monoMs(r.clock.mono() + 800)
  const handle = r.sound.play(fullOrder({ media: 'tone', at }), () => undefined)
  await sleep(1_800)
  const report = await handle.stop(20)
  await sleep(300)
  const heard = readFileSync(`${path}/heard.raw`)
  t.equal(report.failed, null, r.logged.join())
  t.ok(report.playedMs > 500)
  const seconds = heard.length / 96_000
  t.ok(seconds > 0.6 && seconds < 2.2, `aplay took ${String(seconds)} s`)
  t.equal(statSync(`${path}/heard.raw`).size, heard.length, 'nothing more comes')
  await r.sound.stop()
})

t.test('a fifo that nobody reads does not hold the sound, and a reader gets it as it is played', async (t) => {
  const path = folder(t)
  const r = rig(path, `fifo:${path}/heard`)
  const at = monoMs(r.clock.mono() + 300)
  const alone = await r.play({ media: 'short', at })
  t.match(alone, { failed: null })
  const witness = spawn('cat', [`${path}/heard`])
  const chunks: { at: number; bytes: Buffer }[] = []
  witness.stdout.on('data', (bytes: Buffer) => chunks.push({ at: performance.timeOrigin + performance.now(), bytes }))
  await sleep(500)
  const next = monoMs(r.clock.mono() + 500)
  const due = r.wallOf(next)
  await r.play({ media: 'short', at: next })
  const loud = chunks.find(({ bytes }) => new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)).some((v) => Math.abs(v) > 300))
  t.ok(loud && Math.abs(loud.at - due) < 200, `heard ${String((loud?.at ?? 0) - due)} ms after its time`)
  witness.kill()
  await once(witness, 'close')
  await sleep(150)
  t.match(await r.play({ media: 'short', at: monoMs(r.clock.mono() + 300) }), { failed: null }, 'the reader has gone')
  await r.sound.stop()
})

t.test('the virtual card is valid while it runs, rolls over, keeps two, and costs no disk in silence', async (t) => {
  const path = folder(t)
  const r = rig(path, `wav:${path}/out.wav?roll=1`)
  await sleep(3_400)
  const between = readRecording(`${path}/out.wav.1`)
  t.equal(between.pcm.length, 48_000)
  t.doesNotThrow(() => readRecording(`${path}/out.wav`))
  await r.sound.stop()
  t.same(readdirSync(path).filter((name) => name.startsWith('out')).sort(), ['out.wav', 'out.wav.1', 'out.wav.1.json', 'out.wav.json'])
  const current = readRecording(`${path}/out.wav`)
  t.ok(Math.abs(current.startedAtMs - between.startedAtMs - 1_000) < 5, 'the files follow each other')
  t.ok(statSync(`${path}/out.wav.1`).blocks * 512 < 20_000, 'silence is a hole')
  t.notOk(existsSync(`${path}/out.wav.2`))
})
