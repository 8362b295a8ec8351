import { wallMs, type Cancel, type Clock, type MonoMs, type WallMs } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import { standingSlotId, type StartedBy } from '../../shared/core/standing-slot.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { HeldPlan, PlanBody, StandingOrder } from '../../shared/protocol/messages/plan.ts'
import { parseJson } from '../../shared/protocol/orders.ts'
import { utf8 } from '../../shared/protocol/wire.ts'
import type { Alerting } from '../core/alerting.ts'
import type { Disk } from '../core/ports.ts'
import { DOOR_SENTENCES, type DoorRefusal, type StandingDoor } from '../core/standing-door.ts'
import type { Stopgap } from '../core/standing-time.ts'
import { judgeHold, newHold, turned, type Hold } from '../core/standing-hold.ts'
import { endOf, hasEnded, isRunning, MAX_ROWS, rowsFrom, slotOf, switchOf, type StandingRow } from '../core/standing-rows.ts'
import { createDoor } from './standing-door.ts'

/** What the stage needs. All of it is on the box: neither server nor network. */
export interface StandingDeps {
  readonly cluster: string
  readonly clock: Clock
  readonly crypto: Pick<Crypto, 'sha256' | 'verify'>
  /** Chance that nobody can foresee. */
  readonly secretBytes: (count: number) => Uint8Array
  readonly disk: Pick<Disk, 'read' | 'writeAtomic'>
  readonly log: Log
  /** Server's time; null while untrusted: `time.now`. */
  readonly now: () => WallMs | null
  /** Of the plan in force: `store.plan`. */
  readonly plan: () => HeldPlan | null
  /** The file is on this box, whole. */
  readonly holds: (media: string) => boolean
  /** `slots()` answers differently: the player looks again. */
  readonly changed: () => void
}
/**
 * `slots()` is the same list, by identity, until it changes. Give the player `alertingWith(alerts, standing)`, and `standingTime` in place of its
 * clock, so that a key switch works on a box that has lost the time.
 */
export interface StandingStage extends Alerting, Stopgap {
  load(): Promise<void>
  /** A key switch of the box is on or off: once at the start, then at every change. */
  switchTurned(number: number, on: boolean): void
  /** What the phone on the box's own Wi-Fi may ask. */
  readonly door: StandingDoor
  /** The plan, the files or the time changed. */
  look(): void
  /** Ends the timers and waits for the disk; what was started goes on at the next start of the box. */
  stop(): Promise<void>
}

const FILE = 'state/standing'
/** From the turn of the key to the first sample: the player opens the device in it. */
const LEAD_MS = 300
const RISE_MS = 2_000

/** Orders that were signed ahead: a person at the box starts them when nobody else can. */
export function createStanding(deps: StandingDeps): StandingStage {
  const { clock, log } = deps
  const holds = new Map<number, { hold: Hold; wake: Cancel }>()
  let rows: readonly StandingRow[] = []
  let slots: readonly Slot[] = []
  /** The box's own wall time at one instant, for a time that is not known. */
  let anchor: { readonly wall: WallMs; readonly mono: MonoMs } | null = null
  let written: Promise<void> = Promise.resolve()
  let expiry: Cancel = () => undefined

  const stopgap = (at: MonoMs): WallMs | null => (anchor ? wallMs(anchor.wall + (at - anchor.mono)) : null)
  const here = (): WallMs => deps.now() ?? stopgap(clock.mono()) ?? clock.wall()
  const save = (): void => {
    const bytes = utf8(JSON.stringify(rows))
    const write = (): Promise<void> => deps.disk.writeAtomic(FILE, bytes)
    written = written.then(write, write)
    // it sounds in any case: a full disk must not silence it
    written.catch((error: unknown) => log.error({ error: String(error) }, 'what was started at the box is not on the disk'))
  }

  /** Rows changed, or one of them is over: slots follow, and the anchor goes with the last row that needs it. */
  const apply = (): void => {
    const now = here()
    const running = rows.filter((row) => isRunning(row, now))
    if (!running.some((row) => row.timeless)) anchor = null
    const timeKnown = deps.now() !== null
    const next = running.filter((row) => timeKnown || row.timeless).map(slotOf)
    expiry()
    if (running.length > 0) expiry = clock.after(Math.max(1, Math.min(...running.map(endOf)) - now), finish)
    if (JSON.stringify(next) === JSON.stringify(slots)) return
    slots = next
    deps.changed()
  }

  /** Written down, so that no later clock brings it back. */
  function finish(): void {
    const now = here()
    set(rows.map((row) => (row.endedAt === null && now >= endOf(row) ? { ...row, endedAt: endOf(row) } : row)))
  }

  const set = (next: readonly StandingRow[]): void => {
    rows = next.slice(-MAX_ROWS)
    save()
    apply()
  }
  const end = (which: (row: StandingRow) => boolean, why: string): boolean => {
    const now = here()
    const ending = rows.filter((row) => isRunning(row, now) && which(row))
    if (ending.length === 0) return false
    for (const { slot, order } of ending) log.warn({ slot, name: order.name, why }, 'a standing order was ended at the box')
    set(rows.map((row) => (ending.includes(row) ? { ...row, endedAt: now } : row)))
    return true
  }

  /** Armed orders; the reason where there are none. A key switch needs no time, for a person stands at it. */
  const armed = (needsTime: boolean): Result<NonNullable<PlanBody['standing']>, DoorRefusal> => {
    const plan = deps.plan()
    const now = deps.now()
    if (!plan?.standing || plan.standing.orders.length === 0) return refuse('disarmed', DOOR_SENTENCES.disarmed)
    if (now === null) return needsTime ? refuse('clock-untrusted', DOOR_SENTENCES['clock-untrusted']) : ok(plan.standing)
    return now >= plan.to ? refuse('plan-expired', DOOR_SENTENCES['plan-expired']) : ok(plan.standing)
  }

  const start = (order: StandingOrder, by: StartedBy): Result<string, DoorRefusal> => {
    if (hasEnded(order, deps.now())) return refuse('order-ended', DOOR_SENTENCES['order-ended'])
    const parts = order.parts.filter(({ m }) => m !== undefined && deps.holds(m))
    if (parts.length === 0) return refuse('no-clip', DOOR_SENTENCES['no-clip'])
    const known = deps.now()
    const plan = deps.plan()
    if (known === null) anchor ??= { wall: clock.wall(), mono: clock.mono() }
    const at = wallMs(Math.ceil(here()) + LEAD_MS)
    const running = rows.find((row) => row.order.id === order.id && isRunning(row, here()))
    // pressed twice is pressed once
    if (running) return ok(order.name)
    const slot = standingSlotId({ order: order.id, at, by })
    log.warn({ slot, name: order.name, by, missing: order.parts.length - parts.length, clockKnown: known !== null }, 'a standing order was started at the box')
    const volume = order.vol ?? plan?.volume ?? 100
    set([...rows, { slot, order: { ...order, parts }, at, endedAt: null, timeless: known === null, planRev: plan?.rev ?? 0, volume }])
    return ok(order.name)
  }

  const startAndTell = (order: StandingOrder, by: StartedBy): Result<string, DoorRefusal> => {
    const started = start(order, by)
    if (!started.ok) log.warn({ order: order.id, by, why: started.code }, 'a standing order was not started')
    return started
  }

  /** The power failed while it sounded and took the time with it, and the key is still turned: it begins anew. */
  const goOnTimeless = (row: StandingRow): void => {
    anchor ??= { wall: clock.wall(), mono: clock.mono() }
    const at = wallMs(Math.ceil(here()) + LEAD_MS)
    set(rows.map((each) => (each === row ? { ...row, at, timeless: true } : each)))
  }

  const judgeSwitch = (number: number): void => {
    const entry = holds.get(number)
    if (!entry) return
    entry.wake()
    const answer = judgeHold(entry.hold, clock.mono())
    entry.hold = answer.hold
    entry.wake = answer.lookInMs === null ? () => undefined : clock.after(answer.lookInMs, () => judgeSwitch(number))
    if (answer.event === 'stop') end((row) => switchOf(row) === number, `key switch ${number} was turned back`)
    if (answer.event !== 'start') return
    const orders = armed(false)
    const order = orders.ok ? orders.value.orders.find((each) => each.switch === number) : undefined
    if (order) startAndTell(order, { kind: 'switch', switch: number })
    else log.warn({ switch: number, why: orders.ok ? 'no-such-order' : orders.code }, 'a key switch was turned and nothing is armed for it')
  }

  return {
    load: async () => {
      const bytes = await deps.disk.read(FILE)
      rows = rowsFrom(parseJson(bytes))
      if (deps.now() === null && rows.some((row) => row.timeless && isRunning(row, clock.wall()))) anchor = { wall: clock.wall(), mono: clock.mono() }
      apply()
    },
    slots: () => slots,
    manner: (slot) => {
      const row = rows.find((each) => each.slot === slot)
      return row ? { volume: row.timeless && deps.now() === null ? row.volume : row.order.vol, riseMs: RISE_MS } : null
    },
    wanted: () => [],
    switchTurned: (number, on) => {
      const at = clock.mono()
      const known = holds.get(number)
      const running = rows.find((row) => isRunning(row, here()) && switchOf(row) === number)
      if (known) known.hold = turned(known.hold, on, at)
      else holds.set(number, { hold: newHold(on, at, running !== undefined), wake: () => undefined })
      if (!known && on && !running) log.warn({ switch: number }, 'a key switch is on at the start of the box: turn it back before it can start anything')
      if (!known && on && running && deps.now() === null && !running.timeless) goOnTimeless(running)
      // the power was away while it was turned back
      if (!known && !on) end((row) => switchOf(row) === number, `key switch ${number} is off at the start of the box`)
      judgeSwitch(number)
    },
    door: createDoor(deps, { armed: () => armed(true), running: () => rows.filter((row) => isRunning(row, here())), start: startAndTell, end }),
    look: () => {
      const plan = deps.plan()
      const known = deps.now()
      // what was started by the box's own time goes on by the server's, at the same instant
      if (known !== null && anchor) {
        const shift = known - (stopgap(clock.mono()) ?? known)
        anchor = null
        set(rows.map((row) => (row.timeless ? { ...row, timeless: false, at: wallMs(Math.round(row.at + shift)), endedAt: row.endedAt === null ? null : wallMs(row.endedAt + shift) } : row)))
      }
      // a newer plan that no longer holds the order has disarmed it
      if (plan) end((row) => plan.rev > row.planRev && !plan.standing?.orders.some(({ id }) => id === row.order.id), 'it was disarmed')
      apply()
    },
    stopgap: (at) => (deps.now() === null ? stopgap(at) : null),
    stop: async () => {
      expiry()
      for (const { wake } of holds.values()) wake()
      await written
    },
  }
}
