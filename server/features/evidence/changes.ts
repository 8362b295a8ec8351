import type { Database } from 'better-sqlite3'
import { reportDayOf } from '../../core/report-nature.ts'

/** Notes that a civil day of a cluster is to be added up anew. Inside the transaction that changes it. */
export function noteChange(db: Database): (cluster: string, day: number) => void {
  const note = db.prepare<[string, number]>(
    'INSERT INTO evidence_change (cluster, day, n) VALUES (?, ?, (SELECT coalesce(max(n), 0) + 1 FROM evidence_change)) ON CONFLICT (cluster, day) DO UPDATE SET n = excluded.n',
  )
  return (cluster, day) => void note.run(cluster, day)
}

/** `noteChange` for rows of slots. */
export function noteChanges(db: Database): (rows: readonly { readonly cluster: string; readonly slot: string; readonly due: number }[]) => void {
  const note = noteChange(db)
  return (rows) => {
    const days = new Map(rows.map(({ cluster, slot, due }) => [`${cluster} ${reportDayOf(slot, due)}`, { cluster, day: reportDayOf(slot, due) }]))
    for (const { cluster, day } of days.values()) note(cluster, day)
  }
}
