import { Type, type Static } from 'typebox'
import { Served, ServiceId, SERVICES, type ServiceOrder, type ServiceWhy } from '../../shared/protocol/messages/service.ts'

/** What was asked of this box, and what came of it: kept until the order has expired, so that none is done twice. */
export const Serviced = Type.Object(
  {
    id: ServiceId,
    do: Type.Enum([...SERVICES]),
    exp: Type.Integer(),
    served: Served,
    /** The broker has taken the newest answer. */
    told: Type.Boolean(),
  },
  { additionalProperties: false },
)
export type Serviced = Static<typeof Serviced>
export const ServiceBook = Type.Array(Serviced, { maxItems: 200 })

/** More in a day than any technician asks for. The newest order loses. */
export const MAX_SERVICED = 64

export type Admitted =
  | { readonly take: true; readonly book: readonly Serviced[] }
  /** Done before, or under way: its answer is said again. */
  | { readonly take: false; readonly again: Serviced }
  | { readonly take: false; readonly again: null; readonly why: ServiceWhy }

/** Whether an order is done. One that was done before is not, however often it comes and whoever sends it again. */
export function admit(book: readonly Serviced[], order: Pick<ServiceOrder, 'id' | 'do' | 'exp'>, at: number): Admitted {
  const again = book.find(({ id }) => id === order.id)
  if (again) return { take: false, again }
  const kept = book.filter(({ exp }) => exp > at)
  if (kept.length >= MAX_SERVICED) return { take: false, again: null, why: 'too-many' }
  return { take: true, book: [...kept, { id: order.id, do: order.do, exp: order.exp, told: false, served: { id: order.id, st: 'taken', at } }] }
}

/** After a start: what was under way is over. A restart has been done by it; anything else was cut off. */
export const afterStart = (book: readonly Serviced[]): Serviced[] =>
  book.map((one) => {
    if (one.served.st !== 'taken') return one
    const { why: _, ...served } = one.served
    return { ...one, told: false, served: one.do === 'restart' ? { ...served, st: 'done' } : { ...served, st: 'failed', why: 'restarted' } }
  })
