import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, BenchContext, BenchRow } from './bench.ts'
import { busyText } from './busy.ts'
import { shiftOf, thinned } from './correlation.ts'
import { openLinkStation, type LinkStation } from './link/link-station.ts'
import { runOnLink, type LinkPlace } from './link/on-link.ts'
import type { ProfileName } from './link/profiles.ts'
import { putRelayOnAir, relayMissing } from './link/relay-on-air.ts'
import { pieceOf } from './recorded.ts'

const LENGTHS_S = [3, 8, 20]
const BOXES_EACH = 4
const QUICK_BOXES_EACH = 2
const GOAL_S = 1
const RELAY_IN_MS = 30_000
const SOUNDS_FIRST_MS = 20_000
/** After a blackout its boxes are listened to for so long. */
const WATCHED_MS = 30_000
const STALL_MS = 20_000
const PIECE_MS = 250
/** Two that sound the same at the same time: in step. */
const IN_STEP_MS = 60
const ALIKE = 0.5
/** Steps and likeness by which the instant of a return is found: what begins in silence is less alike. */
const FINE_MS = 25
/** So many pieces in step are its return. */
const STEADY_PIECES = 4
const WHOLE = 0.9
/** How old what is stale may be. */
const STALE_MS = 30_000

export const outage: Bench = {
  name: 'outage',
  what: 'a relay behind links that go dark for 3, 8 and 20 s: sound of it that was missed, how long after the link’s return it sounds again, and sound that was out of its time, by comparing recordings with one whose link stayed (one run, whatever --runs says)',
  limitS: 900,
  run: (context) => runOnLink('outage', context),
}

interface Course {
  /** Sound of the relay that was not to be heard, s. */
  readonly missedS: number
  /** From the link's return until it sounds again; 0 where it never stopped. */
  readonly backS: number
  /** Sound of another moment of the relay, s. */
  readonly staleS: number
}

export async function measureOutage({ quick, say, signal, options = {} }: BenchContext, place: LinkPlace): Promise<readonly BenchRow[]> {
  const missing = relayMissing()
  if (missing !== null) return [{ what: 'a relay over blackouts', who: 'no relay', role: 'ours', unit: 's', values: [], note: missing }]
  const lengths = options['lengths']?.split(',').map(Number) ?? LENGTHS_S
  const each = quick ? QUICK_BOXES_EACH : BOXES_EACH
  const profiles: ProfileName[] = ['clean', ...lengths.flatMap(() => new Array<ProfileName>(each).fill('good'))]
  const station = await openLinkStation(place, { profiles, tls: true, perProcess: 5, clocksWrongByS: 60, seed: Number(options['seed'] ?? 1), signal })
  let relay: Awaited<ReturnType<typeof putRelayOnAir>> | null = null
  try {
    say(station.link.what)
    await station.start()
    await station.ready(60_000)
    const all = lengths.reduce((sum, s) => sum + s * 1_000 + WATCHED_MS, 0)
    relay = await putRelayOnAir(station, { inMs: RELAY_IN_MS, lengthMs: SOUNDS_FIRST_MS + all + STALL_MS + 30_000 })
    await pause(relay.startMs + SOUNDS_FIRST_MS - station.now(), undefined, { signal })
    const courses: { readonly boxes: number[]; readonly darkAt: number; readonly lengthS: number }[] = []
    for (const [nth, lengthS] of lengths.entries()) {
      const boxes = Array.from({ length: each }, (_, n) => 1 + nth * each + n)
      const darkAt = station.now()
      for (const box of boxes) station.link.dark(lengthS * 1_000, box)
      await pause(lengthS * 1_000 + WATCHED_MS, undefined, { signal })
      courses.push({ boxes, darkAt, lengthS })
      say(`${lengthS} s: done; ${await relay.state()}; ${sounding(station, lengths.length * each)}; ${JSON.stringify((await station.facts()).flatMap(({ streams }) => streams))}; ${busyText()}`)
    }
    const before = await linkUps(station)
    relay.hold(true)
    await pause(STALL_MS, undefined, { signal })
    relay.hold(false)
    const reconnects: BenchRow = { what: `connections opened anew while the source stalled for ${STALL_MS / 1_000} s`, who: `${profiles.length} agents`, role: 'ours', unit: '', values: [(await linkUps(station)) - before], goal: { atMost: 0 } }
    // comparing takes longer than what is compared: the relay must not end meanwhile
    return [...courses.flatMap(({ boxes, ...dark }) => rowsOf(station, boxes, dark)), reconnects]
  } finally {
    await relay?.stop()
    await station.stop()
  }
}

/** Level of each box now, for whoever watches. */
function sounding(station: LinkStation, boxes: number): string {
  const levels = Array.from({ length: boxes + 1 }, (_, n) => {
    const pcm = pieceOf(station.wav(n), station.now() - 3_500, 1_000)
    const rms = Math.sqrt(pcm.reduce((sum, sample) => sum + sample ** 2, 0) / pcm.length)
    return Math.round(20 * Math.log10(Math.max(1, rms) / 32_768))
  })
  return `levels ${levels.join(' ')} dBFS`
}

const linkUps = async (station: LinkStation): Promise<number> => [...(await station.logged())].reduce((sum, [text, times]) => sum + (/link up/.test(text) ? times : 0), 0)

function rowsOf(station: LinkStation, boxes: readonly number[], dark: { readonly darkAt: number; readonly lengthS: number }): BenchRow[] {
  const courses = boxes.map((box) => follow(station, box, dark))
  const each = courses.map(({ backS, missedS }, n) => `box ${boxes[n]} ${backS.toFixed(2)} s back, ${missedS.toFixed(2)} s missed`).join('; ')
  const row = (what: string, values: readonly number[], goal?: number, note = ''): BenchRow => ({ note, what: `${dark.lengthS} s without a link: ${what}`, who: `${boxes.length} agents`, role: 'ours', unit: 's', values, ...(goal === undefined ? {} : { goal: { atMost: goal } }) })
  return [
    row('from its return until the relay sounds again', courses.map((c) => c.backS), GOAL_S, each),
    row('sound of the relay that was missed', courses.map((c) => c.missedS)),
    row('sound out of its time', courses.map((c) => c.staleS), 0),
  ]
}

/** Compares a box with the one whose link stayed, piece by piece. */
function follow(station: LinkStation, box: number, { darkAt, lengthS }: { readonly darkAt: number; readonly lengthS: number }): Course {
  const returned = darkAt + lengthS * 1_000
  let [missed, stale, steady] = [0, 0, 0]
  let back: number | null = null
  for (let at = darkAt; at < returned + WATCHED_MS - 3_000; at += PIECE_MS) {
    const own = thinned(pieceOf(station.wav(box), at, PIECE_MS))
    const same = shiftOf(thinned(pieceOf(station.wav(0), at, PIECE_MS)), own, IN_STEP_MS)
    const alike = same !== null && same.likeness > ALIKE
    steady = alike ? steady + 1 : 0
    // a hole in the recording of a busy machine, later on, is missed sound but no late return
    if (back === null && at >= returned && steady >= STEADY_PIECES) back = at - (STEADY_PIECES - 1) * PIECE_MS
    if (alike) continue
    missed += PIECE_MS
    if (same && isStale(station, own, at)) stale += PIECE_MS
  }
  const backMs = back === null ? WATCHED_MS : back <= returned ? 0 : fineBack(station, box, back) - returned
  return { missedS: missed / 1_000, backS: Math.max(0, backMs) / 1_000, staleS: stale / 1_000 }
}

/** From where on it is heard up to `inStepMs`, where it is known to be: to a tenth of a piece. */
function fineBack(station: LinkStation, box: number, inStepMs: number): number {
  let from = inStepMs
  for (let at = inStepMs; at > inStepMs - 2 * PIECE_MS; at -= FINE_MS) {
    const own = thinned(pieceOf(station.wav(box), at, PIECE_MS))
    const same = shiftOf(thinned(pieceOf(station.wav(0), at, PIECE_MS)), own, IN_STEP_MS)
    if (!same || same.likeness < WHOLE) break
    from = at
  }
  return from
}

/** Every fourth sample, each the mean of those it stands for: enough to find a place by. */
const rough = (sound: Float64Array): Float64Array =>
  Float64Array.from({ length: Math.floor(sound.length / 4) }, (_, n) => ((sound[4 * n] ?? 0) + (sound[4 * n + 1] ?? 0) + (sound[4 * n + 2] ?? 0) + (sound[4 * n + 3] ?? 0)) / 4)

/** What sounds here sounded elsewhere before. */
function isStale(station: LinkStation, own: Float64Array, at: number): boolean {
  const before = thinned(pieceOf(station.wav(0), at - STALE_MS, STALE_MS))
  // times that were told at a quarter of the rate
  const shift = shiftOf(rough(own), rough(before), STALE_MS / 4)
  if (!shift || shift.ms < 0) return false
  // the whole stretch has much more energy than the piece: likeness is taken against the place that was found
  const from = Math.round((shift.ms * 4 * before.length) / STALE_MS)
  if (from + own.length > before.length) return false
  return (shiftOf(before.subarray(from, from + own.length), own, IN_STEP_MS)?.likeness ?? 0) > ALIKE
}
