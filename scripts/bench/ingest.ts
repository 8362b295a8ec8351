import { packBeats } from '../../server/core/beat-packing.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { encodeMessage } from '../../shared/protocol/codec.ts'
import { BEAT_INTERVAL_MS, type Beat } from '../../shared/protocol/messages/beat.ts'
import { topicOf } from '../../shared/protocol/topics.ts'
import type { Bench, BenchContext, BenchRow } from './bench.ts'
import { openProvince, type Province } from './province.ts'

const CLUSTERS = 3_000
const MINUTE_S = 60
const BEAT_S = BEAT_INTERVAL_MS / 1_000
const HOUR_MS = 3_600_000
/** Half an hour of beats is packed already: the middle of the work of an hour. */
const BEATS_BEFORE = 45

export const ingest: Bench = {
  name: 'ingest',
  what: `a minute of ${CLUSTERS} clusters: ${(CLUSTERS * MINUTE_S) / BEAT_S} beats and ${CLUSTERS} reported states, decoded, checked and stored in SQLite, with the sweeps of presence, and the roll-up at the hour's end; without broker and sockets`,
  limitS: 120,
  run: (context) => Promise.resolve(measure(context)),
}

/** A minute passes as fast as the work is done; timers are not needed for it. */
function minuteClock(): Clock & { pass(ms: number): void } {
  let passed = 0
  // half past an hour, so that the beats before it fall into the same hour
  const start = Math.floor(Date.now() / HOUR_MS) * HOUR_MS + HOUR_MS / 2
  return { wall: () => wallMs(start + passed), mono: () => monoMs(passed), after: () => () => undefined, pass: (ms) => void (passed += ms) }
}

const beat = (n: number, second: number): Beat => ({
  s: BEATS_BEFORE + 1 + Math.floor(second / BEAT_S), t: 1_795_000_000 + second, p: 'buoi-sang.tguj58.3', r: [-97 - (n % 9), -11.5, 8.2, -68 - (n % 5)], l: 60 + (n % 40), e: 12, b: 2_000, c: 1_000, v: -180,
})

function fillHour({ databases, clusters }: Province, clock: Clock): void {
  const put = databases.telemetry.prepare('INSERT INTO beat (cluster, hour, packed) VALUES (?, ?, ?)')
  const packed = packBeats(Array.from({ length: BEATS_BEFORE }, (_, i) => ({ second: i * BEAT_S, seq: i + 1, playing: true, held: 1_000, radio: [-97 - (i % 3), -11.5, 8.2, -68], rttMs: 60 + (i % 7), clockErrMs: 12, bufferMs: 2_000, level: -180 - (i % 4) })))
  databases.telemetry.transaction(() => clusters.forEach((id) => put.run(id, Math.floor(clock.wall() / HOUR_MS), packed)))()
}

function measure({ runs, say, signal }: BenchContext): BenchRow[] {
  const figures: Figures = { cpuS: [], wallS: [], longestMs: [], dropped: [], rollCpuS: [], rollLongestMs: [] }
  for (let run = 1; run <= runs; run++) {
    signal.throwIfAborted()
    const clock = minuteClock()
    const province = openProvince({ clusters: CLUSTERS, clock, published: () => undefined, planned: () => undefined })
    try {
      fillHour(province, clock)
      oneMinute(province, clock, figures)
      hoursEnd(province, clock, figures)
    } finally {
      province.stop()
    }
    say(`run ${run} of ${runs}: ${figures.cpuS.at(-1)?.toFixed(2)} CPU-seconds`)
  }
  const row = (what: string, unit: string, values: readonly number[], atMost?: number): BenchRow => ({ what, who: 'ingestion', role: 'ours', unit, values, ...(atMost === undefined ? {} : { goal: { atMost } }) })
  return [
    row(`a minute of ${CLUSTERS} clusters, CPU`, 's', figures.cpuS),
    row(`a minute of ${CLUSTERS} clusters, time`, 's', figures.wallS),
    row('longest work of one second of it, in one go', 'ms', figures.longestMs),
    row(`an hour of ${CLUSTERS} clusters rolled up into the rings, CPU`, 's', figures.rollCpuS),
    row('longest work of one second of that, in one go', 'ms', figures.rollLongestMs),
    row('messages that were not taken', '', figures.dropped, 0),
  ]
}

/** The hour is over: each beat of the heart rolls some clusters up. */
function hoursEnd({ fleet, stores }: Province, clock: ReturnType<typeof minuteClock>, figures: Figures): void {
  clock.pass(HOUR_MS / 2)
  const cpu = process.cpuUsage()
  let longest = 0
  do {
    const began = performance.now()
    clock.pass(1_000)
    fleet.heartbeat()
    longest = Math.max(longest, performance.now() - began)
  } while (stores.rings.rollUp(clock.wall(), 1) > 0)
  const used = process.cpuUsage(cpu)
  figures.rollCpuS.push((used.user + used.system) / 1e6)
  figures.rollLongestMs.push(longest)
}

interface Figures {
  readonly cpuS: number[]
  readonly wallS: number[]
  readonly longestMs: number[]
  readonly dropped: number[]
  readonly rollCpuS: number[]
  readonly rollLongestMs: number[]
}

function oneMinute({ clusters, receive, fleet }: Province, clock: ReturnType<typeof minuteClock>, figures: Figures): void {
  const reported = encodeMessage('reported', { plan: 1_795_000_000_000, now: 0, planTo: 1_795_800_000_000, held: 12, due: 12, missing: [], playing: { slot: 'buoi-sang.tguj58.3', since: 1_795_000_000_000 }, refused: {} })
  const seconds = Array.from({ length: MINUTE_S }, (_, second) =>
    clusters.flatMap((id, n) => [
      ...(n % BEAT_S === second % BEAT_S ? [{ topic: topicOf('beat', id), payload: encodeMessage('beat', beat(n, second)) }] : []),
      ...(n % MINUTE_S === second ? [{ topic: topicOf('reported', id), payload: reported }] : []),
    ]))
  let longest = 0
  const [from, cpu] = [performance.now(), process.cpuUsage()]
  for (const messages of seconds) {
    const began = performance.now()
    for (const { topic, payload } of messages) receive(topic, payload)
    clock.pass(1_000)
    fleet.heartbeat()
    longest = Math.max(longest, performance.now() - began)
  }
  const used = process.cpuUsage(cpu)
  figures.cpuS.push((used.user + used.system) / 1e6)
  figures.wallS.push((performance.now() - from) / 1_000)
  figures.longestMs.push(longest)
  figures.dropped.push([...fleet.dropped.values()].reduce((all, n) => all + n, 0))
}
