import { encodeMessage } from '../../shared/protocol/codec.ts'
import type { Delivery } from '../../shared/protocol/messages/delivery.ts'

export interface DeliveriesDeps {
  /** QoS 1; false when the broker has not acknowledged it. */
  readonly send: (payload: Uint8Array) => Promise<boolean>
}
/** How far each emergency and live broadcast has come here: the newest state of each is told, and told again on every connection. */
export interface Deliveries {
  /** False when just this has been told already. */
  tell(delivery: Delivery): boolean
  /** What was told last of a slot; null when nothing was. */
  last(slot: string): Delivery | null
  /** Nothing of this slot matters any more, once it has been told. */
  forget(slot: string): void
  linkUp(): void
  /** All that is remembered, for the disk. */
  all(): Delivery[]
  /** What the disk held. */
  restore(deliveries: readonly Delivery[]): void
}

/** More slots than this are never open: 64 emergencies with their corrections, and live broadcasts. The oldest goes first. */
const MAX_TOLD = 160

interface Told {
  readonly delivery: Delivery
  sent: boolean
  past: boolean
}

export function createDeliveries({ send }: DeliveriesDeps): Deliveries {
  const told = new Map<string, Told>()
  const put = (one: Told): void => {
    const { slot } = one.delivery
    void send(encodeMessage('delivery', one.delivery)).then((went) => {
      one.sent ||= went
      if (one.sent && one.past && told.get(slot) === one) told.delete(slot)
    })
  }
  const keep = (delivery: Delivery): Told => {
    const one = { delivery, sent: false, past: false }
    told.delete(delivery.slot)
    told.set(delivery.slot, one)
    if (told.size > MAX_TOLD) told.delete(told.keys().next().value as string)
    return one
  }
  return {
    tell: (delivery) => {
      const last = told.get(delivery.slot)?.delivery
      if (last && last.st === delivery.st && last.rev === delivery.rev && last.why === delivery.why) return false
      put(keep(delivery))
      return true
    },
    last: (slot) => told.get(slot)?.delivery ?? null,
    forget: (slot) => {
      const one = told.get(slot)
      if (!one) return
      one.past = true
      if (one.sent) told.delete(slot)
    },
    linkUp: () => told.forEach(put),
    all: () => [...told.values()].map(({ delivery }) => delivery),
    restore: (deliveries) => deliveries.forEach(keep),
  }
}
