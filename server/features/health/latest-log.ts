import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { Beat } from '../../../shared/protocol/messages/beat.ts'
import type { Health } from '../../../shared/protocol/messages/health.ts'
import type { CellSeen } from '../../core/ring-store.ts'
import type { LatestTelemetry } from '../../core/stores.ts'

interface LatestRow {
  readonly cluster: string
  readonly beat: string | null
  readonly beat_at: number | null
  readonly health: string | null
  readonly health_at: number | null
}
export const NOTHING_YET: LatestTelemetry = { beat: null, beatAt: null, health: null, healthAt: null }
const latestOf = (row: LatestRow): LatestTelemetry => ({
  beat: row.beat === null ? null : (JSON.parse(row.beat) as Beat),
  beatAt: row.beat_at === null ? null : wallMs(row.beat_at),
  health: row.health === null ? null : (JSON.parse(row.health) as Health),
  healthAt: row.health_at === null ? null : wallMs(row.health_at),
})

const PUT = `INSERT INTO latest (cluster, beat, beat_at, health, health_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (cluster) DO UPDATE SET beat = excluded.beat, beat_at = excluded.beat_at, health = excluded.health, health_at = excluded.health_at`
const SEEN = `INSERT INTO cell_seen (cluster, operator, cell, band, first, last) VALUES (@cluster, @operator, @cell, @band, @at, @at)
  ON CONFLICT (cluster, operator, cell) DO UPDATE SET band = excluded.band, last = MAX(last, excluded.last)`
const MOST_CELLS = 50

export interface LatestLog {
  get(cluster: string): LatestTelemetry
  all(): Map<string, LatestTelemetry>
  note(cluster: string, latest: LatestTelemetry): void
  noteCell(cluster: string, health: Health, at: number): void
  cells(cluster: string): CellSeen[]
  /** Within a transaction of the caller. */
  write(): void
  /** What `write` had to write is on the disk. */
  written(): void
}

/** The newest of everything, in memory for lists and rules; and the cells that each modem was on. */
export function createLatestLog(db: Database): LatestLog {
  const known = new Map(db.prepare<[], LatestRow>('SELECT * FROM latest').all().map((row) => [row.cluster, latestOf(row)]))
  const put = db.prepare<[string, string | null, number | null, string | null, number | null]>(PUT)
  const seen = db.prepare(SEEN)
  const cells = db.prepare<[string, number], CellSeen>('SELECT operator, cell, band, first, last FROM cell_seen WHERE cluster = ? ORDER BY last DESC LIMIT ?')
  const waiting = new Set<string>()
  const cellsWaiting = new Map<string, Record<string, string | number>>()
  const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))
  return {
    get: (cluster) => known.get(cluster) ?? NOTHING_YET,
    all: () => new Map(known),
    note(cluster, latest) {
      known.set(cluster, latest)
      waiting.add(cluster)
    },
    noteCell(cluster, { radio }, at) {
      if (radio?.cell === undefined) return
      const { cell, operator = '', band = '' } = radio
      cellsWaiting.set(`${cluster} ${operator} ${cell}`, { cluster, operator, cell, band, at })
    },
    cells: (cluster) => cells.all(cluster, MOST_CELLS),
    write() {
      for (const cluster of waiting) {
        const { beat, beatAt, health, healthAt } = known.get(cluster) ?? NOTHING_YET
        put.run(cluster, json(beat), beatAt, json(health), healthAt)
      }
      for (const row of cellsWaiting.values()) seen.run(row)
    },
    written() {
      waiting.clear()
      cellsWaiting.clear()
    },
  }
}
