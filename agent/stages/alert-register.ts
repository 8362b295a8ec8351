import type { WallMs } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import type { Result } from '../../shared/core/result.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { Delivery, DeliveryState } from '../../shared/protocol/messages/delivery.ts'
import type { ShortReason } from '../../shared/protocol/messages/evidence.ts'
import { MAX_WALL_MS } from '../../shared/protocol/messages/fields.ts'
import type { AlertOrder } from '../../shared/protocol/messages/orders.ts'
import { byAlertRank, correctionIdOf, isOpen, MAX_ALERTS, MAX_REMEMBERED, slotIdOf, type Alert, type Moment } from '../core/alert-book.ts'
import { courseOf, type Course } from '../core/alert-course.ts'
import { readAlerts, writeAlerts } from '../core/alert-file.ts'
import type { Disk } from '../core/ports.ts'
import { createDeliveries, type Deliveries } from './deliveries.ts'

export interface RegisterDeps {
  readonly disk: Disk
  readonly log: Log
  readonly send: (payload: Uint8Array) => Promise<boolean>
  readonly changed: () => void
  readonly stoppedAt: () => number | null
}

/** What is told beside the state; `rev` and `drill` are the emergency's own. */
export interface Told {
  readonly at: number
  readonly level?: number | null
  readonly why?: ShortReason
}

/** The emergencies that this cluster knows, kept on its disk, and what the station was told of them. */
export interface AlertRegister {
  readonly alerts: Map<string, Alert>
  readonly deliveries: Deliveries
  load(open: (text: string) => Result<AlertOrder>): Promise<void>
  /** An emergency that is not known with a revision up to this is refused. */
  floor(): number
  open(): Alert[]
  slots(): readonly Slot[]
  course(): Course
  stoppedAt(): number | null
  momentOf(alert: Alert, now: WallMs): Moment
  /** What is in force may have changed: tells who listens, then writes. */
  apply(): void
  save(): void
  tell(delivery: Delivery): void
  tellOf(alert: Alert, slot: string, st: DeliveryState, told: Told): void
  /** Keeps the bounds: the lowest rank gives way and comes back when the station says it again. */
  makeRoom(now: WallMs): void
  drop(alert: Alert): void
  /** Resolves when all is on the disk. */
  settled(): Promise<void>
}

const FILE = 'state/alerts'

export const stampOf = (at: number): number => Math.max(0, Math.min(MAX_WALL_MS, Math.round(at)))
export const levelOf = (levelDb: number | null | undefined): { level?: number } =>
  levelDb === null || levelDb === undefined ? {} : { level: Math.max(-120, Math.min(0, Math.round(levelDb * 10) / 10)) }

export function createAlertRegister(deps: RegisterDeps): AlertRegister {
  const { disk, log } = deps
  const alerts = new Map<string, Alert>()
  const deliveries = createDeliveries(deps)
  let floor = 0
  let known: { readonly course: Course; readonly stoppedAt: number | null } | null = null
  let slots: readonly Slot[] = []
  let writing: Promise<void> | null = null
  let dirty = false

  const course = (): Course => {
    const stoppedAt = deps.stoppedAt()
    if (known?.stoppedAt !== stoppedAt) known = null
    known ??= { course: courseOf(alerts.values(), stoppedAt), stoppedAt }
    return known.course
  }
  const open = (): Alert[] => [...alerts.values()].filter(isOpen)

  const write = async (): Promise<void> => {
    while (dirty) {
      dirty = false
      await disk.writeAtomic(FILE, writeAlerts({ floor, alerts: [...alerts.values()], told: deliveries.all() }))
    }
  }
  const save = (): void => {
    dirty = true
    writing ??= write()
      .catch((error: unknown) => log.error({ error: String(error) }, 'emergencies not written'))
      .finally(() => (writing = null))
  }

  const apply = (): void => {
    known = null
    const next = course().slots
    if (JSON.stringify(next) !== JSON.stringify(slots)) {
      slots = next
      // sound first, the disk then: a stop must not wait for an fsync
      deps.changed()
    }
    save()
  }

  const tell = (delivery: Delivery): void => {
    if (deliveries.tell(delivery)) save()
  }
  const tellOf = (alert: Alert, slot: string, st: DeliveryState, { at, level, why }: Told): void =>
    tell({ slot, rev: alert.rev, st, at: stampOf(at), ...levelOf(level), ...(why ? { why } : {}), ...(alert.order?.drill ? { drill: true } : {}) })

  const drop = (alert: Alert): void => {
    alerts.delete(alert.id)
    for (const slot of [slotIdOf(alert), correctionIdOf(alert)]) deliveries.forget(slot)
  }

  return {
    alerts,
    deliveries,
    load: async (opened) => {
      const held = readAlerts(await disk.read(FILE), opened)
      floor = held.floor
      for (const alert of held.alerts) alerts.set(alert.id, alert)
      deliveries.restore(held.told)
    },
    floor: () => floor,
    open,
    slots: () => slots,
    course,
    stoppedAt: deps.stoppedAt,
    momentOf: (alert, now) => ({ now, alone: !open().some((other) => other !== alert) }),
    apply,
    save,
    tell,
    tellOf,
    makeRoom: (now) => {
      for (const alert of open().sort(byAlertRank).slice(MAX_ALERTS)) {
        tellOf(alert, slotIdOf(alert), 'failed', { at: now, why: 'replaced' })
        alert.order = null
      }
      const past = [...alerts.values()].filter((alert) => !isOpen(alert)).sort((a, b) => a.keepUntil - b.keepUntil)
      for (const alert of past.slice(0, Math.max(0, past.length - MAX_REMEMBERED))) {
        floor = Math.max(floor, alert.rev)
        drop(alert)
      }
    },
    drop,
    settled: async () => {
      await writing
    },
  }
}
