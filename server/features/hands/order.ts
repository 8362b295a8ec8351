import { wallMs } from '../../../shared/core/clock.ts'
import type { Service } from '../../../shared/protocol/messages/service.ts'
import type { ServiceRecord } from '../../core/hands-store.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

const HOUR_MS = 3_600_000
/** A box that is away hears of it when it comes back in time; a tone or a restart long after that would surprise. */
const LIVES_MS: Readonly<Record<Service, number>> = { restart: HOUR_MS, tone: 120_000, log: 12 * HOUR_MS, listen: 120_000, modem: HOUR_MS, check: 12 * HOUR_MS }
const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

export type NewService = Pick<ServiceRecord, 'cluster' | 'kind' | 'detail' | 'actor'>
export function newService({ secretBytes, clock }: Pick<ServerDeps, 'secretBytes' | 'clock'>, order: NewService): ServiceRecord {
  const at = clock.wall()
  const id = Array.from(secretBytes(10), (byte) => ID_ALPHABET[byte & 31] ?? '0').join('')
  return { ...order, id, at, expiresAt: wallMs(at + LIVES_MS[order.kind]), state: 'ordered', served: null, hasFile: false }
}

export function tellOrdered({ events, access }: Pick<ServerDeps, 'events' | 'access'>, { id, cluster, kind, at }: ServiceRecord): void {
  events.tell({ kind: 'service.ordered', at, areas: access.areasOfCluster(cluster), subject: cluster, detail: { service: id, do: kind } })
}

/** What the station asks by its own rule. */
export type SelfOrdered = { readonly kind: 'check' } | { readonly kind: 'tone'; readonly policy: string }

/** A silent test is no decision of anybody; a sound in a public place is on record, also where a rule gives it. */
export function orderByItself(deps: ServerDeps, cluster: string, what: SelfOrdered): void {
  const { stores, clock } = deps
  if (stores.hands.open(clock.wall(), cluster).some(({ kind }) => kind === what.kind)) return
  const record = newService(deps, { cluster, kind: what.kind, actor: 'server', detail: what.kind === 'tone' ? { policy: what.policy } : {} })
  if (what.kind === 'check') stores.hands.insert(record)
  else deps.decide({ actor: 'server', action: 'service.tone', subject: cluster, detail: { service: record.id, ...record.detail } }, () => stores.hands.insert(record))
  tellOrdered(deps, record)
}
