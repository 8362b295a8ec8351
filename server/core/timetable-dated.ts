import type { AreaBook } from '../../shared/core/area.ts'
import { civilDayNumber, dateOfDayNumber } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { DatedBounds } from '../../shared/core/policy-text.ts'
import type { DatedSpan } from '../../shared/core/policy.ts'
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

/** What is dated for each cluster: pauses, openings and days of mourning of the cluster itself and of the areas that it stands in. */
export function datedFor(spans: readonly SpanRecord[], places: Places): (cluster: string) => Required<DatedBounds> {
  return (cluster) => {
    const mine = spans.filter((span) => span.to > span.from && concerns(span, cluster, places))
    const of = (kind: SpanRecord['kind']): SpanRecord[] => mine.filter((span) => span.kind === kind)
    return { pauses: of('pause').map(datedOf), openings: of('opening').map(datedOf), mourning: of('mourning').flatMap(datesOf) }
  }
}
