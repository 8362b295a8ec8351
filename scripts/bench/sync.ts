import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, BenchContext, BenchRow } from './bench.ts'
import { busyText } from './busy.ts'
import { shiftOf, thinned } from './correlation.ts'
import { openLinkStation, type LinkStation } from './link/link-station.ts'
import { runOnLink, type LinkPlace } from './link/on-link.ts'
import { hiddenErrorMs, type ProfileName } from './link/profiles.ts'
import { putRelayOnAir, relayMissing } from './link/relay-on-air.ts'
import { pieceOf } from './recorded.ts'
import { quantile } from './sounding.ts'
import { sessionAt } from './station-under-test.ts'

const CLOCKS_WRONG_BY_S = 60
const PER_PROCESS = 6
const GOAL_P95_MS = 20
const GOAL_MAX_MS = 40
const SESSION_MS = 40_000
/** Sessions begin this long after the boxes, which are new: their crystals are not known yet. */
const SESSIONS_AT_MS = [60_000, 150_000, 270_000, 420_000, 600_000]
const QUICK_SESSIONS_AT_MS = [60_000, 140_000]
/** A second of sound is compared at each of these, from the session's start. */
const COMPARED_AT_MS = [1_500, 8_000, 15_000, 22_000, 29_000, 36_000]
const PIECE_MS = 1_000
const RELAY_IN_MS = 25_000
const SEARCH_MS = 400
/** Below this it is not the same sound: a hole, or silence. */
const ALIKE = 0.5
/** Noise that swells and sinks: every place of it is unlike every other. */
const SOUND = 'anoisesrc=color=pink:seed=7:sample_rate=48000:duration=45:amplitude=0.8,tremolo=f=3:d=0.8,lowpass=f=5000'

/** Clusters that can be heard together; the last has one of each kind of link and one more. */
const NEIGHBOURHOODS: Readonly<Record<string, readonly ProfileName[]>> = {
  good: ['good', 'good', 'good', 'good', 'good', 'good'],
  fair: ['fair', 'fair', 'fair', 'fair', 'fair', 'fair'],
  poor: ['poor', 'poor', 'poor', 'poor', 'poor', 'poor'],
  mixed: ['clean', 'good', 'fair', 'poor', 'fair', 'poor'],
}

export const sync: Bench = {
  name: 'sync',
  what: `${Object.keys(NEIGHBOURHOODS).length} neighbourhoods of 6 new boxes behind emulated links (scripts/bench/link/profiles.ts), clocks wrong by up to ±${CLOCKS_WRONG_BY_S} s and ±100 ppm: how far apart two of one neighbourhood sound, by cross-correlation of their recordings (one run, whatever --runs says)`,
  limitS: 900,
  run: (context) => runOnLink('sync', context),
}

interface Neighbourhood {
  readonly name: string
  readonly boxes: readonly number[]
}

export async function measureSync(context: BenchContext, place: LinkPlace): Promise<readonly BenchRow[]> {
  const { say, signal, quick, options = {} } = context
  const wanted = (options['neighbourhoods'] ?? Object.keys(NEIGHBOURHOODS).join(',')).split(',')
  const profiles: ProfileName[] = []
  const neighbourhoods: Neighbourhood[] = []
  for (const name of wanted) {
    const own = NEIGHBOURHOODS[name]
    if (!own) throw new Error(`No neighbourhood is called ${name}.`)
    neighbourhoods.push({ name, boxes: own.map((_, n) => profiles.length + n) })
    profiles.push(...own)
  }
  const station = await openLinkStation(place, { profiles, tls: true, perProcess: PER_PROCESS, clocksWrongByS: CLOCKS_WRONG_BY_S, seed: Number(options['seed'] ?? 1), signal })
  try {
    say(station.link.what)
    const programme = await station.addSound('on', SOUND)
    await station.start()
    const began = station.now()
    station.link.startOutages(Math.random)
    const starts = (quick ? QUICK_SESSIONS_AT_MS : SESSIONS_AT_MS).map((at) => Math.ceil((began + at) / 1_000) * 1_000)
    for (const [n, startMs] of starts.entries()) await station.api.ask('POST', '/sessions', sessionAt(`phien-${n + 1}`, { startMs, lengthMs: SESSION_MS, programme }))
    const rows: BenchRow[] = []
    for (const startMs of starts) {
      await pause(startMs + SESSION_MS + 2_000 - station.now(), undefined, { signal })
      rows.push(...compare(station, neighbourhoods, { startMs, what: `a file, ${Math.round((startMs - began) / 1_000)} s after the boxes were started` }))
      say(`${Math.round((station.now() - began) / 1_000)} s: ${await clocksOf(station, neighbourhoods)}; ${busyText()}`)
    }
    rows.push(...(await overRelay(station, neighbourhoods, signal)))
    say([...(await station.logged())].map(([text, times]) => `${times} × ${text}`).join('; '))
    return rows
  } finally {
    await station.stop()
  }
}

/** The same for a relay that all of them listen to. */
async function overRelay(station: LinkStation, neighbourhoods: readonly Neighbourhood[], signal: AbortSignal): Promise<BenchRow[]> {
  const missing = relayMissing()
  if (missing !== null) return [{ what: 'a relay: apart, p95', who: 'no relay', role: 'ours', unit: 'ms', values: [], note: missing }]
  const relay = await putRelayOnAir(station, { inMs: RELAY_IN_MS, lengthMs: SESSION_MS + 10_000 })
  try {
    // it may begin with its substitute
    const startMs = relay.startMs + 10_000
    await pause(startMs + SESSION_MS + 2_000 - station.now(), undefined, { signal })
    return compare(station, neighbourhoods, { startMs, what: 'a relay' })
  } finally {
    await relay.stop()
  }
}

/** How far each pair of a neighbourhood is apart, ms, in one piece of the session; and how many boxes were not to be heard. */
function apart(station: LinkStation, boxes: readonly number[], fromMs: number): { readonly pairs: number[]; readonly unheard: number } {
  const pieces = boxes.map((box) => thinned(pieceOf(station.wav(box), fromMs, PIECE_MS)))
  const first = pieces.findIndex((piece) => (shiftOf(piece, piece, 1)?.likeness ?? 0) > 0)
  if (first < 0) return { pairs: [], unheard: boxes.length }
  const shifts = pieces.map((piece) => shiftOf(pieces[first] as Float64Array, piece, SEARCH_MS))
  const heard = shifts.flatMap((shift) => (shift && shift.likeness > ALIKE ? [shift.ms] : []))
  const pairs = heard.flatMap((one, n) => heard.slice(n + 1).map((other) => Math.abs(one - other)))
  return { pairs, unheard: boxes.length - heard.length }
}

function compare(station: LinkStation, neighbourhoods: readonly Neighbourhood[], { startMs, what: sound }: { readonly startMs: number; readonly what: string }): BenchRow[] {
  return neighbourhoods.flatMap(({ name, boxes }) => {
    const found = COMPARED_AT_MS.map((at) => apart(station, boxes, startMs + at))
    const pairs = found.flatMap((one) => one.pairs)
    const unheard = found.reduce((sum, one) => sum + one.unheard, 0)
    const hidden = boxes.map((box) => hiddenErrorMs(station.links[box] as LinkStation['links'][number]))
    const what = `${sound}: apart`
    const who = `neighbourhood ${name}`
    if (pairs.length === 0) return [{ what: `${what}, p95`, who, role: 'ours', unit: 'ms', values: [], note: `nothing to compare, ${unheard} of ${boxes.length * COMPARED_AT_MS.length} pieces were unlike` }]
    const row = (name: string, value: number, goal?: number): BenchRow => ({ what: `${what}, ${name}`, who, role: 'ours', unit: 'ms', values: [value], ...(goal === undefined ? {} : { goal: { atMost: goal } }) })
    return [
      row('p50', quantile(pairs, 0.5)),
      { ...row('p95', quantile(pairs, 0.95), GOAL_P95_MS), note: `${pairs.length} pairs; of it hidden by unlike ways of the links: up to ${(Math.max(...hidden) - Math.min(...hidden)).toFixed(1)} ms${unheard > 0 ? `; ${unheard} pieces were not to be heard` : ''}` },
      row('largest', Math.max(...pairs), GOAL_MAX_MS),
    ]
  })
}

/** What the boxes themselves say of their clocks. */
async function clocksOf(station: LinkStation, neighbourhoods: readonly Neighbourhood[]): Promise<string> {
  const facts = await station.facts()
  return neighbourhoods.map(({ name, boxes }) => {
    const bounds = boxes.flatMap((box) => facts[box]?.clock.errMs ?? [])
    return `${name} bound ≤ ${bounds.length > 0 ? Math.max(...bounds).toFixed(0) : '?'} ms`
  }).join(', ')
}
