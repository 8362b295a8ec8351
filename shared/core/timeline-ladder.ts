import type { WallMs } from './clock.ts'
import { byDue, byOrder, byRank, EMERGENCY, isVoice, type Item, LIVE, PRIORITY, type Span, VOICE_TURN_MS } from './timeline-item.ts'

/** One item on its way through a sweep. */
export interface Run {
  readonly item: Item
  readonly spans: readonly Span[]
  /** Index of the span that holds now, or of the next one. */
  span: number
  /** When it first began; of an emergency, when its latest turn began. */
  begunAt: WallMs | null
  /** Position at `since`, or where it was cut off. */
  offsetMs: number
  since: WallMs
  /** Of an emergency: how often it has sounded whole. */
  repeated: number
  /** A bound has cut into it: from then on it can only join at its live position. */
  joinsLive: boolean
  over: boolean
}

/** A repeat of an emergency, or the whole rest of any other item, ends here unless something cuts it off. */
export const endOfSound = (run: Run): number => run.since + run.item.lengthMs - run.offsetMs

/** When the turn of an emergency is over, with `others` among which some may wait for theirs: a voice goes on for a while from when they came. */
export function endOfTurn(run: Run, others: readonly Run[]): number {
  if (!isVoice(run.item.slot)) return endOfSound(run)
  const came = Math.min(...others.filter((other) => other !== run).map(({ item }) => item.start))
  return Math.min(endOfSound(run), Math.max(run.begunAt ?? run.since, came) + VOICE_TURN_MS)
}

const first = (runs: readonly Run[], before: (a: Run, b: Run) => number): Run | null => {
  let best: Run | null = null
  for (const run of runs) if (!best || before(run, best) < 0) best = run
  return best
}
const ranked = (a: Run, b: Run): number => byRank(a.item, b.item)

/**
 * Whose turn it is among emergencies: who has not begun yet, by rank, then who began longest ago. So each waits at most one repeat
 * of each other one, and "vỡ đê" in one hamlet is not silenced by a province's looping notice.
 */
const nextTurn = (rivals: readonly Run[]): Run | null =>
  first(rivals, (a, b) => (a.begunAt ?? -Infinity) - (b.begunAt ?? -Infinity) || ranked(a, b))

/** Within a repeat only an emergency that comes in now and outranks the sounding one interrupts: had the waiting ones that right too, they would cut each other's turns short for ever. */
function emergency(rivals: readonly Run[], current: Run | null, now: WallMs): Run | null {
  if (current?.item.rung !== EMERGENCY || endOfTurn(current, rivals) <= now) return nextTurn(rivals)
  const newcomer = first(rivals.filter((run) => run.item.start === now), ranked)
  return newcomer && ranked(newcomer, current) < 0 ? newcomer : current
}

/** Priority items of one occurrence queue in their own order; the operator's order decides between the heads of the queues. */
function firstInOrder(rivals: readonly Run[]): Run | null {
  const heads = new Map<string, Run>()
  for (const run of rivals) {
    const head = heads.get(run.item.slot.session)
    const sooner = head ? run.item.start - head.item.start || byOrder(run.item, head.item) : -1
    if (sooner < 0) heads.set(run.item.slot.session, run)
  }
  return first([...heads.values()], (a, b) => byOrder(a.item, b.item))
}

/** Below live, one that has begun is never interrupted by its own rung and comes back before the others begin. */
function queued(rivals: readonly Run[], rung: number): Run | null {
  const begun = rivals.filter((run) => run.begunAt !== null)
  if (begun.length > 0) return first(begun, (a, b) => (a.begunAt ?? 0) - (b.begunAt ?? 0) || byDue(a.item, b.item))
  return rung === PRIORITY ? firstInOrder(rivals) : first(rivals, (a, b) => byDue(a.item, b.item))
}

/** Who sounds at `now` among those that may (DESIGN §3: the ladder); null when there are none. */
export function topOf(ready: readonly Run[], current: Run | null, now: WallMs): Run | null {
  const rung = Math.min(...ready.map((run) => run.item.rung))
  const rivals = ready.filter((run) => run.item.rung === rung)
  if (rivals.length < 2) return rivals[0] ?? null
  if (rung === EMERGENCY) return emergency(rivals, current, now)
  if (rung === LIVE) return first(rivals, ranked)
  return current?.item.rung === rung ? current : queued(rivals, rung)
}
