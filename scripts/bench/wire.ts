import { execFileSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Session } from '../../shared/core/timetable.ts'
import { ASK_EVERY_MS } from '../../agent/stages/timekeeper.ts'
import { BEAT_INTERVAL_MS } from '../../shared/protocol/messages/beat.ts'
import { topicOf } from '../../shared/protocol/topics.ts'
import { median, type Bench, type BenchContext, type BenchRow } from './bench.ts'
import { runOnLink } from './link/on-link.ts'
import { openStation, sessionAt, type StationUnderTest } from './station-under-test.ts'
import { HEADER_BYTES, ipBytes, sum, watchExchanges, type Exchange } from './wire-counters.ts'

const IDLE_MS = 330_000
const QUICK_IDLE_MS = 90_000
const SETTLE_MS = 12_000
/** A session of as many items as one of the default timetable, in a minute instead of an hour. */
const ITEMS = 5
const SESSION_MS = 60_000
const ITEM_S = 12
const DAY_MS = 86_400_000
const SESSIONS_A_DAY = 2
const SESSION_HOURS_A_DAY = 2
const GOAL_KB = 1_200
/** A ping and its answer in TLS 1.3 records: all that the second connection carries while nothing is on the air. */
const PING_RECORD_BYTES = 2 + 22
const AUD_PING_EVERY_MS = 120_000
/** An acknowledgement alone in a TLS 1.3 record. */
const PUBACK_RECORD_BYTES = 4 + 22
const TIME_ANSWER_LEAST_BYTES = 195

export const wire: Bench = {
  name: 'wire',
  what: 'bytes of one agent’s two connections over TLS at IP level: on the loopback the kernel’s counters of its sockets (payload with TLS, repeats, segments) and 52 B of IPv4 + TCP header per segment; on an emulated link every packet (one run, whatever --runs says)',
  limitS: 2_400,
  async run(context) {
    const missing = ssMissing()
    if (missing !== null) return [{ what: 'telemetry, pings, clock and evidence of a day', who: 'agent, sim:fair', role: 'ours', unit: 'kB', values: [], note: missing }]
    const station = await openStation({ tls: true, signal: context.signal })
    try {
      const rows = await measure(context, station)
      await station.stop()
      return [...rows, ...(await runOnLink('wire', context))]
    } finally {
      await station.stop()
    }
  },
}

function ssMissing(): string | null {
  try {
    execFileSync('ss', ['-V'], { stdio: 'ignore' })
    return null
  } catch {
    return 'ss is not installed: apt-get install iproute2'
  }
}

interface Phases {
  readonly connect: readonly Exchange[]
  readonly session: readonly Exchange[]
  readonly idle: readonly Exchange[]
  readonly idleMs: number
}

async function measure({ quick, say, signal }: BenchContext, station: StationUnderTest): Promise<BenchRow[]> {
  const programme = await station.addSound('tone', `sine=frequency=400:sample_rate=48000:duration=${ITEM_S}`)
  const watch = watchExchanges(Number(new URL(station.server.mqttUrl).port))
  try {
    await station.addAgent('Cụm đo', { TL_SINK: 'null', TL_MODEM: 'sim:fair' })
    await station.allReady()
    await pause(SETTLE_MS, undefined, { signal })
    const connected = performance.now()
    const startMs = Math.ceil((Date.now() + 20_000) / 1_000) * 1_000
    const session: Session = { ...sessionAt('phien', { startMs, lengthMs: SESSION_MS, programme }), items: Array.from({ length: ITEMS }, () => ({ file: programme })) }
    await station.api.ask('POST', '/sessions', session)
    say(`a session of ${ITEMS} items, then ${Math.round((quick ? QUICK_IDLE_MS : IDLE_MS) / 1_000)} s of idling`)
    await pause(startMs - 1_000 - Date.now(), undefined, { signal })
    const sessionFrom = performance.now()
    await pause(SESSION_MS + 1_000 + SETTLE_MS, undefined, { signal })
    const idleFrom = performance.now()
    await pause(quick ? QUICK_IDLE_MS : IDLE_MS, undefined, { signal })
    const idleTo = performance.now()
    watch.stop()
    const [first] = watch.exchanges
    const between = (from: number, to: number): Exchange[] => watch.exchanges.filter((e) => e.atMs >= from && e.atMs < to)
    const phases = { connect: between(first?.atMs ?? 0, connected), session: between(sessionFrom, idleFrom), idle: between(idleFrom, idleTo), idleMs: idleTo - idleFrom }
    if (watch.connections() > 2) say(`the agent connected ${watch.connections()} times: figures of the phases are mixed`)
    const [cluster] = await station.api.clusters()
    return rowsOf(phases, { health: cluster?.health, topic: topicOf('health', cluster?.id ?? '') })
  } finally {
    watch.stop()
  }
}

const isTime = (e: Exchange): boolean => e.downBytes >= TIME_ANSWER_LEAST_BYTES && e.upBytes < 120
const isBeat = (e: Exchange): boolean => e.downBytes === PUBACK_RECORD_BYTES && e.upBytes < 250
const isPing = (e: Exchange): boolean => e.upBytes === PING_RECORD_BYTES && e.downBytes === PING_RECORD_BYTES
const bytesOf = (exchanges: readonly Exchange[]): number => median(exchanges.map(ipBytes)) ?? 0

function rowsOf({ connect, session, idle, idleMs }: Phases, { health, topic }: { health: unknown; topic: string }): BenchRow[] {
  const [beats, times] = [idle.filter(isBeat), [...idle, ...session].filter(isTime)]
  const pings = idle.filter(isPing)
  const other = idle.filter((e) => !isBeat(e) && !isTime(e) && !isPing(e))
  const playing = session.filter(isBeat)
  const evidence = session.filter((e) => !isBeat(e) && !isTime(e))
  const [beat, time, ping] = [bytesOf(beats), bytesOf(times), bytesOf(pings)]
  const whilePlaying = Math.max(beat, bytesOf(playing))
  // one an hour: too rare to wait for, so it is computed from the document that came at the connect
  const healthBytes = Buffer.byteLength(JSON.stringify(health)) + topic.length + 8 + 22 + PUBACK_RECORD_BYTES + 3 * HEADER_BYTES
  const counts = { beats: DAY_MS / BEAT_INTERVAL_MS, playing: (SESSION_HOURS_A_DAY * 3_600_000) / BEAT_INTERVAL_MS, times: DAY_MS / ASK_EVERY_MS, pings: DAY_MS / AUD_PING_EVERY_MS }
  const day = (counts.beats - counts.playing) * beat + counts.playing * whilePlaying + counts.times * time + counts.pings * ping + 24 * healthBytes + SESSIONS_A_DAY * ipBytes(sum(evidence))
  const formula = `${counts.beats - counts.playing} × ${beat} B + ${counts.playing} × ${whilePlaying} B (playing) + ${counts.times} × ${time} B (time) + ${counts.pings} × ${ping} B (pings of the connection of streams) + 24 × ${healthBytes} B (health, computed) + ${SESSIONS_A_DAY} × ${ipBytes(sum(evidence))} B (session of ${ITEMS} items)`
  const row = (what: string, unit: string, value: number, more: Partial<BenchRow> = {}): BenchRow => ({ what, who: 'agent, sim:fair, TLS', role: 'ours', unit, values: [value], ...more })
  const shape = (e: Exchange | undefined): string => (e ? `${e.upBytes} B up in ${e.upSegments} segments, ${e.downBytes} B down in ${e.downSegments}` : 'none came')
  return [
    row('telemetry, pings, clock and evidence of a day', 'kB', day / 1_000, { goal: { atMost: GOAL_KB }, note: formula }),
    row('the same, if every second were as in the idle window', 'kB', (ipBytes(sum(idle)) * DAY_MS) / idleMs / 1_000, { note: `${ipBytes(sum(idle))} B in ${Math.round(idleMs / 1_000)} s: ${beats.length} beats, ${idle.filter(isTime).length} single time questions, ${pings.length} pings, ${other.length} others; a new box asks the time oftener` }),
    row('a beat, acknowledged', 'B', beat, { note: shape(beats[0]) }),
    row('a time question, answered and signed', 'B', time, { note: shape(times[0]) }),
    row(`evidence and reported state of a session of ${ITEMS} items`, 'B', ipBytes(sum(evidence)), { note: `${evidence.length} exchanges: ${shape({ atMs: 0, ...sum(evidence) })}` }),
    row('a connection: TCP, TLS, MQTT, hello, state, eight time questions', 'B', ipBytes(sum(connect)), { note: `not in the day; ${shape({ atMs: 0, ...sum(connect) })}, the plan and its file not always` }),
  ]
}
