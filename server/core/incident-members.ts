import { areaBook, inForce } from '../../shared/core/area.ts'
import { civilDayNumber } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { Member } from './incident-cause.ts'
import type { Stores } from './stores.ts'

export type MemberStores = Pick<Stores, 'areas' | 'clusters' | 'presence' | 'telemetry'>

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

/** Where clusters stand and on which network they are changes seldom: it is looked up anew this often. */
const PLACES_KEPT_MS = 10_000

interface Place {
  readonly areas: readonly string[]
  readonly carrier: string | null
  readonly cell: string | null
}

function placesOf(stores: MemberStores, now: WallMs): Map<string, Place> {
  const chains = areaChains(stores, now)
  const latest = stores.telemetry.allLatest()
  return new Map(stores.clusters.active().map(({ id }) => {
    const radio = latest.get(id)?.health?.radio
    const cell = radio?.cell === undefined ? null : tidy(`${radio.operator ?? ''} ${radio.cell}`)
    return [id, { areas: chains.get(id) ?? [], carrier: tidy(radio?.operator), cell }]
  }))
}

/** Gives the clusters in use that were heard of at least once: a box that still lies in its carton has not fallen. */
export function createMembers(stores: MemberStores): (now: WallMs) => Member[] {
  let places = new Map<string, Place>()
  let looked: WallMs | null = null
  return (now) => {
    if (looked === null || now - looked >= PLACES_KEPT_MS || now < looked) {
      places = placesOf(stores, now)
      looked = now
    }
    return stores.presence.all().flatMap(({ cluster, online, lastSeen }) => {
      const place = places.get(cluster)
      return place ? [{ cluster, online, lastSeen, ...place }] : []
    })
  }
}
