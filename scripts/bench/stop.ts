import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, BenchContext, BenchRow } from './bench.ts'
import { busyText } from './busy.ts'
import { openLinkStation } from './link/link-station.ts'
import { runOnLink, type LinkPlace } from './link/on-link.ts'
import { PROFILES } from './link/profiles.ts'
import { putRelayOnAir, relayMissing } from './link/relay-on-air.ts'
import { lastLoudMs } from './recorded.ts'
import { quantile } from './sounding.ts'

const BOXES = 20
const QUICK_BOXES = 6
const PER_PROCESS = 5
const RATE_KBPS = 200
const GOAL_S = 3
/** The relay has sounded for so long when the first is stopped; then one after the other. */
const SOUNDS_FIRST_MS = 25_000
const EACH_MS = 2_000
const RELAY_IN_MS = 30_000
/** What sounds longer than this after a stop was not stopped by it. */
const LATEST_MS = 15_000

export const stop: Bench = {
  name: 'stop',
  what: `a cluster is stopped while a relay sounds behind its link of ${RATE_KBPS} kbit/s (delays and losses of profile fair): from the request to the last sample above −40 dBFS in its recording (one run, whatever --runs says)`,
  limitS: 300,
  run: (context) => runOnLink('stop', context),
}

export async function measureStop({ quick, say, signal, options = {} }: BenchContext, place: LinkPlace): Promise<readonly BenchRow[]> {
  const what = 'stop → silence'
  const missing = relayMissing()
  if (missing !== null) return [{ what, who: 'no relay', role: 'ours', unit: 's', values: [], note: missing }]
  const boxes = Number(options['boxes'] ?? (quick ? QUICK_BOXES : BOXES))
  const station = await openLinkStation(place, { profiles: new Array<'fair'>(boxes).fill('fair'), tls: true, perProcess: PER_PROCESS, clocksWrongByS: 60, seed: Number(options['seed'] ?? 1), signal })
  let relay: Awaited<ReturnType<typeof putRelayOnAir>> | null = null
  try {
    say(station.link.what)
    for (const [n, { up, down }] of station.links.entries()) station.link.set(n, { up: { ...up, rateKbps: RATE_KBPS }, down: { ...down, rateKbps: RATE_KBPS, queueMs: PROFILES.fair.queueMs }, outages: null })
    await station.start()
    await station.ready(60_000)
    relay = await putRelayOnAir(station, { inMs: RELAY_IN_MS, lengthMs: SOUNDS_FIRST_MS + boxes * EACH_MS + 2 * LATEST_MS })
    await pause(relay.startMs + SOUNDS_FIRST_MS - station.now(), undefined, { signal })
    say(`the relay sounds; ${busyText()}`)
    const asked: number[] = []
    for (const cluster of station.clusters) {
      asked.push(station.now())
      await station.api.ask('PATCH', `/clusters/${cluster}`, { stop: true })
      await pause(EACH_MS, undefined, { signal })
    }
    await pause(LATEST_MS, undefined, { signal })
    const sounded = station.clusters.map((_, n) => lastLoudMs(station.wav(n), (asked[n] ?? 0) - 3_000, asked[n] ?? 0) !== null)
    const after = asked.flatMap((at, n) => (sounded[n] ? [((lastLoudMs(station.wav(n), at, at + LATEST_MS) ?? at) - at) / 1_000] : []))
    const note = `${after.length} of ${boxes} boxes sounded when they were stopped; ${busyText()}`
    if (after.length === 0) return [{ what, who: 'agents', role: 'ours', unit: 's', values: [], note }]
    const row = (name: string, value: number, more: Partial<BenchRow> = {}): BenchRow => ({ what: `${what}, ${name}`, who: 'agents', role: 'ours', unit: 's', values: [value], ...more })
    return [row('p50', quantile(after, 0.5)), row('p95', quantile(after, 0.95), { goal: { atMost: GOAL_S }, note }), row('largest', Math.max(...after))]
  } finally {
    await relay?.stop()
    await station.stop()
  }
}
