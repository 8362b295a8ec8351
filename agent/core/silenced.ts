import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { onAirOf, type Segment, type Silence } from '../../shared/core/timeline.ts'

/** Why a slot that is due stays silent, as evidence says it. */
export type SilencedBy = Exclude<Silence, 'gone' | 'nothing-due'>
export interface Silenced {
  readonly slot: string
  /** Server's wall time, stagger included. */
  readonly due: WallMs
  readonly end: WallMs
  readonly why: SilencedBy
}

const dueOf = (slot: Slot, staggerIndex: number): number => slot.start + slot.staggerMs * staggerIndex

/** Slots within their planned time that the timeline silences at `now`. What merely waits its turn is not among them. */
export function silencedAt(slots: readonly Slot[], segments: readonly Segment[], staggerIndex: number, now: WallMs): Silenced[] {
  const onAir = onAirOf(segments, now)
  if (onAir?.do !== 'silence') return []
  const { code } = onAir.because
  if (code === 'gone' || code === 'nothing-due') return []
  return slots.flatMap((slot) => {
    const due = dueOf(slot, staggerIndex)
    const end = due + Math.min(slot.lengthMs, slot.end - slot.start)
    return due <= now && now < end ? [{ slot: slot.id, due: wallMs(due), end: wallMs(end), why: code }] : []
  })
}

/** The next planned start after `now`; Infinity when there is none. */
export const nextDue = (slots: readonly Slot[], staggerIndex: number, now: WallMs): number =>
  slots.reduce((soonest, slot) => {
    const due = dueOf(slot, staggerIndex)
    return due > now && due < soonest ? due : soonest
  }, Number.POSITIVE_INFINITY)
