import { DAY_MS, dayNumberOf, msOfDay, startOfDayNumber, civilDayNumber } from './civil.ts'
import { wallMs, type WallMs } from './clock.ts'
import type { DatedSpan, DaySpan, Policy } from './policy.ts'
import type { Slot } from './slot.ts'
import type { BoundCode } from './timeline-answer.ts'

/** A bound that holds now, with its own dates where it has any. */
export interface Block {
  readonly code: BoundCode
  readonly from?: WallMs
  readonly to?: WallMs
  readonly reason?: string
}

/** A policy with its edges sorted once, so that many slots can ask. */
export interface Bounds {
  readonly policy: Policy
  /** Ms of the day at which a daily bound rises or falls, ascending. */
  readonly dailyEdges: readonly number[]
  /** Instants at which a dated bound rises or falls, ascending. */
  readonly datedEdges: readonly number[]
  /** Civil day numbers. */
  readonly mourning: ReadonlySet<number>
}

const ascending = (values: Iterable<number>): number[] => [...new Set(values)].sort((a, b) => a - b)
const edgesOfDay = (span: DaySpan): number[] => [(span.from * 1000) % DAY_MS, (span.to * 1000) % DAY_MS]

/** Prepares a policy; dates that are no dates of the calendar never hold. */
export function boundsOf(policy: Policy): Bounds {
  const mourning = new Set(policy.mourning.map(dayNumberOf).filter((day) => !Number.isNaN(day)))
  const dated = [...policy.openings, ...policy.pauses].flatMap((span) => [span.from, span.to])
  for (const day of mourning) dated.push(startOfDayNumber(day), startOfDayNumber(day + 1))
  return {
    policy,
    dailyEdges: ascending([...policy.quiet, ...policy.windows].flatMap(edgesOfDay)),
    datedEdges: ascending(dated),
    mourning,
  }
}

/** `to` ≤ `from` crosses midnight; 0–86400 and `from` = `to` are the whole day. */
function holdsDaily(span: DaySpan, at: WallMs): boolean {
  const ms = msOfDay(at)
  const [from, to] = [span.from * 1000, span.to * 1000]
  return from < to ? from <= ms && ms < to : from <= ms || ms < to
}
const holdsDated = (span: DatedSpan, at: WallMs): boolean => span.from <= at && at < span.to

/** The last instant ≤ `at` with this ms of the day. */
const lastOfDay = (ms: number, at: WallMs): WallMs => wallMs(at - ((((msOfDay(at) - ms) % DAY_MS) + DAY_MS) % DAY_MS))
const nextOfDay = (ms: number, at: WallMs): WallMs => wallMs(lastOfDay(ms % DAY_MS, at) + DAY_MS)

function pauseAt(policy: Policy, at: WallMs): DatedSpan | null {
  let longest: DatedSpan | null = null
  for (const span of policy.pauses) if (holdsDated(span, at) && (!longest || span.to > longest.to)) longest = span
  return longest
}

function quietAt(policy: Policy, at: WallMs): Block | null {
  const span = policy.quiet.find((each) => holdsDaily(each, at))
  if (!span) return null
  const from = lastOfDay(span.from * 1000, at)
  const spanMs = (span.to - span.from) * 1000
  return { code: 'quiet-hours', from, to: wallMs(from + (spanMs > 0 ? spanMs : spanMs + DAY_MS)) }
}

function windowAt(policy: Policy, at: WallMs): Block | null {
  if (policy.windows.some((each) => holdsDaily(each, at))) return null
  if (policy.windows.length === 0) return { code: 'outside-window' }
  return {
    code: 'outside-window',
    from: wallMs(Math.max(...policy.windows.map((each) => lastOfDay((each.to * 1000) % DAY_MS, at)))),
    to: wallMs(Math.min(...policy.windows.map((each) => nextOfDay(each.from * 1000, at)))),
  }
}

/**
 * The strongest bound that silences `slot` at `at`, or null when it may sound (DESIGN §3). Emergencies have no bound here.
 * A pause, mourning (filler and music) and quiet hours bind every other rung, windows all but live; an opening lifts
 * quiet hours and windows, and nothing else.
 */
export function blockAt(bounds: Bounds | undefined, slot: Pick<Slot, 'class' | 'music'>, at: WallMs): Block | null {
  if (slot.class === 'emergency') return null
  if (!bounds) return { code: 'unknown-policy' }
  const { policy, mourning } = bounds
  const pause = pauseAt(policy, at)
  if (pause) return { code: 'paused', from: wallMs(pause.from), to: wallMs(pause.to), reason: pause.reason }
  const day = civilDayNumber(at)
  if ((slot.music || slot.class === 'filler') && mourning.has(day))
    return { code: 'mourning', from: startOfDayNumber(day), to: startOfDayNumber(day + 1) }
  if (policy.openings.some((span) => holdsDated(span, at))) return null
  return quietAt(policy, at) ?? (slot.class === 'live' ? null : windowAt(policy, at))
}

/** The next instant after `at` at which an answer of `blockAt` may differ; Infinity when none does. */
export function nextEdge(bounds: Bounds | undefined, at: WallMs): WallMs {
  if (!bounds) return wallMs(Infinity)
  const dated = bounds.datedEdges.find((edge) => edge > at) ?? Infinity
  const { dailyEdges } = bounds
  const first = dailyEdges[0]
  if (first === undefined) return wallMs(dated)
  const ms = msOfDay(at)
  const daily = at - ms + (dailyEdges.find((edge) => edge > ms) ?? first + DAY_MS)
  return wallMs(Math.min(dated, daily))
}

/** Volume in percent of full scale (0–100) at `at`: the first span that holds, else 100; also 100 without a policy, where only emergencies sound. */
export const volumeAt = (policy: Policy | undefined, at: WallMs): number =>
  policy?.volume.find((span) => holdsDaily(span, at))?.percent ?? 100
