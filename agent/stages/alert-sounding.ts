import { wallMs, type Cancel, type Clock, type WallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { DeliveryState } from '../../shared/protocol/messages/delivery.ts'
import type { ShortReason } from '../../shared/protocol/messages/evidence.ts'
import { repeatMsOf } from '../../shared/protocol/messages/orders.ts'
import type { SoundingListener } from '../core/alerting.ts'
import { beginAnew, correctionIdOf, expiryOf, isOpen, messageSlot, PAST_MS, slotIdOf, type Alert } from '../core/alert-book.ts'
import { hasTurnAfter, messageFrom, nextTurnAfter, isAlone, repeatsWithin, skipSilence, soundsUntil, turnAt } from '../core/alert-course.ts'
import { levelOf, stampOf, type AlertRegister, type Told } from './alert-register.ts'

export interface AlertSoundingDeps {
  readonly clock: Clock
  readonly now: () => WallMs | null
  readonly nowRev: () => number
  readonly holds: (media: string) => boolean
  readonly clipIsWhole: (stream: string) => boolean
  readonly register: AlertRegister
}
/** How far the emergencies in force have come on this cluster: what the device said, held against whose turn it was. */
export interface AlertSounding extends SoundingListener {
  /** Looks at every emergency, and again when the next thing happens to one of them. */
  look(): void
  /** Its sounds or figures have changed: what has sounded by now is counted by what they were. */
  beforeChange(alert: Alert, now: WallMs): void
  afterChange(alert: Alert, now: WallMs): void
  isSounding(alert: Alert): boolean
  /** The same order once more, or sound that was lacking has come: it begins anew where it had its turn in silence. */
  again(alert: Alert, now: WallMs): void
  tellEnded(alert: Alert, at: WallMs): void
  stop(): void
}

/** It has its turn and nothing of it sounds: then the station is told that it failed here. */
const SILENT_MS = 10_000
const LOOK_AT_LEAST_MS = 60_000
/** While it sounds: whether the rest of it has come. */
const MESSAGE_LOOK_MS = 5_000
const FAILURES: readonly ShortReason[] = ['missing-media', 'damaged-media', 'sink-failed', 'no-stream', 'clock-untrusted']

/** What sounds now. */
interface Hearing {
  /** Repeats that ended up to here have been counted. */
  countedTo: WallMs
  /** When more than the attention tone sounds. */
  messageAt: WallMs
}

export function createAlertSounding(deps: AlertSoundingDeps): AlertSounding {
  const { clock, register } = deps
  const { alerts, deliveries, course, tellOf, apply, save } = register
  const hearings = new Map<string, Hearing>()
  /** Since when a slot has had its turn without sounding. */
  const silent = new Map<string, WallMs>()
  let wake: Cancel = () => undefined
  let stopped = false
  const alertOf = (slot: string): { readonly alert: Alert; readonly isCorrection: boolean } | null => {
    const [, id = '', correction] = /^a\.([0-9a-z]{4,16})(\.c)?$/.exec(slot) ?? []
    const alert = alerts.get(id)
    return alert ? { alert, isCorrection: correction !== undefined } : null
  }

  /** True when anything was counted. */
  const count = (alert: Alert, until: WallMs): boolean => {
    const hearing = hearings.get(slotIdOf(alert))
    if (!hearing) return false
    const whole = repeatsWithin(course(), slotIdOf(alert), { after: hearing.countedTo, until })
    hearing.countedTo = whole.at(-1) ?? hearing.countedTo
    // the tone alone, before silence where the message has not come, is no repeat; what has been heard needs its file no more
    if (!alert.said && !isHere(alert)) return false
    const heard = hearing.messageAt <= until && !alert.said
    if (heard) alert.said = true
    alert.done += whole.length
    return heard || whole.length > 0
  }
  const isHere = ({ order }: Alert): boolean => (order?.parts ?? []).every((part) => isPartHere(part, deps))

  const tellEnded = (alert: Alert, at: WallMs): void => tellOf(alert, slotIdOf(alert), alert.shut ? 'finished' : 'ended', { at })

  /** It has its turn, or waits for it. */
  const noteTurn = (alert: Alert, slot: Slot, now: WallMs): void => {
    if (turnAt(course(), now)?.slot !== slot.id) {
      silent.delete(slot.id)
      if (deliveries.last(slot.id)?.st === 'received') tellOf(alert, slot.id, 'waiting', { at: now })
      return
    }
    const since = silent.get(slot.id) ?? now
    silent.set(slot.id, since)
    if (now - since >= SILENT_MS && !alert.sounded) tellOf(alert, slot.id, 'failed', { at: now, why: lackOf(alert, deps) })
  }

  const close = (alert: Alert, now: WallMs): void => void Object.assign(alert, { shut: true, closedAt: alert.closedAt ?? Math.ceil(now) })

  /** No turn is left. True when that ends it: one that never sounded begins anew when its sound comes. */
  const noteOver = (alert: Alert, slot: string, now: WallMs): boolean => {
    silent.delete(slot)
    const stop = register.stoppedAt()
    if (stop !== null && alert.at <= stop) {
      tellOf(alert, slot, 'ended', { at: now, why: 'stopped' })
      return false
    }
    if (!alert.sounded || (!alert.said && !isHere(alert))) {
      tellOf(alert, slot, 'failed', { at: now, why: lackOf(alert, deps) })
      return false
    }
    tellOf(alert, slot, 'finished', { at: now })
    close(alert, now)
    return true
  }

  const noteExpired = (alert: Alert, now: WallMs): boolean => {
    if (!alert.shut && alert.order?.ended === null) tellOf(alert, slotIdOf(alert), 'ended', { at: now, why: 'expired' })
    for (const slot of [slotIdOf(alert), correctionIdOf(alert)]) {
      silent.delete(slot)
      deliveries.forget(slot)
    }
    const wasOpen = isOpen(alert)
    close(alert, now)
    if (alert.correctionAt !== null) alert.correctedAt ??= wallMs(Math.ceil(now))
    return wasOpen
  }

  /** Brings one emergency to where the time is. True when that changed what is in force. */
  const advance = (alert: Alert, now: WallMs): boolean => {
    const hearing = hearings.get(slotIdOf(alert))
    if (hearing) {
      if (count(alert, now)) save()
      return isEnough(alert, hearing, now) ? noteOver(alert, slotIdOf(alert), now) : false
    }
    if (!alert.order) return false
    if (expiryOf(alert.order) <= now) return noteExpired(alert, now)
    const slot = messageSlot(alert)
    if (slot && slot.start <= now) {
      if (!hasTurnAfter(course(), slot.id, now)) return noteOver(alert, slot.id, now)
      noteTurn(alert, slot, now)
    }
    return false
  }

  function look(): void {
    wake()
    const now = deps.now()
    if (now === null || stopped) return
    let changed = false
    for (const alert of [...alerts.values()]) {
      changed = advance(alert, now) || changed
      if (alert.keepUntil <= now && !hearings.has(slotIdOf(alert))) register.drop(alert)
    }
    changed = forgetPast(alerts, now) || changed
    if (changed) apply()
    arm(now)
  }

  const arm = (now: WallMs): void => {
    // a change that was told may have looked and armed already
    wake()
    const all: number[] = []
    for (const alert of alerts.values()) all.push(alert.order ? expiryOf(alert.order) : alert.keepUntil, (overSince(alert) ?? Infinity) + PAST_MS)
    if (register.open().length > 0) all.push(now + LOOK_AT_LEAST_MS, nextTurnAfter(course(), now) ?? Infinity, soundsUntil(course(), now) ?? Infinity)
    for (const { messageAt } of hearings.values()) all.push(messageAt, now + MESSAGE_LOOK_MS)
    for (const since of silent.values()) all.push(since + SILENT_MS)
    const next = Math.min(...all.filter((at) => at > now))
    if (next < Infinity) wake = clock.after(Math.max(20, Math.min(next - now, 86_400_000)), look)
  }

  const correctionEnded = (alert: Alert, at: WallMs, why: ShortReason | null): void => {
    if (why === null) {
      alert.correctedAt = wallMs(Math.ceil(at))
      tellOf(alert, correctionIdOf(alert), 'finished', { at })
    } else if (FAILURES.includes(why)) tellOf(alert, correctionIdOf(alert), 'failed', { at, why })
    apply()
    look()
  }

  return {
    look,
    began: (slot, at, levelDb) => {
      const found = alertOf(slot.id)
      if (!found) return tellLive(deps, slot, ['sounding', { at, level: levelDb }])
      const { alert, isCorrection } = found
      tellOf(alert, slot.id, 'sounding', { at, level: levelDb })
      if (isCorrection || hearings.has(slot.id)) return
      silent.delete(slot.id)
      hearings.set(slot.id, { countedTo: at, messageAt: messageFrom(course(), alert, at) })
      const isFirst = !alert.sounded
      alert.sounded = true
      if (isFirst && isHere(alert) && isAlone(course(), slot.id) && skipSilence(alert, { began: at, lengthMs: slot.lengthMs })) apply()
      save()
      look()
    },
    ended: (slot, at, why) => {
      const found = alertOf(slot.id)
      if (!found) return tellLive(deps, slot, liveEnd(why, at, deliveries.last(slot.id)?.st === 'sounding'))
      const { alert, isCorrection } = found
      if (isCorrection) return correctionEnded(alert, at, why)
      count(alert, at)
      hearings.delete(slot.id)
      if (alert.order?.ended !== null) tellEnded(alert, at)
      else if (why === 'interrupted') tellOf(alert, slot.id, 'waiting', { at, why })
      else if (why === 'stopped') tellOf(alert, slot.id, 'ended', { at, why })
      else if (why && FAILURES.includes(why)) tellOf(alert, slot.id, 'failed', { at, why })
      save()
      look()
    },
    beforeChange: (alert, now) => void count(alert, now),
    afterChange: (alert, now) => {
      const hearing = hearings.get(slotIdOf(alert))
      if (hearing) Object.assign(hearing, { countedTo: now, messageAt: alert.said ? now : messageFrom(course(), alert, now) })
    },
    isSounding: (alert) => hearings.has(slotIdOf(alert)),
    again: (alert, now) => {
      if (!alert.order || alert.said || alert.shut || now < alert.start + repeatMsOf(alert.order) || !isHere(alert)) return
      const isLeft = hasTurnAfter(course(), slotIdOf(alert), now)
      const moved = isLeft
        ? isAlone(course(), slotIdOf(alert)) && skipSilence(alert, { began: now, lengthMs: repeatMsOf(alert.order) })
        : repeatsWithin(course(), slotIdOf(alert), { after: alert.start, until: now }).length > 0 && beginAnew(alert, now)
      if (moved) apply()
    },
    tellEnded,
    stop: () => {
      stopped = true
      wake()
    },
  }
}

/** Since when nothing of it sounds any more; null while something may. */
const overSince = (alert: Alert): number | null => (isOpen(alert) || !alert.order ? null : Math.max(alert.closedAt ?? 0, alert.correctedAt ?? 0))

/** Nothing that is planned can be late because of it any more: its sounds need not be known. A correction may still come for it. */
function forgetPast(alerts: ReadonlyMap<string, Alert>, now: WallMs): boolean {
  const past = [...alerts.values()].filter((alert) => (overSince(alert) ?? now) + PAST_MS <= now)
  for (const alert of past) Object.assign(alert, { order: null, text: '' })
  return past.length > 0
}

/** A live broadcast; the closing chime is nobody's. */
function tellLive({ register, nowRev }: AlertSoundingDeps, slot: Slot, [st, { at, level, why }]: readonly [DeliveryState, Told]): void {
  if (slot.class !== 'live' || slot.id.endsWith('.c')) return
  register.tell({ slot: slot.id, rev: nowRev(), st, at: stampOf(at), ...levelOf(level), ...(why ? { why } : {}) })
}

function liveEnd(why: ShortReason | null, at: WallMs, sounded: boolean): [DeliveryState, Told] {
  if (why === null) return sounded ? ['finished', { at }] : ['failed', { at, why: 'no-stream' }]
  if (why === 'interrupted') return ['waiting', { at, why }]
  return [FAILURES.includes(why) ? 'failed' : 'ended', { at, why }]
}

/** It can be heard: the file is held, its clip has come, or it is a voice. */
const isPartHere = ({ m, s }: { readonly m?: string | undefined; readonly s?: string | undefined }, { holds, clipIsWhole }: AlertSoundingDeps): boolean =>
  m === undefined || holds(m) || (s !== undefined && clipIsWhole(s))

/** The likeliest reason for the silence of a slot that has its turn. */
function lackOf({ order }: Alert, deps: AlertSoundingDeps): ShortReason {
  const parts = order?.parts ?? []
  if (parts.some((part) => !isPartHere(part, deps))) return 'missing-media'
  return parts.some(({ m }) => m === undefined) ? 'no-stream' : 'sink-failed'
}

/** It has sounded as often as it was to, whatever the account of turns says: that may have been another one before a restart. */
const isEnough = ({ order, done, shut }: Alert, { countedTo }: Hearing, now: WallMs): boolean => order !== null && order.ended === null && !shut && done >= order.times && countedTo + order.gap <= now
