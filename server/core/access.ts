import { areaBook, areasOf, type AreaBook } from '../../shared/core/area.ts'
import { civilDayNumber } from '../../shared/core/civil.ts'
import type { Clock } from '../../shared/core/clock.ts'
import { audienceOn } from '../../shared/core/targets.ts'
import type { Targets } from '../../shared/core/timetable.ts'
import type { Identity } from './identity.ts'
import { areasWhere, type Action } from './permissions.ts'
import type { Refusal } from './refusal.ts'
import type { Stores } from './stores.ts'

/** Where an identity may do what. Every handler that touches a place asks it; lists show only what it lets through. */
export interface Access {
  /** null when `who` may do it in every one of the areas (`all` = the whole station); else what to answer. */
  refusal(who: Identity, action: Action, areas: readonly string[] | 'all'): Refusal | null
  /** For lists: lets an area's code through. Something without an area (null) is the station's own. */
  sees(who: Identity, action: Action): (area: string | null) => boolean
  /** Areas that a cluster stands in today; empty for one that stands nowhere. */
  areasOfCluster(cluster: string): readonly string[]
  /** Areas concerned by targets: those that are named, and those of the clusters that are named; `all` as it is. */
  areasOfTargets(targets: Targets): readonly string[] | 'all'
  /** Areas as they stand today. */
  book(): AreaBook
}

export const NOT_YOURS: Refusal = {
  status: 403,
  code: 'not-allowed',
  en: 'Your role does not allow this here: ask an administrator, or choose an area of yours.',
  vi: 'Bạn chưa được giao việc này ở địa bàn này: hãy nhờ người quản trị, hoặc chọn địa bàn của mình.',
}

export function createAccess(deps: { readonly clock: Clock; readonly stores: Pick<Stores, 'areas' | 'groups' | 'clusters'> }): Access {
  const { clock, stores } = deps
  const today = (): number => civilDayNumber(clock.wall())
  const book = (): AreaBook => areaBook(stores.areas.all(), today())

  const sees: Access['sees'] = (who, action) => {
    const granted = areasWhere(who, action, clock.wall())
    if (granted === 'all') return () => true
    if (granted.size === 0) return () => false
    const areas = book()
    const roots = new Set([...granted].map(areas.merged))
    return (area) => area !== null && areas.chain(area).some(({ code }) => roots.has(code))
  }
  return {
    book,
    sees,
    refusal(who, action, areas) {
      const lets = sees(who, action)
      if (areas === 'all') return areasWhere(who, action, clock.wall()) === 'all' ? null : NOT_YOURS
      // something that stands nowhere belongs to the whole station
      if (areas.length === 0) return lets(null) ? null : NOT_YOURS
      return areas.every(lets) ? null : NOT_YOURS
    },
    areasOfCluster: (cluster) => areasOf(cluster, stores.clusters.membershipsOf(cluster), today()),
    areasOfTargets(targets) {
      if (targets === 'all') return 'all'
      const day = today()
      const memberships = stores.clusters.memberships()
      const named = audienceOn({ areas: stores.areas.all(), groups: stores.groups.all(), memberships, clusters: stores.clusters.active() }, day)({
        ...(targets.groups ? { groups: targets.groups } : {}),
        ...(targets.clusters ? { clusters: targets.clusters } : {}),
      })
      return [...new Set([...(targets.areas ?? []), ...[...named.clusters].flatMap((id) => areasOf(id, memberships, day))])]
    },
  }
}
