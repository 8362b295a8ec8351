import { setTimeout as pause } from 'node:timers/promises'
import type { BenchContext, BenchRow } from './bench.ts'
import type { LinkBytes } from './link/emulator.ts'
import { openLinkStation, type LinkStation } from './link/link-station.ts'
import type { LinkPlace } from './link/on-link.ts'
import { putRelayOnAir, relayMissing } from './link/relay-on-air.ts'

const IDLE_MS = 900_000
const QUICK_IDLE_MS = 120_000
const RELAY_MS = 300_000
const QUICK_RELAY_MS = 90_000
const RELAY_IN_MS = 25_000
/** By then a new box has all files and knows its crystal. */
const SETTLE_MS = 420_000
const QUICK_SETTLE_MS = 60_000
const GOAL_DAY_KB = 1_200
const GOAL_RELAY_MB = 12.5

/** What both connections of a box cost on its link, counted there: all of IP, both ways, handshakes and repeats too. */
export async function measureWire({ quick, say, signal }: BenchContext, place: LinkPlace): Promise<readonly BenchRow[]> {
  const idle = 'an idle day, both connections'
  const live = 'an hour of a relay at 24 kbit/s'
  if (place.boxes === null) return [{ what: live, who: 'agent', role: 'ours', unit: 'MB', values: [], note: 'IP is counted only on the link emulator, which cannot run here' }]
  const station = await openLinkStation(place, { profiles: ['clean', 'good'], tls: true, perProcess: 2, clocksWrongByS: 0, sink: 'null', seed: 1, signal })
  try {
    say(station.link.what)
    await station.start()
    await station.ready(60_000)
    await pause(quick ? QUICK_SETTLE_MS : SETTLE_MS, undefined, { signal })
    const still = await counted(station, quick ? QUICK_IDLE_MS : IDLE_MS, signal)
    const rows: BenchRow[] = still.map((one, n) => row(station, n, { what: idle, unit: 'kB', value: (one.bytes / one.ms) * 86_400, goal: GOAL_DAY_KB, note: one.note }))
    const missing = relayMissing()
    if (missing !== null) return [...rows, { what: live, who: 'agent', role: 'ours', unit: 'MB', values: [], note: missing }]
    const lengthMs = (quick ? QUICK_RELAY_MS : RELAY_MS) + 30_000
    const relay = await putRelayOnAir(station, { inMs: RELAY_IN_MS, lengthMs })
    try {
      await pause(relay.startMs + 10_000 - station.now(), undefined, { signal })
      const relayed = await counted(station, lengthMs - 30_000, signal)
      return [...rows, ...relayed.map((one, n) => row(station, n, { what: live, unit: 'MB', value: (one.bytes / one.ms) * 3.6, goal: GOAL_RELAY_MB, note: one.note }))]
    } finally {
      await relay.stop()
    }
  } finally {
    await station.stop()
  }
}

const row = (station: LinkStation, n: number, { value, goal, ...rest }: { what: string; unit: string; value: number; goal: number; note: string }): BenchRow => ({
  ...rest, who: `agent, ${n === 0 ? 'clean' : 'good'} link, TLS`, role: 'ours', values: [value], goal: { atMost: goal },
})

/** Bytes of each link within a time. */
async function counted(station: LinkStation, ms: number, signal: AbortSignal): Promise<{ readonly bytes: number; readonly ms: number; readonly note: string }[]> {
  const look = (): Promise<LinkBytes[]> => Promise.all(station.links.map((_, n) => station.link.bytes(n)))
  const [before, from] = [await look(), performance.now()]
  await pause(ms, undefined, { signal })
  const [after, to] = [await look(), performance.now()]
  return after.map((now, n) => {
    const then = before[n] as LinkBytes
    const [up, down] = [now.up - then.up, now.down - then.down]
    return { bytes: up + down, ms: to - from, note: `${down} B down in ${now.downPackets - then.downPackets} packets, ${up} B up in ${now.upPackets - then.upPackets}, ${Math.round((to - from) / 1_000)} s` }
  })
}
