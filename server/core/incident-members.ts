import { areaBook, inForce } from '../../shared/core/area.ts'
import { civilDayNumber } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { Member } from './incident-cause.ts'
import type { PresenceRecord, Stores } from './stores.ts'

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

/** Clusters that were heard of at least once: a box that still lies in its carton has not fallen. */
export function membersOf(stores: MemberStores, now: WallMs): Member[] {
  const chains = areaChains(stores, now)
  const presences = new Map<string, PresenceRecord>(stores.presence.all().map((p) => [p.cluster, p]))
  const latest = stores.telemetry.allLatest()
  return stores.clusters.active().flatMap(({ id }) => {
    const presence = presences.get(id)
    if (!presence) return []
    const radio = latest.get(id)?.health?.radio
    return [{
      cluster: id,
      online: presence.online,
      lastSeen: presence.lastSeen,
      since: presence.since,
      areas: chains.get(id) ?? [],
      carrier: tidy(radio?.operator),
      cell: radio?.cell === undefined ? null : tidy(`${radio.operator ?? ''} ${radio.cell}`),
    }]
  })
}
