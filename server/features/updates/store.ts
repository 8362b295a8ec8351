import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { UpdateState, UpdateWhy } from '../../../shared/protocol/messages/update.ts'
import type { HaltWhy, ReleaseRecord, Rollout, RolloutRow, RolloutState, UpdateStore } from '../../core/update-store.ts'

interface ReleaseRow {
  readonly id: string
  readonly n: number
  readonly version: string
  readonly least: string
  readonly back: number
  readonly made_at: number
  readonly announced_at: number
  readonly actor: string
  readonly manifest_bytes: number
  readonly bytes: number
  readonly files: string
}
const releaseOf = (row: ReleaseRow): ReleaseRecord => ({
  id: row.id, n: row.n, version: row.version, least: row.least, back: row.back === 1, madeAt: wallMs(row.made_at), announcedAt: wallMs(row.announced_at), actor: row.actor,
  manifestBytes: row.manifest_bytes, bytes: row.bytes, files: JSON.parse(row.files) as string[],
})
interface RolloutLine {
  readonly id: string
  readonly release: string
  readonly actor: string
  readonly at: number
  readonly state: string
  readonly why: string | null
  readonly changed_at: number
  readonly wave: number
  readonly waves: number
  readonly healthy_ms: number
  readonly through_session: number
  readonly spread_ms: number
}
const rolloutOf = (row: RolloutLine): Rollout => ({
  id: row.id, release: row.release, actor: row.actor, at: wallMs(row.at), state: row.state as RolloutState, why: row.why as HaltWhy | null, changedAt: wallMs(row.changed_at),
  wave: row.wave, waves: row.waves, healthyMs: row.healthy_ms, throughSession: row.through_session === 1, spreadMs: row.spread_ms,
})
interface ClusterLine {
  readonly rollout: string
  readonly cluster: string
  readonly wave: number
  readonly rev: number
  readonly state: string
  readonly why: string | null
  readonly since: number
  readonly permille: number
  readonly before: string | null
  readonly excused: number
}
const rowOf = (row: ClusterLine): RolloutRow => ({
  rollout: row.rollout, cluster: row.cluster, wave: row.wave, rev: row.rev, state: row.state as UpdateState, why: row.why as UpdateWhy | null, since: wallMs(row.since),
  permille: row.permille, before: row.before, excused: row.excused === 1,
})

/** Releases of the agent, and how far they have come. */
export function createUpdateStore(db: Database): UpdateStore {
  const insertRelease = db.prepare('INSERT INTO agent_release VALUES (@id, @n, @version, @least, @back, @madeAt, @announcedAt, @actor, @manifestBytes, @bytes, @files)')
  const release = db.prepare<[string], ReleaseRow>('SELECT * FROM agent_release WHERE id = ?')
  const releases = db.prepare<[], ReleaseRow>('SELECT * FROM agent_release ORDER BY n DESC')
  const removeRelease = db.prepare<[string]>('DELETE FROM agent_release WHERE id = ?')
  const putRollout = db.prepare('INSERT OR REPLACE INTO rollout VALUES (@id, @release, @actor, @at, @state, @why, @changedAt, @wave, @waves, @healthyMs, @throughSession, @spreadMs)')
  const setRollout = db.prepare('UPDATE rollout SET state = @state, why = @why, changed_at = @changedAt, wave = @wave WHERE id = @id')
  const rollout = db.prepare<[string], RolloutLine>('SELECT * FROM rollout WHERE id = ?')
  const rollouts = db.prepare<[number], RolloutLine>('SELECT * FROM rollout ORDER BY at DESC, id LIMIT ?')
  const inForce = db.prepare<[], RolloutLine>("SELECT * FROM rollout WHERE state IN ('running', 'halted') ORDER BY at, id")
  const putRow = db.prepare('INSERT OR REPLACE INTO rollout_cluster VALUES (@rollout, @cluster, @wave, @rev, @state, @why, @since, @permille, @before, @excused)')
  const rows = db.prepare<[string], ClusterLine>('SELECT * FROM rollout_cluster WHERE rollout = ? ORDER BY wave, cluster')
  const lastRev = db.prepare<[string], { rev: number | null }>('SELECT max(rev) AS rev FROM rollout_cluster WHERE cluster = ?')
  const newest = db.prepare<[string], ClusterLine>("SELECT c.* FROM rollout_cluster c JOIN rollout r ON r.id = c.rollout WHERE c.cluster = ? AND c.rev > 0 AND r.state <> 'done' ORDER BY c.rev DESC LIMIT 1")
  const saveRow = (row: RolloutRow): void => void putRow.run({ ...row, excused: row.excused ? 1 : 0 })
  const rolloutOrNull = (id: string): Rollout | null => {
    const row = rollout.get(id)
    return row ? rolloutOf(row) : null
  }
  return {
    insertRelease: (one) => void insertRelease.run({ ...one, back: one.back ? 1 : 0, files: JSON.stringify(one.files) }),
    release: (id) => {
      const row = release.get(id)
      return row ? releaseOf(row) : null
    },
    releases: () => releases.all().map(releaseOf),
    removeRelease: (id) => void removeRelease.run(id),
    insertRollout: (one, its) => {
      putRollout.run({ ...one, throughSession: one.throughSession ? 1 : 0 })
      its.forEach(saveRow)
    },
    saveRollout: ({ id, state, why, changedAt, wave }) => void setRollout.run({ id, state, why, changedAt, wave }),
    rollout: rolloutOrNull,
    rollouts: (most) => rollouts.all(most).map(rolloutOf),
    inForce: () => inForce.all().map(rolloutOf),
    rows: (id) => rows.all(id).map(rowOf),
    saveRow,
    saveRows: db.transaction((many: readonly RolloutRow[]) => many.forEach(saveRow)),
    ofCluster: (cluster) => {
      const row = newest.get(cluster)
      const of = row && rolloutOrNull(row.rollout)
      return row && of ? { rollout: of, row: rowOf(row) } : null
    },
    lastRev: (cluster) => lastRev.get(cluster)?.rev ?? 0,
  }
}
