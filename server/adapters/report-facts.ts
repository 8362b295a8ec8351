import type { Database } from 'better-sqlite3'
import { startOfDayNumber } from '../../shared/core/civil.ts'
import type { Caps } from '../../shared/core/policy.ts'
import { spokeAt, type Lines } from '../core/cluster-line.ts'
import type { BulletinFacts, IncidentFact } from '../core/report-facts.ts'
import type { Period } from '../core/report-period.ts'

/** Features are younger or older than each other: what a station does not keep is not told. */
export const hasTable = (db: Database, name: string): boolean => db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(name) !== undefined

interface IncidentRow {
  readonly id: string
  readonly kind: string
  readonly opened_at: number
  readonly closed_at: number | null
  readonly clusters: number
}

/** Incidents that were open at any time of the period and touched one of the clusters, or a box that stood in its place; null where none are kept. */
export function incidentsOf(decisions: Database, { from, to }: Period, { clusters, lines }: { readonly clusters: ReadonlySet<string>; readonly lines: Lines }): IncidentFact[] | null {
  if (!hasTable(decisions, 'incident') || !hasTable(decisions, 'incident_cluster')) return null
  const [begin, end] = [startOfDayNumber(from), startOfDayNumber(to + 1)]
  const touched = decisions.prepare<[string], { cluster: string; fell_at: number }>('SELECT cluster, fell_at FROM incident_cluster WHERE incident = ?')
  return decisions
    .prepare<[number, number], Omit<IncidentRow, 'clusters'>>('SELECT id, kind, opened_at, closed_at FROM incident WHERE opened_at < ? AND coalesce(closed_at, 9e15) >= ? AND merged_into IS NULL ORDER BY opened_at, id')
    .all(end, begin)
    .flatMap(({ id, kind, opened_at, closed_at }): IncidentFact[] => {
      const own = new Set(touched.all(id).filter(({ cluster, fell_at }) => spokeAt(lines, cluster, fell_at)).map(({ cluster }) => lines.headOf(cluster)).filter((cluster) => clusters.has(cluster)))
      return own.size === 0 ? [] : [{ id, kind, openedAt: opened_at, closedAt: closed_at, clusters: own.size }]
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

/** SIM plans in bytes a month, of clusters that have one; where nobody has said it of a new box, that of the one before. */
export function simPlansOf(decisions: Database, lines: Lines): Map<string, number> {
  if (!hasTable(decisions, 'sim_plan')) return new Map()
  const rows = decisions.prepare<[], { cluster: string; bytes: number }>('SELECT cluster, bytes_per_month AS bytes FROM sim_plan WHERE bytes_per_month IS NOT NULL').all()
  const plans = new Map(rows.map(({ cluster, bytes }) => [cluster, bytes]))
  return new Map(rows.map(({ cluster }) => {
    const told = lines.tenures(cluster).find((box) => plans.has(box.cluster))?.cluster ?? cluster
    return [lines.headOf(cluster), plans.get(told) ?? 0]
  }))
}

/** Caps of policies by name. */
export function capsByPolicy(decisions: Database): Map<string, Caps> {
  const rows = decisions.prepare<[], { id: string; text: string }>('SELECT id, text FROM policy').all()
  return new Map(rows.flatMap(({ id, text }) => {
    const { caps } = JSON.parse(text) as { caps?: Caps }
    return caps ? [[id, caps] as const] : []
  }))
}
