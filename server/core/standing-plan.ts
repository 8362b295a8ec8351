import type { WallMs } from '../../shared/core/clock.ts'
import { audienceOn, type Directory } from '../../shared/core/targets.ts'
import type { PlanBody, StandingOrder } from '../../shared/protocol/messages/plan.ts'
import type { StandingKey, StandingOrderText, StandingPart, StandingSet } from './standing-store.ts'

/** A plan carries no more of either. */
export const MAX_STANDING_ORDERS = 8
export const MAX_STANDING_KEYS = 8

export interface StandingBook {
  readonly sets: readonly StandingSet[]
  readonly keys: readonly StandingKey[]
  readonly directory: Directory
  /** Civil day, days since 1970. */
  readonly day: number
  readonly now: WallMs
}

/** What could start something now. */
const isInForce = ({ armedAt, endsAt }: StandingSet, now: WallMs): boolean => armedAt !== null && (endsAt === null || endsAt > now)

const orderOf = (order: StandingOrderText, parts: readonly StandingPart[], until: WallMs | null): StandingOrder => ({
  id: order.id,
  name: order.name,
  danger: order.danger,
  times: order.times,
  gap: order.gapMs,
  vol: order.volume,
  parts: parts.map(({ sha, ms }) => ({ m: sha, ms })),
  ...(order.switch === undefined ? {} : { switch: order.switch }),
  ...(until === null ? {} : { until }),
})

const ordersOf = (set: StandingSet): StandingOrder[] =>
  set.orders.flatMap((order) => {
    const parts = set.parts[order.id] ?? []
    return parts.length === 0 ? [] : [orderOf(order, parts, set.endsAt)]
  })

/**
 * What goes into the plan of a cluster: the armed orders of its areas and the phones that may start them; undefined where nothing is
 * armed. Built once for a planning, asked for every cluster.
 */
export function standingIn({ sets, keys, directory, day, now }: StandingBook): (cluster: string) => PlanBody['standing'] {
  const armed = sets.filter((set) => isInForce(set, now))
  if (armed.length === 0) return () => undefined
  const audience = audienceOn(directory, day)
  const hearing = (areas: readonly string[]): ReadonlySet<string> => new Set(audience({ areas: [...areas] }).clusters)
  const bySet = armed.map((set) => ({ orders: ordersOf(set), clusters: hearing(set.areas) }))
  const byKey = keys.filter((key) => key.endsAt > now).map((key) => ({ key, clusters: hearing(key.areas) }))
  return (cluster) => {
    const orders = bySet.filter((set) => set.clusters.has(cluster)).flatMap((set) => set.orders).slice(0, MAX_STANDING_ORDERS)
    if (orders.length === 0) return undefined
    const phones = byKey.filter((each) => each.clusters.has(cluster)).slice(0, MAX_STANDING_KEYS)
    return { keys: phones.map(({ key }) => key.key), ends: phones.map(({ key }) => key.endsAt), orders }
  }
}

/**
 * As an agent of the first edition reads it, which knows no last days: what ends before its plan does is left out, for nothing that was
 * signed ahead may outlive its end. `to`: the plan's end.
 */
export function standingOfFirstEdition(standing: PlanBody['standing'], to: WallMs): PlanBody['standing'] {
  if (!standing) return undefined
  const orders = standing.orders.flatMap(({ until, ...order }) => (until === undefined || until >= to ? [order] : []))
  return orders.length === 0 ? undefined : { keys: standing.keys.filter((_, n) => (standing.ends?.[n] ?? to) >= to), orders }
}

/** What would not fit on one cluster if all of these were armed, or all of these keys were held. */
export type Crowding =
  | { readonly kind: 'orders' | 'keys'; readonly cluster: string }
  | { readonly kind: 'switch'; readonly cluster: string; readonly switch: number }

/** The first cluster on which armed sets or keys get into each other's way; null when all is well. */
export function crowdingIn({ sets, keys, directory, day, now }: StandingBook): Crowding | null {
  const audience = audienceOn(directory, day)
  const hearers = (areas: readonly string[]): readonly string[] => audience({ areas: [...areas] }).clusters
  const orders = new Map<string, number>()
  const switches = new Set<string>()
  for (const set of sets.filter((each) => isInForce(each, now))) {
    for (const cluster of hearers(set.areas)) {
      const count = (orders.get(cluster) ?? 0) + set.orders.length
      if (count > MAX_STANDING_ORDERS) return { kind: 'orders', cluster }
      orders.set(cluster, count)
      for (const { switch: at } of set.orders) {
        if (at === undefined) continue
        if (switches.has(`${cluster} ${at}`)) return { kind: 'switch', cluster, switch: at }
        switches.add(`${cluster} ${at}`)
      }
    }
  }
  const held = new Map<string, number>()
  for (const key of keys.filter((each) => each.endsAt > now)) {
    for (const cluster of hearers(key.areas)) {
      const count = (held.get(cluster) ?? 0) + 1
      if (count > MAX_STANDING_KEYS) return { kind: 'keys', cluster }
      held.set(cluster, count)
    }
  }
  return null
}
