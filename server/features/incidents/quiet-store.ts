import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { QuietKind, QuietTime, QuietTimeStore } from '../../core/maintenance.ts'

interface QuietRow {
  readonly id: string
  readonly kind: string
  readonly cluster: string | null
  readonly area: string | null
  readonly from_at: number
  readonly to_at: number
  readonly reason: string
  readonly actor: string
  readonly created_at: number
}
const timeOf = (row: QuietRow): QuietTime => ({
  id: row.id,
  kind: row.kind as QuietKind,
  cluster: row.cluster,
  area: row.area,
  from: wallMs(row.from_at),
  to: wallMs(row.to_at),
  reason: row.reason,
  actor: row.actor,
  createdAt: wallMs(row.created_at),
})

const INSERT = `INSERT INTO quiet_time (id, kind, cluster, area, from_at, to_at, reason, actor, created_at)
  VALUES (@id, @kind, @cluster, @area, @from, @to, @reason, @actor, @createdAt)`

/** Maintenance windows and storms. */
export function createQuietTimeStore(db: Database): QuietTimeStore {
  const current = db.prepare<[number], QuietRow>('SELECT * FROM quiet_time WHERE to_at > ? ORDER BY from_at')
  const byId = db.prepare<[string], QuietRow>('SELECT * FROM quiet_time WHERE id = ?')
  const insert = db.prepare(INSERT)
  const handOver = db.prepare<[string, string, number]>('UPDATE quiet_time SET cluster = ? WHERE cluster = ? AND to_at > ?')
  const end = db.prepare<[number, string]>('UPDATE quiet_time SET to_at = ? WHERE id = ?')
  return {
    current: (now) => current.all(now).map(timeOf),
    byId(id) {
      const row = byId.get(id)
      return row ? timeOf(row) : null
    },
    insert: (time) => void insert.run(time),
    end: (id, at) => void end.run(at, id),
    handOver: (from, to, at) => void handOver.run(to, from, at),
  }
}
