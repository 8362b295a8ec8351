import type { WallMs } from '../../../shared/core/clock.ts'
import type { Identity } from '../../core/identity.ts'
import { areasWhere, type Action } from '../../core/permissions.ts'
import type { LibraryItem, ShareTarget, Sight } from '../../core/programme-store.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

export type LibraryDeps = Pick<ServerDeps, 'stores' | 'access' | 'clock'>

export const PROGRAMME = { en: 'programme', vi: 'chương trình' }

/** Where something stands, as `access` asks it. */
export const placeOf = (area: string | null): readonly string[] | 'all' => (area === null ? 'all' : [area])

/** What somebody sees of the library: all of their own areas, and what is on air there from elsewhere. */
export function sightOf({ stores, access, clock }: LibraryDeps, who: Identity, action: Action = 'programme.read'): Sight {
  const now: WallMs = clock.wall()
  const granted = areasWhere(who, action, now)
  if (granted === 'all') return { owned: 'all', shared: [], now }
  const lets = access.sees(who, action)
  const owned = new Set(stores.programmes.areas().filter(lets).map((area) => area ?? ''))
  const book = access.book()
  // given to the province, it is given to each commune in it; given to a hamlet, its commune sees it as well
  const reaches = (area: string): boolean => lets(area) || [...granted].some((own) => book.within(own, area))
  const isFor = (to: ShareTarget): boolean => {
    if ('area' in to) return reaches(to.area)
    const areas = access.areasOfTargets({ groups: [to.group] })
    return areas !== 'all' && areas.some(reaches)
  }
  return { owned, shared: stores.programmes.shareTargets(now).filter(isFor), now }
}

export interface SeenItem {
  readonly item: LibraryItem
  /** `approved`: only what is on the air of it. */
  readonly sees: 'all' | 'approved'
}

/** What cannot be seen is not there. */
export function seen(deps: LibraryDeps, who: Identity, id: string): Outcome<SeenItem> {
  const item = deps.stores.programmes.byId(id)
  const sees = item && deps.stores.programmes.sees(item, sightOf(deps, who))
  return item && sees ? accepted({ item, sees }) : notFound(PROGRAMME, id)
}

/** A programme that somebody may work on. */
export function mine(deps: LibraryDeps, who: Identity, action: Action, id: string): Outcome<LibraryItem> {
  const found = seen(deps, who, id)
  if (!found.ok) return found
  const { item } = found.value
  const refusal = deps.access.refusal(who, action, placeOf(item.area))
  return refusal ? refused(refusal) : accepted(item)
}
