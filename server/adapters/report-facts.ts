import type { Database } from 'better-sqlite3'
import { startOfDayNumber } from '../../shared/core/civil.ts'
import type { Caps } from '../../shared/core/policy.ts'
import { nodeDeflate } from './deflate.ts'
import { unpackBuckets } from '../core/ring-packing.ts'
import type { BulletinFacts, IncidentFact, LinkFigures } from '../core/report-facts.ts'
import type { Period } from '../core/report-period.ts'

/** Features are younger or older than each other: what a station does not keep is not told. */
const hasTable = (db: Database, name: string): boolean => db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(name) !== undefined

/** Civil days in one row of the ring of days. */
const BLOCK_DAYS = 32

export const NO_LINK: LinkFigures = { onlineS: 0, goodS: 0, fairS: 0, poorS: 0, dataBytes: 0 }
export const addLinks = (a: LinkFigures, b: LinkFigures): LinkFigures => ({ onlineS: a.onlineS + b.onlineS, goodS: a.goodS + b.goodS, fairS: a.fairS + b.fairS, poorS: a.poorS + b.poorS, dataBytes: a.dataBytes + b.dataBytes })

/** A cluster's link from its ring of days; null where the ring has none of the days. */
export function createLinkReader(telemetry: Database): (cluster: string, from: number, to: number) => LinkFigures | null {
  if (!hasTable(telemetry, 'day_ring')) return () => null
  const rows = telemetry.prepare<[string, number, number], { packed: Uint8Array }>('SELECT packed FROM day_ring WHERE cluster = ? AND block >= ? AND block <= ?')
  const deflate = nodeDeflate()
  return (cluster, from, to) => {
    let sum: LinkFigures | null = null
    for (const { packed } of rows.all(cluster, Math.floor(from / BLOCK_DAYS), Math.floor(to / BLOCK_DAYS))) {
      for (const { at, counts } of unpackBuckets(packed, deflate) ?? []) if (at >= from && at <= to) sum = addLinks(sum ?? NO_LINK, counts)
    }
    return sum
  }
}

interface IncidentRow {
  readonly id: string
  readonly kind: string
  readonly opened_at: number
  readonly closed_at: number | null
  readonly clusters: number
}

/** Incidents that were open at any time of the period and touched one of the clusters; null where none are kept. */
export function incidentsOf(decisions: Database, { from, to }: Period, clusters: ReadonlySet<string>): IncidentFact[] | null {
  if (!hasTable(decisions, 'incident') || !hasTable(decisions, 'incident_cluster')) return null
  const [begin, end] = [startOfDayNumber(from), startOfDayNumber(to + 1)]
  const touched = decisions.prepare<[string], { cluster: string }>('SELECT cluster FROM incident_cluster WHERE incident = ?')
  return decisions
    .prepare<[number, number], Omit<IncidentRow, 'clusters'>>('SELECT id, kind, opened_at, closed_at FROM incident WHERE opened_at < ? AND coalesce(closed_at, 9e15) >= ? AND merged_into IS NULL ORDER BY opened_at, id')
    .all(end, begin)
    .flatMap(({ id, kind, opened_at, closed_at }): IncidentFact[] => {
      const own = touched.all(id).filter(({ cluster }) => clusters.has(cluster))
      return own.length === 0 ? [] : [{ id, kind, openedAt: opened_at, closedAt: closed_at, clusters: own.length }]
    })
}

/** Bulletins that came to communes of `isOurs` in the period, each commune's counted; null where none are kept. Withdrawn ones were received as well. */
export function bulletinsOf(decisions: Database, { from, to }: Period, isOurs: (commune: string) => boolean): BulletinFacts | null {
  if (!hasTable(decisions, 'bulletin_commune')) return null
  const rows = decisions
    .prepare<[number, number], { commune: string; read: number; aired: number; document: number }>(
      `SELECT c.commune, c.aired_at IS NOT NULL AS aired, json_extract(b.doc, '$.document') IS NOT NULL AS document,
         EXISTS (SELECT 1 FROM bulletin_reader r WHERE r.bulletin = c.bulletin AND r.commune = c.commune) AS read
       FROM bulletin b JOIN bulletin_commune c ON c.bulletin = b.id WHERE b.received_at >= ? AND b.received_at < ?`,
    )
    .all(startOfDayNumber(from), startOfDayNumber(to + 1))
    .filter(({ commune }) => isOurs(commune))
  const count = (of: 'read' | 'aired' | 'document'): number => rows.reduce((sum, row) => sum + row[of], 0)
  return { received: rows.length, read: count('read'), aired: count('aired'), documents: count('document') }
}

/** SIM plans in bytes a month, of clusters that have one. */
export function simPlansOf(decisions: Database): Map<string, number> {
  if (!hasTable(decisions, 'sim_plan')) return new Map()
  const rows = decisions.prepare<[], { cluster: string; bytes: number }>('SELECT cluster, bytes_per_month AS bytes FROM sim_plan WHERE bytes_per_month IS NOT NULL').all()
  return new Map(rows.map(({ cluster, bytes }) => [cluster, bytes]))
}

/** Caps of policies by name. */
export function capsByPolicy(decisions: Database): Map<string, Caps> {
  const rows = decisions.prepare<[], { id: string; text: string }>('SELECT id, text FROM policy').all()
  return new Map(rows.flatMap(({ id, text }) => {
    const { caps } = JSON.parse(text) as { caps?: Caps }
    return caps ? [[id, caps] as const] : []
  }))
}
