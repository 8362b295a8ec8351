import type { Cancel, Clock, WallMs } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import type { CertifiedKey } from '../../shared/protocol/keys.ts'
import type { AlertOrder } from '../../shared/protocol/messages/orders.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import { openOrder } from '../../shared/protocol/orders.ts'
import type { Alerting, SoundingListener } from '../core/alerting.ts'
import { correctionIdOf, correctionSlot, expiryOf, goOn, MAX_ALERTS, newAlert, place, slotIdOf, type Alert } from '../core/alert-book.ts'
import { turnAt } from '../core/alert-course.ts'
import { CLIP_GRACE_MS, wantedFiles } from '../core/alert-files.ts'
import type { Disk } from '../core/ports.ts'
import { createAlertRegister, stampOf } from './alert-register.ts'
import { createAlertSounding } from './alert-sounding.ts'

export interface AlertsDeps {
  readonly cluster: string
  readonly clock: Clock
  readonly crypto: Crypto
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
  readonly disk: Disk
  readonly log: Log
  /** Server's time; null while untrusted. */
  readonly now: () => WallMs | null
  /** Sends a `delivery`, QoS 1; false when the broker has not acknowledged it. */
  readonly send: (payload: Uint8Array) => Promise<boolean>
  readonly refused: (why: Refusal) => void
  /** `slots()` or `wanted()` answer differently: the player, the streams and the store look again. */
  readonly changed: () => void
  /** The stop in force, wall ms: `store.immediate()?.stop ?? null`. */
  readonly stoppedAt: () => number | null
  /** Revision of the order `now` in force: live broadcasts are answered with it. */
  readonly nowRev: () => number
  /** The file is on this box, whole. */
  readonly holds: (media: string) => boolean
  /** The clip that this stream brings has come whole; absent: not known here. */
  readonly clipIsWhole?: (stream: string) => boolean
}

/** `slots()` is the same list, by identity, until it changes; empty while the time is not known. */
export interface AlertsStage extends Alerting, SoundingListener {
  load(): Promise<void>
  /** An order as it came on the topic `alert`. */
  order(text: string): void
  /** The time is known, or known better: orders that came before are judged. Costs nothing where there are none. */
  timeKnown(): void
  /** After hello: what the station was told last of each slot is told again. */
  linkUp(): void
  /** The files that are held, the clips that have come, or the order `now` changed. */
  look(): void
  stop(): Promise<void>
}

/** The server's time comes within a second of the connection: who still has none then has a reason to tell. */
const TIMELESS_MS = 10_000
const RISE_MS = 2_000

/**
 * Emergencies of this cluster (DESIGN §3–§5): what is in force, from when, how often it has sounded, and what the station is told.
 *
 * Refused is an order that no key of the root signed, that is for another cluster, past its `exp`, or issued more than two days ago;
 * and a revision below the one that is known of its emergency. That floor is kept for two days after the newest revision was issued,
 * which is longer than any older one can be in date. Should 256 emergencies be over within that time, the oldest makes room, and its
 * revision becomes the floor below which no unknown emergency is taken.
 *
 * While the clock is untrusted nobody can tell whether an order is in date, so it waits: whoever holds back the time could else sound
 * what is long past. The server answers the question for the time within a second of every connection.
 */
export function createAlerts(deps: AlertsDeps): AlertsStage {
  const { clock, log } = deps
  const register = createAlertRegister(deps)
  const clipIsWhole = deps.clipIsWhole ?? (() => false)
  const sounding = createAlertSounding({ ...deps, clipIsWhole, register })
  const { alerts, deliveries, tellOf } = register
  /** Orders that came before the time was known, the newest of each emergency. */
  const waiting = new Map<string, { readonly order: AlertOrder; readonly text: string }>()
  const takenAt = new Map<string, WallMs>()
  /** The time has been known since the start: what the disk held has found its place in it. */
  let settled = false
  let timeless: Cancel | null = null
  let grace: Cancel = () => undefined

  const refusalOf = (order: AlertOrder, now: WallMs): Refusal | null => {
    const alert = alerts.get(order.id)
    if (order.rev < (alert?.rev ?? 0) || (!alert && order.rev <= register.floor())) return 'rolled-back'
    return expiryOf(order) <= now ? 'expired' : null
  }

  const tellTaken = (alert: Alert, order: AlertOrder, now: WallMs): void => {
    const slot = slotIdOf(alert)
    const isSounding = sounding.isSounding(alert)
    if (correctionSlot(alert)) tellOf(alert, correctionIdOf(alert), 'received', { at: now })
    // while it still sounds, its end is told when the device is silent
    if (order.ended !== null) return isSounding ? undefined : sounding.tellEnded(alert, now)
    if (isSounding) return tellOf(alert, slot, 'sounding', { at: now, level: deliveries.last(slot)?.level ?? null })
    if (alert.shut) return tellOf(alert, slot, 'finished', { at: now })
    const turn = turnAt(register.course(), now)
    tellOf(alert, slot, turn && turn.slot !== slot && alert.start <= now ? 'waiting' : 'received', { at: now })
  }

  const judge = (order: AlertOrder, text: string, now: WallMs): void => {
    const why = refusalOf(order, now)
    if (why) return deps.refused(why)
    const alert = alerts.get(order.id) ?? newAlert(order.id)
    const isSame = alert.rev === order.rev
    if (isSame && (alert.shut || alert.order)) return sounding.again(alert, now)
    alerts.set(order.id, alert)
    for (const id of takenAt.keys()) if (!alerts.has(id)) takenAt.delete(id)
    takenAt.set(order.id, now)
    sounding.beforeChange(alert, now)
    place(alert, order, text, register.momentOf(alert, now))
    // it had given way to fifty others, and comes back
    if (isSame) goOn(alert, register.momentOf(alert, now))
    register.makeRoom(now)
    register.apply()
    sounding.afterChange(alert, now)
    log.info({ alert: order.id, rev: order.rev, ended: order.ended, start: alert.start }, 'emergency order')
    tellTaken(alert, order, now)
    sounding.look()
    // a clip that has not come whole by then is asked for by blocks
    grace()
    grace = clock.after(CLIP_GRACE_MS, deps.changed)
  }

  const settle = (now: WallMs): void => {
    settled = true
    if (alerts.size === 0) return
    for (const alert of alerts.values()) {
      const wasShut = alert.shut
      goOn(alert, register.momentOf(alert, now))
      if (alert.shut && !wasShut) tellOf(alert, slotIdOf(alert), 'finished', { at: now })
    }
    register.apply()
    sounding.look()
  }

  const wait = (order: AlertOrder, text: string): void => {
    const before = waiting.get(order.id)
    if (before && before.order.rev >= order.rev) return
    if (!before && waiting.size >= MAX_ALERTS) return deps.refused('clock-untrusted')
    waiting.set(order.id, { order, text })
    timeless ??= clock.after(TIMELESS_MS, () => {
      deps.refused('clock-untrusted')
      for (const { order: late } of waiting.values())
        register.tell({ slot: `a.${late.id}`, rev: late.rev, st: 'failed', at: stampOf(clock.wall()), why: 'clock-untrusted', ...(late.drill ? { drill: true } : {}) })
    })
  }

  const order = (text: string): void => {
    // the station takes the retained copy away: nothing is said by that
    if (text === '') return
    const now = deps.now()
    const same = [...alerts.values()].find((alert) => alert.text === text && alert.order !== null)
    if (same && now !== null && settled) return sounding.again(same, now)
    const opened = openOrder(text, 'alert', { ...deps, at: now })
    if (!opened.ok) return deps.refused(opened.code)
    if (now === null) return wait(opened.value, text)
    if (!settled) settle(now)
    judge(opened.value, text, now)
  }

  return {
    load: async () => {
      await register.load((text) => openOrder(text, 'alert', { ...deps, at: null }))
      const now = deps.now()
      if (now !== null) settle(now)
    },
    order,
    timeKnown: () => {
      const now = deps.now()
      if (now === null) return
      if (!settled) settle(now)
      timeless?.()
      timeless = null
      if (waiting.size === 0) return
      const came = [...waiting.values()]
      waiting.clear()
      for (const { text } of came) order(text)
    },
    linkUp: () => deliveries.linkUp(),
    look: () => {
      const now = deps.now()
      if (now === null || !settled || alerts.size === 0) return
      for (const alert of register.open()) sounding.again(alert, now)
      sounding.look()
    },
    stop: async () => {
      sounding.stop()
      timeless?.()
      grace()
      await register.settled()
    },
    slots: () => (settled ? register.slots() : []),
    manner: (slot) => {
      const alert = alerts.get(/^a\.([0-9a-z]{4,16})(?:\.c)?$/.exec(slot)?.[1] ?? '')
      return alert?.order ? { volume: alert.order.vol, riseMs: RISE_MS } : null
    },
    wanted: () => {
      const now = deps.now()
      return now === null || alerts.size === 0 ? [] : wantedFiles(register.open(), { now, takenAt, clipIsWhole })
    },
    began: sounding.began,
    ended: sounding.ended,
  }
}
