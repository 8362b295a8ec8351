import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { sessionStartOf, type Slot } from '../../shared/core/slot.ts'

/** A stop order as it acts on this box. */
export interface ActingStop {
  /** As the server dated it. */
  readonly dated: WallMs
  /** When it began to act here, server's time as this box knew it: not later than `dated`. */
  readonly from: WallMs
}

/**
 * A stop acts when it comes. Where this box's clock is behind the one that dated it, waiting for that instant would let
 * the sound go on; the same stop said again keeps its first begin.
 */
export function actingStop(before: ActingStop | null, dated: number | null | undefined, now: WallMs): ActingStop | null {
  if (dated === null || dated === undefined) return null
  if (before?.dated === dated) return before
  return { dated: wallMs(dated), from: wallMs(Math.min(dated, Math.floor(now))) }
}

/** Without the slots of sessions that were planned to start between its acting and its date: by the server's clock they had begun. */
export function withoutStopped(slots: readonly Slot[], stop: ActingStop | null, staggerIndex: number): readonly Slot[] {
  if (!stop || stop.from === stop.dated) return slots
  return slots.filter((slot) => {
    const begun = sessionStartOf(slot, staggerIndex)
    return begun <= stop.from || begun > stop.dated
  })
}
