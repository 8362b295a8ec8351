import { wallMs, type WallMs } from './clock.ts'
import type { PolicyBook } from './policy.ts'
import type { ClusterView, Slot } from './slot.ts'
import type { OnAir, Segment, SilentBecause } from './timeline-answer.ts'
import { type BusyPeriod, busyPeriods, EMERGENCY, type House, houseOf, itemsOf } from './timeline-item.ts'
import { reasonsWithin } from './timeline-silence.ts'
import { type Play, sweepItems } from './timeline-sweep.ts'

export { SILENCES, type Because, type OnAir, type Segment, type Silence } from './timeline-answer.ts'
export { volumeAt } from './timeline-bounds.ts'

/** A segment that may go round: with `loopMs` its position returns to 0 whenever it reaches that length. */
interface Stretch extends Segment {
  readonly loopMs: number | null
}

/**
 * A timetable made ready for many questions: sorted, cut into busy periods that do not touch each other, each of them swept when it
 * is first asked for. Holds no clock; answers never change.
 */
export interface PreparedTimeline {
  readonly house: House
  readonly periods: readonly BusyPeriod[]
  /** The periods that were asked for. */
  readonly swept: Map<BusyPeriod, readonly Stretch[]>
}

/** Slots may come in any order; one whose figures make no sense is left out. Never throws. */
export function prepareTimeline(slots: readonly Slot[], book: PolicyBook, cluster: ClusterView): PreparedTimeline {
  return { house: houseOf(book, cluster), periods: busyPeriods(itemsOf(slots, cluster)), swept: new Map() }
}

const silence = (from: WallMs, to: WallMs, because: SilentBecause): Stretch => ({
  from,
  to,
  loopMs: null,
  onAir: { do: 'silence', until: to < Infinity ? to : null, because },
})
const sound = ({ item, from, to, offsetMs, because }: Play): Stretch => ({
  from,
  to,
  loopMs: item.rung === EMERGENCY ? item.lengthMs : null,
  onAir: { do: 'play', slot: item.slot, offsetMs, until: to, because },
})
const NOTHING_DUE: SilentBecause = { code: 'nothing-due' }

/** The answers from the begin of a busy period until the next one begins. */
function sweepPeriod(period: BusyPeriod, house: House, until: WallMs): Stretch[] {
  const { items } = period
  const { plays, endedBy } = sweepItems(items, house)
  const segments: Stretch[] = []
  const fill = (from: WallMs, to: WallMs): void => {
    for (const gap of reasonsWithin({ items, endedBy, house }, from, to)) segments.push(silence(gap.from, gap.to, gap.because))
  }
  let at = period.from
  for (const play of plays) {
    fill(at, play.from)
    segments.push(sound(play))
    at = play.to
  }
  fill(at, period.to)
  const last = segments.at(-1)
  const idle = last?.onAir.do === 'silence' && last.onAir.because.code === 'nothing-due' ? last : null
  if (idle) segments.pop()
  if (until > period.to || idle) segments.push(silence(idle?.from ?? period.to, until, NOTHING_DUE))
  return segments
}

/** Index of the last of `list` (ascending) that begins at or before `at`; −1 when all begin later. */
function lastFrom(list: readonly { readonly from: WallMs }[], at: WallMs): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.from ?? Infinity) <= at) low = middle + 1
    else high = middle
  }
  return low - 1
}

function stretchesOf({ house, periods, swept }: PreparedTimeline, index: number): readonly Stretch[] {
  const until = periods[index + 1]?.from ?? wallMs(Infinity)
  const period = periods[index]
  if (!period) return [silence(wallMs(-Infinity), until, NOTHING_DUE)]
  const known = swept.get(period)
  if (known) return known
  const stretches = sweepPeriod(period, house, until)
  swept.set(period, stretches)
  return stretches
}

/** The part of a stretch, one repeat at most, that holds `at`. */
function partAt(stretch: Stretch, at: WallMs): Segment {
  const { from, to, loopMs, onAir } = stretch
  if (loopMs === null || onAir.do === 'silence') return stretch
  const zero = from - onAir.offsetMs
  // whole ms first: a fraction could be rounded up into the next repeat
  const begun = zero + Math.floor((Math.floor(at) - zero) / loopMs) * loopMs
  const start = wallMs(Math.max(from, begun))
  const end = wallMs(Math.min(to, begun + loopMs))
  return { from: start, to: end, onAir: { ...onAir, offsetMs: start - begun, until: end } }
}

const moved = (onAir: OnAir, byMs: number): OnAir =>
  onAir.do === 'play' && byMs > 0 ? { ...onAir, offsetMs: onAir.offsetMs + byMs } : onAir

/** What sounds at `at`, from segments that hold it; null where they do not. */
export function onAirOf(segments: readonly Segment[], at: WallMs): OnAir | null {
  const segment = segments[lastFrom(segments, at)]
  return segment && (at < segment.to || segment.to === Infinity) ? moved(segment.onAir, at - segment.from) : null
}

/** `onAirAt` on a prepared timetable. */
export function onAirIn(prepared: PreparedTimeline, now: WallMs): OnAir {
  const stretches = stretchesOf(prepared, lastFrom(prepared.periods, now))
  const stretch = stretches[lastFrom(stretches, now)]
  if (!stretch || Number.isNaN(now)) return { do: 'silence', until: null, because: NOTHING_DUE }
  const part = partAt(stretch, now)
  return moved(part.onAir, now - part.from)
}

/** `timeline` on a prepared timetable. */
export function timelineIn(prepared: PreparedTimeline, from: WallMs, to: WallMs): Segment[] {
  const out: Segment[] = []
  let at = from
  for (let index = lastFrom(prepared.periods, from); at < to; index++) {
    const stretches = stretchesOf(prepared, index)
    for (let i = Math.max(0, lastFrom(stretches, at)); at < to; i++) {
      const stretch = stretches[i]
      if (!stretch) break
      while (at < stretch.to && at < to) {
        const part = partAt(stretch, at)
        const end = wallMs(Math.min(part.to, to))
        out.push({ from: at, to: end, onAir: moved(part.onAir, at - part.from) })
        at = end
      }
    }
  }
  return out
}

/**
 * The one rule that decides what sounds on a cluster (DESIGN §3). Pure and total: never throws, `until` is null or later than `now`,
 * the order of `slots` does not matter, and a clock that has no value (NaN) is silence.
 *
 * - Ladder: emergency, live, priority, scheduled, filler, silence; a higher rung interrupts a lower one at once.
 * - Below live one's own rung never interrupts: who has begun finishes, or comes back first; the rest wait their turn. Among priority
 *   items that have not begun the operator's `order` decides between sessions; within a session, and in the lower rungs, who was due first.
 * - A delayed item begins late at 0 (`where-it-would-be-now`: at its live position). After an interruption it comes back by its own rule.
 *   Nothing sounds outside its slot, staggered by the cluster's index unless it is an emergency or live.
 * - A bound (pause, mourning, quiet hours, windows) ends a file that it meets at any time after the file's planned start, even if
 *   it had only been waiting. A stream comes back at its live position when the bound lifts, but not with `drop` if it had begun.
 * - `muted` and an unknown policy carry no dates: while they last, all but emergencies is silent at every instant; when
 *   they are lifted, the answer is what it would have been without them.
 * - `stoppedAt` ends, at that instant, every session that was planned to start by then, with the items that it still had; later sessions sound.
 * - Emergencies: one that comes in and outranks the sounding one (danger, authority, newer) interrupts at once; else it has the
 *   next turn after the repeat that sounds. They take turns, so each waits at most one repeat of each other one. With `repeats` an
 *   emergency is over when it has sounded whole so often, however long it had to wait in between; without, at its end.
 */
export function onAirAt(slots: readonly Slot[], book: PolicyBook, cluster: ClusterView, now: WallMs): OnAir {
  return onAirIn(prepareTimeline(slots, book, cluster), now)
}

/** The segments of [from, to), ascending and gapless; each answers as `onAirAt` would at every instant that it holds. Empty when `to` ≤ `from`. */
// eslint-disable-next-line max-params -- the arguments of onAirAt, with a span in place of the instant
export function timeline(slots: readonly Slot[], book: PolicyBook, cluster: ClusterView, from: WallMs, to: WallMs): Segment[] {
  return timelineIn(prepareTimeline(slots, book, cluster), from, to)
}
