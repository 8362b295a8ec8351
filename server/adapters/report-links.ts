import type { Database } from 'better-sqlite3'
import { civilDayNumber, startOfDayNumber } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Lines, Tenure } from '../core/cluster-line.ts'
import type { LinkFigures } from '../core/report-facts.ts'
import { firstDayOf, monthOf, type Period } from '../core/report-period.ts'
import { unpackBuckets } from '../core/ring-packing.ts'
import { dayOfHour, hourNumber } from '../core/ring-places.ts'
import { nodeDeflate } from './deflate.ts'
import type { ReportDatabases } from './report-database.ts'
import { hasTable } from './report-facts.ts'

/** Civil days in one row of the ring of days. */
const BLOCK_DAYS = 32

const NO_LINK: LinkFigures = { onlineS: 0, goodS: 0, fairS: 0, poorS: 0, dataBytes: 0 }
const addLinks = (a: LinkFigures, b: LinkFigures): LinkFigures => ({ onlineS: a.onlineS + b.onlineS, goodS: a.goodS + b.goodS, fairS: a.fairS + b.fairS, poorS: a.poorS + b.poorS, dataBytes: a.dataBytes + b.dataBytes })

/** A box's link from its rings, both ends included; null where the ring has nothing of the span. */
export interface LinkReader {
  days(box: string, from: number, to: number): LinkFigures | null
  /** Hours since 1970; kept for a year. */
  hours(box: string, from: number, to: number): LinkFigures | null
}

export function createLinkReader(telemetry: Database): LinkReader {
  const deflate = nodeDeflate()
  const reader = (sql: string, table: string, placeOf: (at: number) => number): LinkReader['days'] => {
    if (!hasTable(telemetry, table)) return () => null
    const rows = telemetry.prepare<[string, number, number], { packed: Uint8Array }>(sql)
    return (box, from, to) => {
      const buckets = rows.all(box, placeOf(from), placeOf(to)).flatMap(({ packed }) => unpackBuckets(packed, deflate) ?? []).filter(({ at }) => at >= from && at <= to)
      return buckets.length === 0 ? null : buckets.reduce((sum: LinkFigures, { counts }) => addLinks(sum, counts), NO_LINK)
    }
  }
  return {
    days: reader('SELECT packed FROM day_ring WHERE cluster = ? AND block >= ? AND block <= ?', 'day_ring', (day) => Math.floor(day / BLOCK_DAYS)),
    hours: reader('SELECT packed FROM hour_ring WHERE cluster = ? AND day >= ? AND day <= ?', 'hour_ring', dayOfHour),
  }
}

interface Days {
  readonly from: number
  readonly to: number
}

/** The link of a place under one of its boxes: whole days, and of the days on which boxes were changed the hours that were its own. */
function linkOfTenure(reader: LinkReader, { cluster, from, until }: Tenure, days: Days): LinkFigures[] {
  const turnOf = (at: number): number => (Number.isFinite(at) ? civilDayNumber(wallMs(at)) : at)
  const [came, went] = [turnOf(from), turnOf(until)]
  const [first, last] = [Math.max(days.from, came + 1), Math.min(days.to, went - 1)]
  const whole = first > last ? null : reader.days(cluster, first, last)
  const parts = [...new Set([came, went])].filter((day) => day >= days.from && day <= days.to).map((day) => {
    const [begin, end] = [startOfDayNumber(day), startOfDayNumber(day + 1)]
    const hours = (first: number, past: number): LinkFigures | null => reader.hours(cluster, hourNumber(wallMs(first)), hourNumber(wallMs(past - 1)))
    // of a day whose hours are not kept any more, the whole is the best that is known
    return hours(begin, end) === null ? reader.days(cluster, day, day) : hours(Math.max(begin, from), Math.min(end, until))
  })
  return [whole, ...parts].flatMap((link) => link ?? [])
}

interface LinksOf {
  readonly clusters: ReadonlySet<string>
  readonly period: Period
  readonly now: number
  readonly lines: Lines
}

/** How long each place could be reached in a period, by the rings of the boxes that stood there. */
export function linksReader({ archive, telemetry }: ReportDatabases): (of: LinksOf) => Map<string, LinkFigures> {
  const reader = createLinkReader(telemetry)
  const made = archive.prepare<[number], { doc: string }>('SELECT doc FROM link_month WHERE month = ?')
  return ({ clusters, period, now, lines }) => {
    const to = Math.min(period.to, civilDayNumber(wallMs(now)) - 1)
    const found = new Map<string, LinkFigures>()
    const add = (cluster: string, link: LinkFigures): void => void found.set(cluster, addLinks(found.get(cluster) ?? NO_LINK, link))
    const wasReplaced = (cluster: string): boolean => lines.tenures(cluster).length > 1
    const read = (cluster: string, days: Days): void => lines.tenures(cluster).flatMap((box) => linkOfTenure(reader, box, days)).forEach((link) => add(cluster, link))
    for (let month = monthOf(period.from); month <= monthOf(to); month++) {
      const days = { from: Math.max(period.from, firstDayOf(month)), to: Math.min(to, firstDayOf(month + 1) - 1) }
      const doc = days.from === firstDayOf(month) && days.to === firstDayOf(month + 1) - 1 ? made.get(month)?.doc : undefined
      // sums of a month are a box's, and not its place's
      for (const cluster of clusters) if (doc === undefined || wasReplaced(cluster)) read(cluster, days)
      for (const [cluster, [onlineS = 0, goodS = 0, fairS = 0, poorS = 0, dataBytes = 0]] of Object.entries(JSON.parse(doc ?? '{}') as Record<string, number[]>)) {
        if (clusters.has(cluster) && !wasReplaced(cluster)) add(cluster, { onlineS, goodS, fairS, poorS, dataBytes })
      }
    }
    return found
  }
}

/** Seconds of a period that are over, from the day on which the first box of a place came. */
export function dueSeconds({ decisions }: ReportDatabases, { period: { from, to }, now, lines }: Omit<LinksOf, 'clusters'>): (cluster: string) => number {
  const created = new Map(decisions.prepare<[], { id: string; created: number }>('SELECT id, created FROM cluster').all().map(({ id, created: at }) => [id, at]))
  const [begin, end] = [startOfDayNumber(from), Math.min(startOfDayNumber(to + 1), startOfDayNumber(civilDayNumber(wallMs(now))))]
  const cameOf = (cluster: string): number => created.get(lines.tenures(cluster).at(-1)?.cluster ?? cluster) ?? begin
  return (cluster) => Math.max(0, Math.round((end - Math.max(begin, cameOf(cluster))) / 1_000))
}
