import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { PlanRecord, PlanStore } from '../../core/stores.ts'

interface PlanRow {
  readonly cluster: string
  readonly rev: number
  readonly sha: string
  readonly len: number
  readonly horizon: number
  readonly order_text: string
  readonly issued_at: number
}

const planOf = (row: PlanRow): PlanRecord => ({
  cluster: row.cluster,
  rev: row.rev,
  sha: row.sha,
  len: row.len,
  horizon: wallMs(row.horizon),
  order: row.order_text,
  issuedAt: wallMs(row.issued_at),
})

/** Enough to look into what a cluster was told lately; the audit log and the evidence hold the rest. */
const PLANS_KEPT = 5

/** The desired state that is in force, per cluster. */
export function createPlanStore(db: Database): PlanStore {
  const current = db.prepare<[string], PlanRow>('SELECT * FROM plan WHERE cluster = ? ORDER BY rev DESC LIMIT 1')
  const allCurrent = db.prepare<[], PlanRow>('SELECT * FROM plan p WHERE rev = (SELECT max(rev) FROM plan WHERE cluster = p.cluster)')
  const insert = db.prepare<[PlanRecord]>(
    'INSERT INTO plan (cluster, rev, sha, len, horizon, order_text, issued_at) VALUES (@cluster, @rev, @sha, @len, @horizon, @order, @issuedAt) ON CONFLICT (cluster, rev) DO UPDATE SET sha = excluded.sha, len = excluded.len, horizon = excluded.horizon, order_text = excluded.order_text, issued_at = excluded.issued_at',
  )
  const prune = db.prepare<[string, string, number]>(
    'DELETE FROM plan WHERE cluster = ? AND rev <= (SELECT rev FROM plan WHERE cluster = ? ORDER BY rev DESC LIMIT 1 OFFSET ?)',
  )
  const saveMany = db.transaction((plans: readonly PlanRecord[]) => {
    for (const plan of plans) {
      insert.run(plan)
      prune.run(plan.cluster, plan.cluster, PLANS_KEPT)
    }
  })
  return {
    current(cluster) {
      const row = current.get(cluster)
      return row ? planOf(row) : null
    },
    allCurrent: () => allCurrent.all().map(planOf),
    save: (plan) => void saveMany.immediate([plan]),
    saveMany: (plans) => void saveMany.immediate(plans),
  }
}
