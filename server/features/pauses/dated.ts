import { areaBook, inForce } from '../../../shared/core/area.ts'
import { civilDayNumber, DAY_MS } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { DatedBounds } from '../../../shared/core/policy-text.ts'
import type { Stores } from '../../core/stores.ts'
import { datedFor, type Places } from '../../core/timetable-dated.ts'

type DatedStores = Pick<Stores, 'areas' | 'clusters' | 'spans'>
type Dated = (cluster: string) => Required<DatedBounds>

/** A plan begins with yesterday. */
const LOOK_BACK_MS = 2 * DAY_MS

/** Where clusters stand on the day of an instant. */
export function placesAt({ areas, clusters }: Pick<Stores, 'areas' | 'clusters'>, now: WallMs): Places {
  const day = civilDayNumber(now)
  const standing = new Map<string, string[]>()
  for (const m of clusters.memberships()) if (inForce(m, day)) standing.set(m.cluster, [...(standing.get(m.cluster) ?? []), m.area])
  return { book: areaBook(areas.all(), day), areasOf: (cluster) => standing.get(cluster) ?? [] }
}

/** Pauses, openings and days of mourning of each cluster, as they are decided when it is first asked: for plans, and for what is admitted. */
export function datedBounds(stores: DatedStores, now: WallMs): Dated {
  let dated: Dated | null = null
  return (cluster) => {
    const spans = dated ? [] : stores.spans.endingAfter(wallMs(now - LOOK_BACK_MS))
    dated ??= spans.length === 0 ? () => ({ pauses: [], openings: [], mourning: [] }) : datedFor(spans, placesAt(stores, now))
    return dated(cluster)
  }
}
