import type { Database } from 'better-sqlite3'
import type { SimPlan, SimStanding } from '../../core/sim-standing.ts'
import type { SimStore } from '../../core/sim-store.ts'

interface SimRow {
  readonly cluster: string
  readonly bytes_per_month: number | null
  readonly start_day: number
  readonly expires: string | null
  readonly number: string | null
  readonly operator: string | null
  readonly reserve_bytes: number
}
const planOf = (row: SimRow): SimPlan => ({
  bytesPerMonth: row.bytes_per_month, startDay: row.start_day, expires: row.expires, number: row.number, operator: row.operator, reserveBytes: row.reserve_bytes,
})
const PUT = `INSERT INTO sim_plan (cluster, bytes_per_month, start_day, expires, number, operator, reserve_bytes)
  VALUES (@cluster, @bytesPerMonth, @startDay, @expires, @number, @operator, @reserveBytes)
  ON CONFLICT (cluster) DO UPDATE SET bytes_per_month = excluded.bytes_per_month, start_day = excluded.start_day, expires = excluded.expires,
    number = excluded.number, operator = excluded.operator, reserve_bytes = excluded.reserve_bytes`

export function createSimStore(db: Database): SimStore {
  const one = db.prepare<[string], SimRow>('SELECT * FROM sim_plan WHERE cluster = ?')
  const all = db.prepare<[], SimRow>('SELECT * FROM sim_plan')
  const put = db.prepare(PUT)
  const remove = db.prepare<[string]>('DELETE FROM sim_plan WHERE cluster = ?')
  const standings = new Map<string, SimStanding>()
  return {
    plan(cluster) {
      const row = one.get(cluster)
      return row ? planOf(row) : null
    },
    all: () => new Map(all.all().map((row) => [row.cluster, planOf(row)])),
    put: (cluster, plan) => void put.run({ cluster, ...plan }),
    remove(cluster) {
      remove.run(cluster)
      standings.delete(cluster)
    },
    standing: (cluster) => standings.get(cluster) ?? null,
    noteStanding: (cluster, standing) => void standings.set(cluster, standing),
  }
}
