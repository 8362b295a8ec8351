import { areaBook, areasOf, type AreaBook, type Membership } from '../../shared/core/area.ts'
import { civilDayNumber } from '../../shared/core/civil.ts'
import type { Clock } from '../../shared/core/clock.ts'
import { audienceOn, type Audience, type Directory } from '../../shared/core/targets.ts'
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
  /**
   * For lists of what has effect in several areas: lets through what reaches at least one place of theirs, also from
   * above, such as a session of the whole province.
   */
  concerns(who: Identity, action: Action): (areas: readonly string[] | 'all') => boolean
  /** For lists of clusters: lets one through that stands in a place of theirs. One that stands nowhere is the station's own. */
  seesCluster(who: Identity, action: Action): (cluster: string) => boolean
  /** Areas that a cluster stands in today; empty for one that stands nowhere. */
  areasOfCluster(cluster: string): readonly string[]
  /** Areas of several clusters at once; `all` where one of them stands nowhere, for that is the whole station's. */
  areasOfClusters(clusters: readonly string[]): readonly string[] | 'all'
  /** Areas concerned by targets: those that are named, and those of the clusters that are named; `all` as it is, and where one of these stands nowhere. */
  areasOfTargets(targets: Targets): readonly string[] | 'all'
  /** Who hears targets as clusters stand today, and the words in them that mean nothing. */
  audience(targets: Targets): Audience
  /** Areas as they stand today. */
  book(): AreaBook
  /** Clusters in use by name, and where all stand and stood; read once while nothing of it changes. */
  directory(): Pick<Directory, 'clusters' | 'memberships'>
}

/** A value that is another one after every change of what it names, also when the change was undone. */
export interface Generations {
  /** Areas, groups, and which clusters there are and where they stand. */
  places(): number
}

export const NOT_YOURS: Refusal = {
  status: 403,
  code: 'not-allowed',
  en: 'Your role does not allow this here: ask an administrator, or choose an area of yours.',
  vi: 'Bạn chưa được giao việc này ở địa bàn này: hãy nhờ người quản trị, hoặc chọn địa bàn của mình.',
}

/** What a day's questions are answered from; made once and kept while nothing of it changes. */
interface Places {
  readonly book: AreaBook
  directory(): ReturnType<Access['directory']>
  areasOf(cluster: string): readonly string[]
  audience(targets: Targets): Audience
}
type PlaceStores = Pick<Stores, 'areas' | 'groups' | 'clusters' | 'generations'>

function placesOn(stores: PlaceStores, day: number): Places {
  const areas = stores.areas.all()
  let members: Map<string, readonly string[]> | null = null
  let audience: ReturnType<typeof audienceOn> | null = null
  let known: ReturnType<Access['directory']> | null = null
  const directory = (): ReturnType<Access['directory']> => (known ??= { clusters: stores.clusters.active().map(({ id, name }) => ({ id, name })), memberships: stores.clusters.memberships() })
  const byCluster = (): Map<string, readonly string[]> => {
    const ids = new Map<string, Membership[]>()
    for (const membership of directory().memberships) ids.set(membership.cluster, [...(ids.get(membership.cluster) ?? []), membership])
    return new Map([...ids].map(([cluster, own]) => [cluster, areasOf(cluster, own, day)]))
  }
  return {
    book: areaBook(areas, day),
    directory,
    areasOf: (cluster) => (members ??= byCluster()).get(cluster) ?? [],
    audience: (targets) => (audience ??= audienceOn({ areas, groups: stores.groups.all(), ...directory() }, day))(targets),
  }
}

export function createAccess(deps: { readonly clock: Clock; readonly stores: PlaceStores }): Access {
  const { clock, stores } = deps
  let kept: { readonly generation: number; readonly day: number; readonly places: Places } | null = null
  const placesNow = (): Places => {
    const [generation, day] = [stores.generations.places(), civilDayNumber(clock.wall())]
    if (kept?.generation !== generation || kept.day !== day) kept = { generation, day, places: placesOn(stores, day) }
    return kept.places
  }
  const book = (): AreaBook => placesNow().book
  /** Codes in force of the areas that are granted. */
  const rootsOf = (granted: ReadonlySet<string>, areas: AreaBook): ReadonlySet<string> => new Set([...granted].map(areas.merged))

  const sees: Access['sees'] = (who, action) => {
    const granted = areasWhere(who, action, clock.wall())
    if (granted === 'all') return () => true
    if (granted.size === 0) return () => false
    const areas = book()
    const roots = rootsOf(granted, areas)
    return (area) => area !== null && areas.chain(area).some(({ code }) => roots.has(code))
  }
  return {
    book,
    directory: () => placesNow().directory(),
    sees,
    concerns(who, action) {
      const granted = areasWhere(who, action, clock.wall())
      if (granted === 'all') return () => true
      if (granted.size === 0) return () => false
      const areas = book()
      const lets = sees(who, action)
      const above = new Set([...granted].flatMap((code) => areas.chain(code).map((area) => area.code)))
      return (places) => places === 'all' || places.some((code) => lets(code) || above.has(areas.merged(code)))
    },
    seesCluster(who, action) {
      const lets = sees(who, action)
      const { areasOf: standsIn } = placesNow()
      return (cluster) => {
        const areas = standsIn(cluster)
        return areas.length === 0 ? lets(null) : areas.some(lets)
      }
    },
    refusal(who, action, areas) {
      const lets = sees(who, action)
      if (areas === 'all') return areasWhere(who, action, clock.wall()) === 'all' ? null : NOT_YOURS
      // something that stands nowhere belongs to the whole station
      if (areas.length === 0) return lets(null) ? null : NOT_YOURS
      return areas.every(lets) ? null : NOT_YOURS
    },
    audience: (targets) => placesNow().audience(targets),
    areasOfCluster: (cluster) => placesNow().areasOf(cluster),
    areasOfClusters(clusters) {
      const places = clusters.map(placesNow().areasOf)
      return places.some((codes) => codes.length === 0) ? 'all' : [...new Set(places.flat())]
    },
    areasOfTargets(targets) {
      if (targets === 'all') return 'all'
      const { audience, areasOf: standsIn } = placesNow()
      const { areas = [], groups, clusters } = targets
      if (groups === undefined && clusters === undefined) return areas
      const named = audience({ ...(groups ? { groups } : {}), ...(clusters ? { clusters } : {}) })
      const places = named.clusters.map(standsIn)
      // a cluster that stands nowhere belongs to the whole station
      return places.some((codes) => codes.length === 0) ? 'all' : [...new Set([...areas, ...places.flat()])]
    },
  }
}
