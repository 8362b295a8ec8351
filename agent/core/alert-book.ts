import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { repeatMsOf, type AlertOrder } from '../../shared/protocol/messages/orders.ts'
import { soundPart, type Part } from '../../shared/protocol/messages/parts.ts'

/**
 * One emergency as this cluster knows it. It is remembered until no revision of it can still be in date, so that an older one that
 * somebody replays never sounds; what it sounded is remembered as long, because a correction may follow.
 */
export interface Alert {
  readonly id: string
  /** The newest verified revision: the floor of this emergency. */
  rev: number
  /** `at` of that revision: another one begins anew. */
  at: number
  /** null when it is over, expired, or had to give way: then nothing of it sounds. */
  order: AlertOrder | null
  /** The order as it came, verified again at every start. */
  text: string
  /** It is over here, or expired: the same revision does not bring it back. */
  shut: boolean
  /** When it was over here. Up to then it stays in the account of whose turn it was: others waited for it. */
  closedAt: WallMs | null
  /** Forgotten from this instant on: no revision of it can be in date any more. */
  keepUntil: WallMs
  /** When this cluster began to count its repeats: `at`, or later where it came late. */
  start: WallMs
  /** Counted from `start`. */
  repeats: number
  /** Whole repeats that have sounded here, of the sounds that it has now. */
  done: number
  /** The device has taken sound of it since it began anew. */
  sounded: boolean
  /** More than the attention tone has sounded: a correction is due here. */
  said: boolean
  /** When the correction begins here; null while there is none. */
  correctionAt: WallMs | null
  /** When it had sounded here, or its time was past. */
  correctedAt: WallMs | null
}

/** No order of an emergency lives longer, whatever it says: what is older than this needs no floor. */
export const MAX_ALERT_LIFE_MS = 48 * 3_600_000
/** In force at once; beyond it the lowest rank gives way. */
export const MAX_ALERTS = 64
/** What was planned may be late, or come back, because of an emergency that is over for so long: no session is longer. */
export const PAST_MS = 24 * 3_600_000
/** Floors of emergencies that are over. Beyond it the oldest goes into the floor that binds all unknown ones. */
export const MAX_REMEMBERED = 256
/** A correction is on every cluster by then, its new sound included. */
const CORRECTION_LEAD_MS = 2_000
/** With others in force, one that came later than this begins when it is heard: joining in phase would rewrite whose turn it was. */
const IN_PHASE_MS = 3_000

/** When it ends by itself, wall ms. */
export const expiryOf = (order: AlertOrder): WallMs => wallMs(Math.min(order.exp, order.iat + MAX_ALERT_LIFE_MS))

export const newAlert = (id: string): Alert => ({
  id, rev: 0, at: -1, order: null, text: '', shut: false, closedAt: null, keepUntil: wallMs(0), start: wallMs(0), repeats: 0, done: 0, sounded: false, said: false, correctionAt: null, correctedAt: null,
})

/** Length of the attention tone, ms: the first of several parts, however often it follows itself. */
export function leadMsOf({ lead, parts }: AlertOrder): number {
  if (lead !== undefined) return lead
  const first = parts[0]
  const other = parts.findIndex((part) => part.m === undefined || part.m !== first?.m)
  return parts.slice(0, Math.max(0, other)).reduce((sum, part) => sum + part.ms, 0)
}

/** A live voice cannot begin anew: whoever comes late hears it from there on. */
const isLive = (order: AlertOrder): boolean => order.parts.some((part) => part.m === undefined)

/** Whether joining in phase with the neighbours would leave this cluster without one whole hearing of the message. */
function isLate(alert: Alert, order: AlertOrder, { now, alone }: Moment): boolean {
  const lateMs = now - alert.start
  if (isLive(order) || lateMs <= leadMsOf(order)) return false
  return lateMs > (alone ? (alert.repeats - 1) * repeatMsOf(order) : IN_PHASE_MS)
}

const soundsAs = ({ parts, gap, times }: AlertOrder): string => JSON.stringify([parts.map(({ m, s, ms }) => [m, s, ms]), gap, times])

export interface Moment {
  readonly now: WallMs
  /** No other emergency is in force here. */
  readonly alone: boolean
}

/** Puts a newer revision (or the same one again, of one that had given way) in force. */
export function place(alert: Alert, order: AlertOrder, text: string, moment: Moment): void {
  const before = alert.order
  const anew = order.at !== alert.at
  const changed = anew || (before !== null && soundsAs(before) !== soundsAs(order))
  Object.assign(alert, { rev: order.rev, at: order.at, order, text, keepUntil: Math.max(alert.keepUntil, order.iat + MAX_ALERT_LIFE_MS) })
  if (anew) Object.assign(alert, { start: wallMs(order.at), sounded: false, shut: false })
  // the tone is repeated until the message has been made: that was no repeat of the message
  if (changed) Object.assign(alert, { done: 0, repeats: order.times, shut: false })
  const now = wallMs(Math.ceil(moment.now))
  if (changed && (anew || !alert.said) && isLate(alert, order, moment)) alert.start = now
  if (!alert.shut) alert.closedAt = order.ended === null ? null : (alert.closedAt ?? now)
  if (order.ended === null) return void Object.assign(alert, { correctionAt: null, correctedAt: null })
  if (order.corr && alert.said) alert.correctionAt ??= wallMs(Math.max(order.ended + CORRECTION_LEAD_MS, order.iat + CORRECTION_LEAD_MS, now))
}

/** Its message has not sounded although it had its time: it begins now. False where that makes no sense. */
export function beginAnew(alert: Alert, now: WallMs): boolean {
  if (!alert.order || alert.order.ended !== null || alert.said || isLive(alert.order)) return false
  Object.assign(alert, { start: wallMs(Math.ceil(now)), repeats: alert.order.times, done: 0, sounded: false })
  return true
}

/** After a start of the box: in phase as long as that leaves something to hear, else what is left of it begins now. */
export function goOn(alert: Alert, moment: Moment): void {
  const { order } = alert
  if (!order) return
  const now = wallMs(Math.ceil(moment.now))
  if (alert.correctionAt !== null && alert.correctionAt < now) alert.correctionAt = now
  if (order.ended !== null || isLive(order) || alert.shut) return
  // the power failed after its last word
  if (alert.done >= order.times) return void Object.assign(alert, { shut: true, closedAt: now })
  // with others nobody knows whose turns passed while the box was off
  const isThrough = !moment.alone || now >= alert.start + alert.repeats * repeatMsOf(order)
  if (alert.done === 0 && moment.alone ? isLate(alert, order, moment) : isThrough) Object.assign(alert, { start: now, repeats: order.times - alert.done })
}

export const slotIdOf = (alert: Alert): string => `a.${alert.id}`
export const correctionIdOf = (alert: Alert): string => `a.${alert.id}.c`

const partsOf = (parts: readonly Part[]): Slot['source'] => ({ kind: 'parts', parts: parts.map(soundPart) })
const common = (alert: Alert, order: AlertOrder) =>
  ({
    session: slotIdOf(alert), class: 'emergency', end: expiryOf(order), resume: isLive(order) ? 'where-it-would-be-now' : 'from-the-beginning', policy: '', music: false, order: 0, staggerMs: 0,
    danger: order.danger, authority: order.auth,
  }) as const

/** A stop goes by its planned begin, however late it came. */
function messageOf(alert: Alert): Slot | null {
  const { order, start, repeats } = alert
  if (!order || repeats <= 0) return null
  return {
    ...common(alert, order), id: slotIdOf(alert), start, sessionStart: wallMs(Math.min(start, order.at)), lengthMs: repeatMsOf(order), repeats,
    source: partsOf(order.parts), issuedAt: wallMs(order.at),
  }
}
function correctionOf(alert: Alert): Slot | null {
  const { order, correctionAt } = alert
  if (!order?.corr || order.ended === null || correctionAt === null) return null
  const lengthMs = order.corr.reduce((sum, part) => sum + part.ms, 0)
  return {
    ...common(alert, order), id: correctionIdOf(alert), start: correctionAt, sessionStart: wallMs(Math.min(correctionAt, order.ended)), lengthMs, repeats: 1,
    source: partsOf(order.corr), issuedAt: wallMs(order.ended),
  }
}
const cutAt = (slot: Slot | null, end: WallMs | null): Slot | null => (slot && end !== null && end > slot.start ? { ...slot, end: wallMs(Math.min(slot.end, end)) } : null)

/** The message; null when it is over here. */
export const messageSlot = (alert: Alert): Slot | null => (alert.shut || alert.order?.ended !== null ? null : messageOf(alert))

/** The correction; null where none is due: it sounds once, and only where the message has sounded. */
export const correctionSlot = (alert: Alert): Slot | null => (alert.correctedAt === null ? correctionOf(alert) : null)

/** What may still sound here. */
export const openSlots = (alert: Alert): Slot[] => [messageSlot(alert), correctionSlot(alert)].flatMap((slot) => slot ?? [])

/** What is over here, as it stood: without it whatever had waited for it, or was cut off by it, would have gone on. */
export const pastSlots = (alert: Alert): Slot[] =>
  [messageSlot(alert) ? null : cutAt(messageOf(alert), alert.closedAt), cutAt(correctionOf(alert), alert.correctedAt)].flatMap((slot) => slot ?? [])

export const isOpen = (alert: Alert): boolean => openSlots(alert).length > 0

/** Below 0 when `a` gives way last. */
export const byAlertRank = (a: Alert, b: Alert): number =>
  (b.order?.danger ?? 0) - (a.order?.danger ?? 0) || (b.order?.auth ?? 0) - (a.order?.auth ?? 0) || b.at - a.at
