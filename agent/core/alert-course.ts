import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { onAirIn, prepareTimeline, timelineIn, type PreparedTimeline } from '../../shared/core/timeline.ts'
import { leadMsOf, openSlots, pastSlots, slotIdOf, type Alert } from './alert-book.ts'

/** Whose turn it is among the emergencies of this cluster: nothing else decides about that, so they can ask it without the plan. */
export interface Course {
  /** What may still sound, and what is over: it had its turns, and others waited for it or came back after it. */
  readonly slots: readonly Slot[]
  readonly prepared: PreparedTimeline
}

/** `stoppedAt`: the stop that is in force, wall ms. */
export function courseOf(alerts: Iterable<Alert>, stoppedAt: number | null): Course {
  const slots = [...alerts].flatMap((alert) => [...openSlots(alert), ...pastSlots(alert)])
  const view = { staggerIndex: 0, stoppedAt: stoppedAt === null ? null : wallMs(stoppedAt), muted: false }
  return { slots, prepared: prepareTimeline(slots, {}, view) }
}

/** Which slot has its turn at `at`, and where it is in its sounds; null when none has. */
export function turnAt({ prepared }: Course, at: WallMs): { readonly slot: string; readonly offsetMs: number } | null {
  const onAir = onAirIn(prepared, at)
  return onAir.do === 'play' ? { slot: onAir.slot.id, offsetMs: onAir.offsetMs } : null
}

/** The next instant at which a turn begins or ends; null when nothing more is known. */
export const nextTurnAfter = ({ prepared }: Course, now: WallMs): WallMs | null => onAirIn(prepared, now).until

/** A clock that is corrected, and the edges of a fade, move the end of a repeat by less than this. */
const SLACK_MS = 500

/** Ends of the turns of `slot` that went through its sounds to the end, within (after, until]; the gap behind the last sound need not be over. */
export function repeatsWithin(course: Course, slot: string, { after, until }: { readonly after: WallMs; readonly until: WallMs }): WallMs[] {
  const own = course.slots.find((each) => each.id === slot)
  if (!own || own.source.kind !== 'parts') return []
  const soundMs = own.source.parts.reduce((sum, part) => sum + part.ms, 0)
  const from = wallMs(Math.max(after, own.start))
  const to = wallMs(Math.min(until + SLACK_MS + own.lengthMs - soundMs, own.end))
  if (to <= from) return []
  return timelineIn(course.prepared, from, to).flatMap(({ from: begin, to: end, onAir }) => {
    if (onAir.do !== 'play' || onAir.slot.id !== slot) return []
    const soundEnd = begin - onAir.offsetMs + soundMs
    return soundEnd <= end && soundEnd <= until + SLACK_MS && soundEnd > after ? [wallMs(soundEnd)] : []
  })
}

/** When the sounds of the turn that holds `now` are through, before its gap; null when no turn does, or they are. */
export function soundsUntil(course: Course, now: WallMs): WallMs | null {
  const turn = turnAt(course, now)
  const own = turn && course.slots.find((each) => each.id === turn.slot)
  if (!own || own.source.kind !== 'parts') return null
  const end = now - turn.offsetMs + own.source.parts.reduce((sum, part) => sum + part.ms, 0)
  return end > now ? wallMs(end) : null
}

/** Nothing takes, or took, turns with it. */
export const isAlone = ({ slots }: Course, slot: string): boolean => {
  const own = slots.find((each) => each.id === slot)
  return own !== undefined && slots.every((other) => other === own || other.end <= own.start || other.start >= own.end)
}

/** Whether `slot` still has a turn from `now` on. */
export function hasTurnAfter(course: Course, slot: string, now: WallMs): boolean {
  const own = course.slots.find((each) => each.id === slot)
  if (!own || own.end <= now) return false
  let at = now
  // each step is one turn: at most one of each other emergency lies before its own
  for (let steps = 0; steps <= course.slots.length + 1; steps++) {
    const onAir = onAirIn(course.prepared, at)
    if (onAir.do === 'play' && onAir.slot.id === slot) return true
    if (onAir.until === null || onAir.until >= own.end) return false
    at = onAir.until
  }
  return false
}

/** When the first of the message itself sounds, of an emergency whose sound began at `at`; Infinity while there is nothing but the tone. */
export function messageFrom(course: Course, alert: Alert, at: WallMs): WallMs {
  const { order } = alert
  const leadMs = order ? leadMsOf(order) : 0
  if (order && leadMs >= order.parts.reduce((sum, part) => sum + part.ms, 0)) return wallMs(Infinity)
  const turn = turnAt(course, at)
  const offsetMs = turn?.slot === slotIdOf(alert) ? turn.offsetMs : 0
  return wallMs(at + Math.max(0, leadMs - offsetMs))
}

/** Moves its begin by the repeats that passed in silence, in phase; only where no other one took turns with it. */
export function skipSilence(alert: Alert, { began, lengthMs }: { readonly began: WallMs; readonly lengthMs: number }): boolean {
  const passed = Math.floor((began - alert.start) / lengthMs)
  if (passed <= 0) return false
  alert.start = wallMs(alert.start + passed * lengthMs)
  return true
}
