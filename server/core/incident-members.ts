import { areaBook, inForce } from '../../shared/core/area.ts'
import { civilDayNumber } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { Member } from './incident-cause.ts'
import type { Stores } from './stores.ts'

export type MemberStores = Pick<Stores, 'areas' | 'clusters' | 'presence' | 'telemetry' | 'generations'>

const tidy = (text: string | undefined): string | null => {
  const word = text?.trim() ?? ''
  return word === '' ? null : word
}

/** Areas of every cluster in use, nearest first, the wider ones included. */
export function areaChains(stores: Pick<Stores, 'areas' | 'clusters'>, now: WallMs): Map<string, readonly string[]> {
  const day = civilDayNumber(now)
  const book = areaBook(stores.areas.all(), day)
  const chains = new Map<string, readonly string[]>()
  for (const membership of stores.clusters.memberships()) {
    if (!inForce(membership, day)) continue
    const codes = book.chain(membership.area).map(({ code }) => code)
    chains.set(membership.cluster, [...new Set([...(chains.get(membership.cluster) ?? []), ...codes])])
  }
  return chains
}

/** On which network a cluster is changes seldom: it is looked up anew this often. */
const NETWORKS_KEPT_MS = 30_000

interface Network {
  readonly carrier: string | null
  readonly cell: string | null
}

/** Ids and areas of the clusters in use: read again only when places or the day have changed. */
export interface Standing {
  readonly ids: readonly string[]
  readonly areas: ReadonlyMap<string, readonly string[]>
}
export function createStanding(stores: Pick<Stores, 'areas' | 'clusters' | 'generations'>): (now: WallMs) => Standing {
  let key = ''
  let standing: Standing = { ids: [], areas: new Map() }
  return (now) => {
    const current = `${stores.generations.places()} ${civilDayNumber(now)}`
    if (current !== key) {
      standing = { ids: stores.clusters.active().map(({ id }) => id), areas: areaChains(stores, now) }
      key = current
    }
    return standing
  }
}

/** Gives the clusters in use that were heard of at least once: a box that still lies in its carton has not fallen. */
export function createMembers(stores: MemberStores): (now: WallMs) => Member[] {
  const standingAt = createStanding(stores)
  let networks = new Map<string, Network>()
  let looked: WallMs | null = null

  const lookUp = (ids: readonly string[]): void => {
    networks = new Map(ids.map((id) => {
      const radio = stores.telemetry.latest(id).health?.radio
      return [id, { carrier: tidy(radio?.operator), cell: radio?.cell === undefined ? null : tidy(`${radio.operator ?? ''} ${radio.cell}`) }]
    }))
  }
  return (now) => {
    const { ids, areas } = standingAt(now)
    if (looked === null || now - looked >= NETWORKS_KEPT_MS || now < looked) {
      lookUp(ids)
      looked = now
    }
    return ids.flatMap((cluster) => {
      const presence = stores.presence.byCluster(cluster)
      const { carrier, cell } = networks.get(cluster) ?? { carrier: null, cell: null }
      return presence ? [{ cluster, online: presence.online, lastSeen: presence.lastSeen, areas: areas.get(cluster) ?? [], carrier, cell }] : []
    })
  }
}
