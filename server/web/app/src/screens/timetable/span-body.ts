import { instantOf, isDate } from './dates.ts'
import type { SpanView } from './views.ts'

/** What somebody has filled in of a pause, an opening or days of mourning. */
export interface SpanWish {
  areas: string[]
  clusters: string[]
  begins: 'now' | 'at'
  fromDate: string
  fromTime: string
  /** `midnight`: a pause lasts until the end of its day. */
  ends: 'midnight' | 'at'
  toDate: string
  toTime: string
  reason: string
}

/** What is sent; null while something is missing. */
export function spanBody(kind: SpanView['kind'], wish: SpanWish): object | null {
  const { areas, clusters, begins, fromDate, fromTime, ends, toDate, toTime } = wish
  const reason = wish.reason.trim()
  if (reason === '') return null
  if (kind === 'mourning') return areas.length > 0 && isDate(fromDate) && isDate(toDate) && toDate >= fromDate ? { areas, date: fromDate, until: toDate, reason } : null
  const place = { ...(areas.length > 0 ? { areas } : {}), ...(kind === 'pause' && clusters.length > 0 ? { clusters } : {}) }
  if (Object.keys(place).length === 0) return null
  const isBegin = begins === 'now' || (isDate(fromDate) && fromTime !== '')
  const isEnd = (kind === 'pause' && ends === 'midnight') || (isDate(toDate) && toTime !== '')
  if (!isBegin || !isEnd) return null
  return {
    ...place, reason,
    ...(begins === 'at' ? { from: instantOf(fromDate, fromTime) } : {}),
    ...(kind === 'pause' && ends === 'midnight' ? {} : { to: instantOf(toDate, toTime) }),
  }
}
