import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import type { Disk } from '../../agent/core/ports.ts'
import { createAlerts, type AlertsStage } from '../../agent/stages/alerts.ts'
import { monoMs, wallMs, type Clock, type WallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { onAirAt } from '../../shared/core/timeline.ts'
import { certifyKey, createCertificateCache, KEY_USES } from '../../shared/protocol/keys.ts'
import type { Delivery } from '../../shared/protocol/messages/delivery.ts'
import type { AlertOrder } from '../../shared/protocol/messages/orders.ts'
import type { ShortReason } from '../../shared/protocol/messages/evidence.ts'
import { parseJson, signOrder } from '../../shared/protocol/orders.ts'

export const CLUSTER = 'c0000000a1'
export const T0 = wallMs(Date.UTC(2026, 10, 22, 3))
const DAY = 86_400_000
const crypto = nodeCrypto()
const root = new Uint8Array(32).fill(1)
const keyOf = (seed: number, uses: number) => {
  const secret = new Uint8Array(32).fill(seed)
  return { secret, certificate: certifyKey(crypto, root, { key: crypto.publicKey(secret), uses, notBeforeMs: T0 - DAY, notAfterMs: T0 + 365 * DAY }) }
}
export const ordersKey = keyOf(2, KEY_USES.orders)
export const timeKey = keyOf(3, KEY_USES.time)

export const TONE = 'T'.repeat(43)
export const MESSAGE = 'M'.repeat(43)
export const SORRY = 'S'.repeat(43)
/** A tone of 3 s and a message of 10 s, a gap of 2 s: a repeat is 15 s. */
export const alertOf = (order: Partial<AlertOrder> = {}): AlertOrder => ({
  t: 'alert', c: CLUSTER, iat: T0, exp: T0 + 3_600_000, rev: 1, id: 'vode1', drill: false, danger: 5, auth: 1, at: T0 + 700, times: 3, gap: 2_000, vol: 90,
  parts: [{ m: TONE, ms: 3_000 }, { m: MESSAGE, ms: 10_000 }], ended: null, ...order,
})
export const signed = (order: AlertOrder, key = ordersKey): string => signOrder(crypto, key, order)

/** A clock that only moves when it is told to: one hand for wall and monotonic time. */
export function handClock(start: WallMs = T0) {
  let at = 0
  let timers: { at: number; fn: () => void }[] = []
  const clock: Clock = {
    wall: () => wallMs(start + at),
    mono: () => monoMs(at),
    after: (delayMs, fn) => {
      const timer = { at: at + Math.max(0, delayMs), fn }
      timers.push(timer)
      return () => (timers = timers.filter((t) => t !== timer))
    },
  }
  const turn = (ms: number): void => {
    const to = at + ms
    for (;;) {
      const next = timers.filter((t) => t.at <= to).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      timers = timers.filter((t) => t !== next)
      at = Math.max(at, next.at)
      next.fn()
    }
    at = to
  }
  return { clock, turn, wall: () => clock.wall(), waiting: () => timers.length }
}

/** In memory, and honest: what was written is there after a restart. */
export function memoryDisk(files = new Map<string, Uint8Array>()): Disk {
  const no = () => Promise.reject(new Error('not used here'))
  return {
    read: async (name) => files.get(name) ?? null,
    writeAtomic: async (name, bytes) => void files.set(name, bytes),
    readRange: no, writeAt: no, rename: no, remove: no, sha256: no, list: async () => [], free: async () => null,
  }
}

export interface HeardStretch {
  readonly slot: string
  readonly from: number
  to: number | null
}

/** The stage with a box around it: an ear in place of the player, which sounds whatever has its turn and is held. */
export function alertRig(options: { readonly disk?: Disk; readonly start?: WallMs; readonly timeKnown?: boolean; readonly held?: readonly string[] } = {}) {
  const { clock, turn, wall, waiting } = handClock(options.start)
  const held = new Set(options.held ?? [TONE, MESSAGE, SORRY])
  const told: Delivery[] = []
  const refused: string[] = []
  const heard: HeardStretch[] = []
  const state = { time: options.timeKnown ?? true, linkUp: true, stop: null as number | null, silentWhy: null as ShortReason | null, changes: 0 }
  const stage: AlertsStage = createAlerts({
    cluster: CLUSTER, clock, crypto, certified: createCertificateCache(crypto, crypto.publicKey(root)), disk: options.disk ?? memoryDisk(), log: silentLog,
    now: () => (state.time ? wall() : null),
    send: async (payload) => {
      if (state.linkUp) told.push(parseJson(payload) as Delivery)
      return state.linkUp
    },
    refused: (why) => void refused.push(why),
    changed: () => {
      state.changes++
      listen()
    },
    stoppedAt: () => state.stop,
    nowRev: () => 77,
    holds: (media) => held.has(media),
  })
  let on: { slot: Slot; begunAt: number } | null = null
  const reasonAt = (slot: Slot): ShortReason | null => {
    if (state.stop !== null) return 'stopped'
    return stage.slots().some((each) => each.id === slot.id) ? 'interrupted' : 'plan-changed'
  }
  /** What the player would do now. */
  function listen(): void {
    if (!state.time) return
    const now = wall()
    const view = { staggerIndex: 0, stoppedAt: state.stop === null ? null : wallMs(state.stop), muted: false }
    const onAir = onAirAt(stage.slots(), {}, view, now)
    const slot = onAir.do === 'play' ? onAir.slot : null
    const begunAt = onAir.do === 'play' ? now - onAir.offsetMs : 0
    const sounds = slot && slot.source.kind === 'parts' && slot.source.parts.some(({ media }) => media === null || held.has(media)) ? slot : null
    if (on && (!sounds || on.slot.id !== sounds.id || on.begunAt !== begunAt)) {
      const was = on
      on = null
      const last = heard.at(-1)
      if (last) last.to = now
      const through = now >= was.begunAt + was.slot.lengthMs || now >= was.slot.end
      stage.ended(was.slot, now, through ? null : reasonAt(was.slot))
    }
    if (sounds && !on) {
      on = { slot: sounds, begunAt }
      heard.push({ slot: sounds.id, from: now, to: null })
      stage.began(sounds, now, -20.04)
    }
  }
  /** Time passes, a tenth of a second after the other; promises are kept in between. */
  const pass = async (ms: number): Promise<void> => {
    for (let t = 0; t < ms; t += 100) {
      turn(Math.min(100, ms - t))
      listen()
      await Promise.resolve()
    }
    await new Promise((done) => setImmediate(done))
  }
  const last = (slot: string): Delivery | undefined => told.findLast((each) => each.slot === slot)
  const states = (slot: string): string[] => told.filter((each) => each.slot === slot).map(({ st }) => st)
  return { stage, clock, pass, wall, told, last, states, refused, heard, held, state, listen, waiting }
}
