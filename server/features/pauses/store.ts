import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { SpanRecord, SpanStore } from '../../core/timetable-store.ts'

interface Row {
  readonly id: string
  readonly kind: SpanRecord['kind']
  readonly areas: string
  readonly clusters: string
  readonly from_ms: number
  readonly to_ms: number
  readonly reason: string
  readonly actor: string
  readonly actor_name: string
  readonly created_at: number
  readonly ended_by: string | null
}
const spanOf = (row: Row): SpanRecord => ({
  id: row.id,
  kind: row.kind,
  areas: JSON.parse(row.areas) as string[],
  clusters: JSON.parse(row.clusters) as string[],
  from: wallMs(row.from_ms),
  to: wallMs(row.to_ms),
  reason: row.reason,
  actor: row.actor,
  actorName: row.actor_name,
  createdAt: wallMs(row.created_at),
  endedBy: row.ended_by,
})

/** Pauses, openings and days of mourning; what is over stays, for reports. */
export function createSpanStore(db: Database): SpanStore {
  const byId = db.prepare<[string], Row>('SELECT * FROM dated_span WHERE id = ?')
  const endingAfter = db.prepare<[number], Row>('SELECT * FROM dated_span WHERE to_ms > ? ORDER BY from_ms, id')
  const insert = db.prepare(
    `INSERT INTO dated_span (id, kind, areas, clusters, from_ms, to_ms, reason, actor, actor_name, created_at, ended_by)
     VALUES (@id, @kind, @areas, @clusters, @from, @to, @reason, @actor, @actorName, @createdAt, @endedBy)`,
  )
  // one that has not begun yet becomes empty
  const end = db.prepare<[number, number, string, string]>('UPDATE dated_span SET to_ms = min(to_ms, ?), from_ms = min(from_ms, ?), ended_by = ? WHERE id = ?')
  const setClusters = db.prepare<[string, string]>('UPDATE dated_span SET clusters = ? WHERE id = ?')
  return {
    byId(id) {
      const row = byId.get(id)
      return row ? spanOf(row) : null
    },
    handOver(from, to, at) {
      for (const { id, clusters } of endingAfter.all(at).map(spanOf)) {
        if (clusters.includes(from)) setClusters.run(JSON.stringify([...new Set(clusters.map((one) => (one === from ? to : one)))]), id)
      }
    },
    endingAfter: (at) => endingAfter.all(at).map(spanOf),
    insert: (span) => void insert.run({ ...span, areas: JSON.stringify(span.areas), clusters: JSON.stringify(span.clusters) }),
    end: (id, at, actor) => void end.run(at, at, actor, id),
  }
}
