import { areaBook, inForce, type AreaBook } from '../../shared/core/area.ts'
import { civilDayNumber, dateOfDayNumber, DAY_MS } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { DatedBounds } from '../../shared/core/policy-text.ts'
import type { DatedSpan } from '../../shared/core/policy.ts'
import type { Stores } from './stores.ts'
import type { SpanRecord } from './timetable-store.ts'

/** Where a cluster stands, and the areas as they are. */
export interface Places {
  readonly book: AreaBook
  /** Codes of the areas that a cluster stands in. */
  readonly areasOf: (cluster: string) => readonly string[]
}

/** Does the span concern the cluster: by name, or by an area that it stands in? */
export const concerns = (span: Pick<SpanRecord, 'areas' | 'clusters'>, cluster: string, { book, areasOf }: Places): boolean =>
  span.clusters.includes(cluster) || areasOf(cluster).some((code) => span.areas.some((area) => book.within(code, area)))

const datedOf = ({ from, to, reason }: SpanRecord): DatedSpan => ({ from, to, reason })

/** Civil dates that a span touches. */
function datesOf({ from, to }: SpanRecord): string[] {
  if (to <= from) return []
  const [first, last] = [civilDayNumber(from), civilDayNumber(wallMs(to - 1))]
  return Array.from({ length: last - first + 1 }, (_, n) => dateOfDayNumber(first + n))
}

/** What is dated for a cluster. */
export type Dated = (cluster: string) => Required<DatedBounds>
const NOTHING: Required<DatedBounds> = { pauses: [], openings: [], mourning: [] }

/** What is dated for each cluster: pauses, openings and days of mourning of the cluster itself and of the areas that it stands in. */
export function datedFor(spans: readonly SpanRecord[], places: Places): Dated {
  return (cluster) => {
    const mine = spans.filter((span) => span.to > span.from && concerns(span, cluster, places))
    if (mine.length === 0) return NOTHING
    const of = (kind: SpanRecord['kind']): SpanRecord[] => mine.filter((span) => span.kind === kind)
    return { pauses: of('pause').map(datedOf), openings: of('opening').map(datedOf), mourning: of('mourning').flatMap(datesOf) }
  }
}

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
export function datedBounds(stores: Pick<Stores, 'areas' | 'clusters' | 'spans'>, now: WallMs): Dated {
  let dated: Dated | null = null
  return (cluster) => {
    const spans = dated ? [] : stores.spans.endingAfter(wallMs(now - LOOK_BACK_MS))
    dated ??= spans.length === 0 ? () => NOTHING : datedFor(spans, placesAt(stores, now))
    return dated(cluster)
  }
}
