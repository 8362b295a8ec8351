import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { monoMs } from '../../shared/core/clock.ts'
import { clicks, gaps, levels, readRecording, soundSpan, tonePhaseMs } from '../support/recording.ts'
import { fullOrder, makeOpus, rig, sleep, stall, wrongClock } from '../support/sound-rig.ts'

/** The machine may be busy: what is a few ms when it is quiet is allowed this much. */
const ONSET_MS = 50
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'sound-'))
const made = newFolder()
t.teardown(() => rmSync(made, { recursive: true }))
const TONE_HZ = 440
makeOpus(join(made, 'tone'), `sine=${String(TONE_HZ)}:d=3`)
makeOpus(join(made, 'other'), 'sine=660:d=2')
makeOpus(join(made, 'short'), 'sine=1000:d=0.3')
// 90 s of silence with 100 ms of tone at 60 s: tells whether a seek lands where it should
makeOpus(join(made, 'mark'), 'aevalsrc=if(between(t\\,60\\,60.1)\\,sin(2*PI*1000*t)*0.5\\,0):d=90:s=48000')

/** How often a recording could be judged: a device that always runs dry is a fault of ours, not of a busy machine. */
const judged = { all: 0, undisturbed: 0 }

/** A busy machine can starve the card, and then the cut is a click: what is claimed holds for sound that was not starved. */
function noClicks(t: Test, path: string, underruns: number): void {
  if (underruns === 0) judged.undisturbed++
  judged.all++
  if (underruns > 0) t.comment(`the machine stalled ${String(underruns)} times`)
  else t.equal(clicks(readRecording(path)), 0, 'no clicks')
}

/** A folder of its own with the media in it. */
function folder(t: Test): string {
  const path = newFolder()
  t.teardown(() => rmSync(path, { recursive: true }))
  for (const name of ['tone', 'other', 'short', 'mark']) copyFileSync(join(made, name), join(path, name))
  return path
}

t.test('a tone begins and ends within 50 ms of its order, on a clock that is minutes and 100 ppm wrong', async (t) => {
  const path = folder(t)
  const r = rig(path, `wav:${path}/out.wav?ppm=50`, { clock: wrongClock(240_000, 100) })
  const at = monoMs(r.clock.mono() + 800)
  const due = r.wallOf(at)
  const report = await r.play({ media: 'tone', at, until: monoMs(at + 1_500), volume: 80 })
  await r.sound.stop()
  const recording = readRecording(`${path}/out.wav`)
  const span = soundSpan(recording)
  t.ok(span && Math.abs(span.fromMs - due) < ONSET_MS, `onset ${String((span?.fromMs ?? 0) - due)} ms`)
  t.ok(span && Math.abs(span.toMs - due - 1_500) < ONSET_MS, `end ${String((span?.toMs ?? 0) - due - 1_500)} ms`)
  t.ok(span && span.toMs <= due + 1_501, 'nothing sounds after the hard end')
  noClicks(t, `${path}/out.wav`, report.underruns)
  t.match(report, { failed: null })
  t.ok(report.began !== null && Math.abs(report.began - at) < ONSET_MS)
  if (report.underruns === 0) t.ok(Math.abs(report.playedMs - 1_500) < 2, `${String(report.playedMs)} ms played`)
  // ffmpeg's sine is −21 dBFS; 80 % is 3.9 dB less
  t.ok(report.levelDb !== null && Math.abs(report.levelDb + 25) < 1.5, `${String(report.levelDb)} dBFS`)
})

t.test('orders that follow each other join without a gap or a click', async (t) => {
  const path = folder(t)
  const r = rig(path, `wav:${path}/out.wav`)
  const at = monoMs(r.clock.mono() + 500)
  const [a, b] = await Promise.all([
    r.play({ media: 'tone', at, until: monoMs(at + 1_000) }),
    r.play({ media: 'other', at: monoMs(at + 1_000), until: monoMs(at + 2_000) }),
  ])
  await r.sound.stop()
  const recording = readRecording(`${path}/out.wav`)
  if (a.underruns + b.underruns === 0) t.same(gaps(recording, 12), [])
  noClicks(t, `${path}/out.wav`, a.underruns + b.underruns)
  t.ok(a.playedMs + b.playedMs > 1_900)
})

t.test('a medium that ends before its order ends it', async (t) => {
  const path = folder(t)
  const r = rig(path, 'null')
  const at = monoMs(r.clock.mono() + 300)
  const report = await r.play({ media: 'short', at })
  t.ok(report.underruns > 0 || Math.abs(report.playedMs - 300) < 1, `${String(report.playedMs)} ms`)
  t.equal(report.failed, null)
  t.ok(r.clock.mono() - at < 5_000)
  await r.sound.stop()
})

t.test('an order that comes late joins where it would be now', async (t) => {
  const path = folder(t)
  const r = rig(path, `wav:${path}/out.wav`)
  const at = monoMs(r.clock.mono() - 59_000)
  const due = r.wallOf(monoMs(at + 60_000))
  const report = await r.play({ media: 'mark', at, until: monoMs(at + 61_000) })
  await r.sound.stop()
  const span = soundSpan(readRecording(`${path}/out.wav`))
  t.ok(span && Math.abs(span.fromMs - due) < ONSET_MS, `onset ${String((span?.fromMs ?? 0) - due)} ms`)
  t.ok(report.playedMs < 2_000, 'what had gone by is not counted as played')
})

t.test('an offset is found in the middle of a file', async (t) => {
  const path = folder(t)
  const r = rig(path, `wav:${path}/out.wav`)
  const at = monoMs(r.clock.mono() + 500)
  const due = r.wallOf(monoMs(at + 250))
  await r.play({ media: 'mark', at, offsetMs: 59_750, until: monoMs(at + 700) })
  await r.sound.stop()
  const span = soundSpan(readRecording(`${path}/out.wav`))
  t.ok(span && Math.abs(span.fromMs - due) < ONSET_MS, `onset ${String((span?.fromMs ?? 0) - due)} ms`)
})

t.test('a stall of the program is silence, then the right place: never a loop, never made up for', async (t) => {
  const path = folder(t)
  const r = rig(path, `wav:${path}/out.wav`)
  const at = monoMs(r.clock.mono() + 500)
  const wall = r.wallOf(at)
  const played = r.play({ media: 'tone', at, until: monoMs(at + 2_500) })
  await sleep(1_500)
  stall(400)
  const report = await played
  await r.sound.stop()
  const recording = readRecording(`${path}/out.wav`)
  t.ok(report.underruns >= 1)
  const lost = gaps(recording, 100)
  t.equal(lost.length, 1, `gaps ${JSON.stringify(lost)}`)
  t.ok(report.playedMs < 2_400, 'what was not sounded is not counted')
  t.ok((soundSpan(recording)?.toMs ?? 0) < wall + 2_550, 'the end has not moved')
  const before = tonePhaseMs(recording, TONE_HZ, wall + 400)
  const after = tonePhaseMs(recording, TONE_HZ, wall + 400 + 1_800)
  const periodMs = 1_000 / TONE_HZ
  const off = Math.abs(((after - before + 1.5 * periodMs) % periodMs) - periodMs / 2)
  // 1 800 ms are 792 whole periods
  t.ok(off < 0.35, `${String(off)} ms off its place`)
})

t.test('a stop is silence within 150 ms, with a short fade, and the others sound on', async (t) => {
  const path = folder(t)
  const r = rig(path, `wav:${path}/out.wav`)
  const at = monoMs(r.clock.mono() + 300)
  const handle = r.sound.play(fullOrder({ media: 'tone', at }), () => t.fail('ended after a stop'))
  await sleep(1_300)
  const asked = r.wallOf(r.clock.mono())
  const report = await handle.stop(20)
  const tookMs = r.wallOf(r.clock.mono()) - asked
  await sleep(200)
  await r.sound.stop()
  const recording = readRecording(`${path}/out.wav`)
  const silentAfter = (soundSpan(recording)?.toMs ?? Infinity) - asked
  t.ok(silentAfter < 150, `silent after ${String(silentAfter)} ms`)
  t.ok(tookMs < 1_000)
  noClicks(t, `${path}/out.wav`, report.underruns)
  t.ok(report.playedMs > 700 && report.playedMs < 1_400)
  t.same(await handle.stop(20), report, 'a second stop tells the same')
})

t.test('an item is replaced in the middle by another one', async (t) => {
  const path = folder(t)
  const r = rig(path, `wav:${path}/out.wav`)
  const at = monoMs(r.clock.mono() + 300)
  const first = r.sound.play(fullOrder({ media: 'tone', at }), () => undefined)
  const second = r.play({ media: 'other', at: monoMs(at + 800), until: monoMs(at + 1_600) })
  await sleep(300 + 830)
  await Promise.all([first.stop(10), sleep(10).then(() => first.stop(10))])
  const report = await second
  await r.sound.stop()
  noClicks(t, `${path}/out.wav`, report.underruns + first.report().underruns)
  t.ok(report.playedMs > 700)
})

t.test('a better clock moves the sound gently: by at most 500 ppm when little, by one jump when much', async (t) => {
  const path = folder(t)
  const r = rig(path, `wav:${path}/out.wav`)
  const at = monoMs(r.clock.mono() + 300)
  const wall = r.wallOf(at)
  const handle = r.sound.play(fullOrder({ media: 'tone', at, until: monoMs(at + 2_900) }), () => undefined)
  await sleep(800)
  handle.retime(monoMs(at + 30))
  await sleep(2_700)
  await r.sound.stop()
  const recording = readRecording(`${path}/out.wav`)
  if (handle.report().underruns > 0) t.comment('the machine stalled')
  else {
    t.same(gaps(recording, 4), [])
    // between 700 and 2 500 ms after the start, 1 800 ms are whole periods: what is left is the slewing
    const periodMs = 1_000 / TONE_HZ
    const before = tonePhaseMs(recording, TONE_HZ, wall + 700)
    const after = tonePhaseMs(recording, TONE_HZ, wall + 2_500)
    const movedMs = ((before - after + 1.5 * periodMs) % periodMs) - periodMs / 2
    t.ok(movedMs > 0.3 && movedMs < 0.92, `moved by ${String(movedMs)} ms in 1.8 s`)
  }
  noClicks(t, `${path}/out.wav`, handle.report().underruns)
})

t.test('a jump lands in place, without a click', async (t) => {
  const path = folder(t)
  const r = rig(path, `wav:${path}/out.wav`)
  const at = monoMs(r.clock.mono() - 58_800)
  const due = r.wallOf(monoMs(at + 60_000 + 300))
  const handle = r.sound.play(fullOrder({ media: 'mark', at, until: monoMs(at + 62_000) }), () => undefined)
  await sleep(600)
  handle.retime(monoMs(at + 300))
  await sleep(2_000)
  await r.sound.stop()
  const recording = readRecording(`${path}/out.wav`)
  t.ok(Math.abs((soundSpan(recording)?.fromMs ?? 0) - due) < ONSET_MS)
  noClicks(t, `${path}/out.wav`, handle.report().underruns)
})

t.test('volume follows while it plays, without a click', async (t) => {
  const path = folder(t)
  const r = rig(path, `wav:${path}/out.wav`)
  const at = monoMs(r.clock.mono() + 300)
  const handle = r.sound.play(fullOrder({ media: 'tone', at, until: monoMs(at + 1_500) }), () => undefined)
  await sleep(1_000)
  handle.setVolume(25)
  await sleep(1_200)
  await r.sound.stop()
  const recording = readRecording(`${path}/out.wav`)
  const loud = levels(recording.pcm, 50).filter((level) => level > -60)
  t.ok(Math.max(...loud) > -23)
  t.ok(loud.filter((level) => level > -48 && level < -43).length >= 4, 'a quarter is 24 dB less')
  noClicks(t, `${path}/out.wav`, handle.report().underruns)
})

t.test('most of the recordings above could be judged', async (t) => {
  t.ok(judged.all >= 6 && judged.undisturbed * 2 > judged.all, `${String(judged.undisturbed)} of ${String(judged.all)} without a stall`)
})
