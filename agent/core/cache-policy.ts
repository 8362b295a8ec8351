import { DAY_MS } from '../../shared/core/civil.ts'
import type { Random, WallMs } from '../../shared/core/clock.ts'
import type { Slot, SlotSource } from '../../shared/core/slot.ts'

/** What the cluster is to hold, and when it is due first. */
export interface WantedFile {
  readonly sha: string
  readonly bytes: number
  /** First air time, server's wall ms; null for pinned files and those beyond the window. */
  readonly due: WallMs | null
  readonly pinned: boolean
}

export interface FetchContext {
  readonly now: WallMs
  readonly held: ReadonlySet<string>
  /** Bytes fetched this civil day, and the SIM's budget (0 = none). */
  readonly fetchedToday: number
  readonly budget: number
}

/** Due within this: neither budget nor jitter may hold it back. */
export const URGENT_MS = DAY_MS

/** A pinned file that no session names is wanted soon, but what is on air before that goes first. */
const PINNED_WITHIN_MS = 3_600_000

/** The file to fetch next, by air time; null when nothing is lacking or the budget is spent. */
export function nextFile(files: readonly WantedFile[], context: FetchContext): WantedFile | null {
  const { now, held, budget, fetchedToday } = context
  const rank = (f: WantedFile): number => dueOf(f, now) ?? Number.MAX_SAFE_INTEGER
  const lacking = files
    .filter((f) => !held.has(f.sha))
    .filter((f) => budget === 0 || isUrgent(f, now) || fetchedToday + f.bytes <= budget)
  return lacking.reduce<WantedFile | null>((best, f) => (best === null || rank(f) < rank(best) ? f : best), null)
}

/** When a file is to be there, wall ms; null when nobody waits for it. */
const dueOf = (f: WantedFile, now: WallMs): number | null => (f.pinned ? Math.min(f.due ?? Number.POSITIVE_INFINITY, now + PINNED_WITHIN_MS) : f.due)

/** Whether the budget has room for so many bytes of what nobody waits for, a release; one larger than a whole day's takes a day of its own. */
export const hasRoom = ({ budget, fetchedToday }: Pick<FetchContext, 'budget' | 'fetchedToday'>, bytes: number): boolean =>
  budget === 0 || fetchedToday + bytes <= budget || (fetchedToday === 0 && bytes > budget)

const isUrgent = (f: WantedFile, now: WallMs): boolean => f.pinned || (f.due !== null && f.due - now < URGENT_MS)

/** Boxes that learn of a new file at the same instant ask for it at different ones, unless it is due soon. */
export function startJitterMs(file: WantedFile, now: WallMs, random: Random): number {
  const left = Math.max(0, (dueOf(file, now) ?? now + DAY_MS) - now)
  // a minute of chance for what is due in an hour, five at most: a fortieth of the time left keeps every deadline
  return Math.round(Math.min(300_000, left > 600_000 ? left / 40 : 0) * random())
}

/** The files that a slot may sound. */
function mediaOf(source: SlotSource): string[] {
  if (source.kind === 'parts') return source.parts.flatMap((part) => part.media ?? [])
  const media = source.kind === 'file' ? source.media : source.substitute
  return media ? [media] : []
}

/** First due time of each media among the slots. */
export function dueTimes(slots: readonly Slot[]): Map<string, WallMs> {
  const due = new Map<string, WallMs>()
  for (const slot of slots) {
    for (const media of mediaOf(slot.source)) if (!due.has(media)) due.set(media, slot.start)
  }
  return due
}
