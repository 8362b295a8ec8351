import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { fakedClock } from '../../agent/adapters/clock.ts'
import { realClock } from '../support/real-clock.ts'
import { hasty, startBox } from '../support/box.ts'
import { until } from '../support/mqtt-client.ts'
import { gaps, readRecording, spansAt, toneHz, type Span } from '../support/recording.ts'
import { makeOpus, sleep } from '../support/sound-rig.ts'
import { startStation, type Station } from '../support/station.ts'
import { startProxy } from '../support/tcp-proxy.ts'

const CLUSTER = 'c0000000a1'
/** What the noise of a busy machine may add; the ordinary error is a few milliseconds. */
const TOLERANCE_MS = 250
const near = (a: number | undefined, b: number): boolean => a !== undefined && Math.abs(a - b) <= TOLERANCE_MS

const work = mkdtempSync(join(tmpdir(), 'tl-outage-'))
/** A tone whose height tells the position: 400 Hz + 50 Hz for each second. */
const RISING = join(work, 'rising.opus')
makeOpus(RISING, 'aevalsrc=0.5*sin(2*PI*(400*t+25*t*t)):d=30:s=48000')
t.teardown(() => rmSync(work, { recursive: true }))

async function stationWithFile(ms: number): Promise<{ station: Station; password: string }> {
  const station = await startStation()
  const { password } = station.addCluster(CLUSTER, 'Cụm thử')
  await station.addFile('rising', RISING, ms)
  return { station, password }
}
/** Reading recordings takes the processor from boxes that still play in this process: all play to their end first. */
const SCENARIOS = 4
let stillPlaying = SCENARIOS
async function allPlayed(): Promise<void> {
  stillPlaying--
  await until(() => stillPlaying === 0, 60_000)
}
const holdsIt = (station: Station): Promise<boolean> => until(() => station.stores.presence.byCluster(CLUSTER)?.held === 1, 20_000)

/** Exactly one sound, from `start` for `lengthMs`, in phase everywhere, and one row of evidence that says so. */
function playedOnce(t: Test, station: Station, wav: string, { start, lengthMs }: { start: number; lengthMs: number }): void {
  const spans = spansAt(wav)
  t.equal(spans.length, 1, `it sounds once: ${JSON.stringify(spans.map((s) => [s.fromMs - start, s.toMs - start]))}`)
  t.ok(near(spans[0]?.fromMs, start), `it begins ${(spans[0]?.fromMs ?? 0) - start} ms after its time`)
  t.ok(near(spans[0]?.toMs, start + lengthMs), `it ends ${(spans[0]?.toMs ?? 0) - start - lengthMs} ms after its end`)
  const rows = station.stores.evidence.between(start as never, (start + 1) as never)
  t.equal(rows.length, 1, 'the evidence is there once')
  const [slot] = station.report(start, start + 1)
  t.match(slot, { rung: 'played', reason: null }, 'the planned slot says played')
  t.ok(slot?.planned, 'it was planned')
  t.ok(Math.abs((slot?.playedMs ?? 0) - lengthMs) < 500, `all of it: ${slot?.playedMs} ms`)
}

async function serverAway(t: Test): Promise<void> {
  const lengthMs = 6_000
  const first = await stationWithFile(lengthMs)
  // the box is three minutes wrong and drifts; it goes on by what it has stored
  const wrong = (): ReturnType<typeof fakedClock> => fakedClock(realClock, { offsetMs: 180_000, ppm: 80 })
  const options = { url: first.station.url, cluster: CLUSTER, password: first.password, root: first.station.keys.rootPublic, random: hasty }
  const before = await startBox({ ...options, clock: wrong() })
  const start = first.station.soon({ id: 'thu', inMs: 9_000, lengthMs: 60_000, items: [{ file: 'rising' }] })
  t.ok(await holdsIt(first.station), 'plan and file are there')
  const { port } = first.station.broker
  await first.station.stop()
  await before.stop()
  const box = await startBox({ ...options, clock: wrong(), folder: before.folder })
  await sleep(start + lengthMs + 1_500 - Date.now())
  const station = await startStation({ folder: first.station.folder, port })
  t.teardown(async () => {
    await box.stop(true)
    await station.stop(true)
  })
  t.ok(await until(() => station.stores.evidence.between(start, (start + 1) as never).length > 0, 30_000), 'evidence comes when the server is back')
  await sleep(2_500)
  await allPlayed()
  playedOnce(t, station, box.wav, { start, lengthMs })
}

async function linkDark(t: Test): Promise<void> {
  const lengthMs = 10_000
  const { station, password } = await stationWithFile(lengthMs)
  const proxy = await startProxy({ target: { port: station.broker.port }, random: Math.random })
  const box = await startBox({ url: `mqtt://127.0.0.1:${proxy.port}`, cluster: CLUSTER, password, root: station.keys.rootPublic, random: hasty })
  t.teardown(async () => {
    await box.stop(true)
    await proxy.close()
    await station.stop(true)
  })
  const start = station.soon({ id: 'thu', inMs: 7_000, lengthMs: 60_000, items: [{ file: 'rising' }] })
  t.ok(await holdsIt(station), 'plan and file are there')
  proxy.blackHole()
  await sleep(start + 4_000 - Date.now())
  proxy.resume()
  t.ok(await until(() => station.stores.presence.byCluster(CLUSTER)?.playing !== null, 5_000), 'the link is back in mid item and tells that it plays')
  proxy.blackHole()
  await sleep(start + lengthMs + 1_500 - Date.now())
  proxy.resume()
  t.ok(await until(() => station.stores.evidence.between(start, (start + 1) as never).length > 0, 50_000), 'evidence comes when the link is back')
  await sleep(1_500)
  await allPlayed()
  playedOnce(t, station, box.wav, { start, lengthMs })
  t.same(gaps(readRecording(box.wav), 60), [], 'the sound has no hole where the link came and went')
}

async function wrongClocks(t: Test): Promise<void> {
  const lengthMs = 5_000
  const station = await startStation()
  await station.addFile('rising', RISING, lengthMs)
  const faults = [{ offsetMs: 180_000, ppm: 80 }, { offsetMs: -180_000, ppm: -80 }]
  const boxes = await Promise.all(faults.map((fault, n) => {
    const cluster = `c0000000b${n}`
    const { password } = station.addCluster(cluster, `Cụm ${n}`)
    return startBox({ url: station.url, cluster, password, root: station.keys.rootPublic, clock: fakedClock(realClock, fault), random: hasty })
  }))
  t.teardown(async () => {
    for (const box of boxes) await box.stop(true)
    await station.stop(true)
  })
  const start = station.soon({ id: 'thu', inMs: 7_000, lengthMs, items: [{ file: 'rising' }] })
  await sleep(start + lengthMs + 1_500 - Date.now())
  await allPlayed()
  const spans = boxes.map((box): Span[] => spansAt(box.wav))
  for (const [n, own] of spans.entries()) {
    const { offsetMs } = faults[n] ?? { offsetMs: 0 }
    t.equal(own.length, 1)
    t.ok(near(own[0]?.fromMs, start), `${offsetMs} ms wrong: it begins ${(own[0]?.fromMs ?? 0) - start} ms after its time`)
    t.ok(near(own[0]?.toMs, start + lengthMs), `and ends ${(own[0]?.toMs ?? 0) - start - lengthMs} ms after its end`)
  }
  t.ok(Math.abs(toneHz(readRecording(boxes[0]?.wav ?? ''), start + 3_000) - 550) < 12, 'after three seconds the third second of the file sounds')
}

/** An RTC that lost two hours without power, found out when the link is back. */
async function lostRtc(t: Test): Promise<void> {
  const station = await startStation()
  const { password } = station.addCluster(CLUSTER, 'Cụm thử')
  await station.addFile('rising', RISING, 3_000)
  const options = { url: station.url, cluster: CLUSTER, password, root: station.keys.rootPublic, random: hasty }
  const before = await startBox(options)
  t.ok(await until(() => station.stores.presence.byCluster(CLUSTER)?.clock?.trusted === true), 'it knows the time')
  await sleep(1_500)
  await before.stop()
  const box = await startBox({ ...options, folder: before.folder, clock: fakedClock(realClock, { offsetMs: 7_200_000, ppm: 0 }) })
  t.teardown(async () => {
    await box.stop(true)
    await station.stop(true)
  })
  const start = station.soon({ id: 'thu', inMs: 6_000, lengthMs: 3_000, items: [{ file: 'rising' }] })
  await sleep(start + 4_500 - Date.now())
  await allPlayed()
  const spans = spansAt(box.wav)
  t.equal(spans.length, 1)
  t.ok(near(spans[0]?.fromMs, start), `it begins ${(spans[0]?.fromMs ?? 0) - start} ms after its time`)
}

t.jobs = SCENARIOS
void t.test('the server is gone and the box starts again: the session plays in full, evidence comes once', { buffered: true }, serverAway)
void t.test('the link goes dark before and within a session: it plays in full, evidence comes once', { buffered: true }, linkDark)
void t.test('clocks that are three minutes wrong and drift start and end on time', { buffered: true }, wrongClocks)
void t.test('a box whose RTC jumped by two hours takes the time of the server again', { buffered: true }, lostRtc)
