import type { WallMs } from '../../shared/core/clock.ts'
import type { Condition } from './incident-watch.ts'
import type { PlannedSlot } from './stores.ts'

/** A box says within a second that it sounds; its word has to travel, and a late start has its own line in the evidence. */
export const SILENT_AFTER_MS = 30_000
/** What ends within this is not worth a call. */
const NEARLY_OVER_MS = 5_000
/** No session is longer; read once, at a start. */
const LOOK_BACK_MS = 6 * 3_600_000

/** What is due now, cluster by cluster, from the ground lines of the evidence: each is read once, when it begins. */
export interface DueBook {
  /** Of each cluster the slot that is due now and has been for long enough. */
  overdue(now: WallMs): PlannedSlot[]
}

export function createDueBook(between: (from: WallMs, to: WallMs) => readonly PlannedSlot[]): DueBook {
  let readTo: number | null = null
  let current: PlannedSlot[] = []
  return {
    overdue(now) {
      const from = readTo === null || now < readTo ? now - LOOK_BACK_MS : readTo
      if (readTo !== null && now < readTo) current = []
      current = [...current, ...between(from as WallMs, now)].filter(({ end }) => end > now + NEARLY_OVER_MS)
      readTo = now
      return current.filter(({ due }) => now - due >= SILENT_AFTER_MS)
    },
  }
}

export const silentCondition = ({ cluster, due }: PlannedSlot, title: string, at: string): Condition => ({
  cluster, kind: 'silent-in-session', since: due, en: `silent although "${title}" is due since ${at}`, vi: `không phát dù đến giờ "${title}" (từ ${at})`,
})
