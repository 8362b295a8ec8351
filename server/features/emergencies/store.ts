import type { Database } from 'better-sqlite3'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { DeliveryState } from '../../../shared/protocol/messages/delivery.ts'
import type { ShortReason } from '../../../shared/protocol/messages/evidence.ts'
import type { Emergency } from '../../core/emergency.ts'
import type { EmergencyClusterRow, EmergencyRecord, EmergencyStore, NotedDelivery, PinnedClip, PinnedClipStore } from '../../core/emergency-record.ts'
import { newerState } from '../../core/emergency-verdict.ts'

interface EmergencySql {
  readonly id: string
  readonly doc: string
  readonly course: string
  readonly accepted_at: number
  readonly start_at: number
  readonly expires_at: number
  readonly until: number
  readonly ended_at: number | null
  readonly ended_because: string | null
  readonly origin: string | null
}
type Fixed = Pick<EmergencyRecord, 'title' | 'drill' | 'danger' | 'authority' | 'order'>

const recordOf = (row: EmergencySql): EmergencyRecord => ({
  ...(JSON.parse(row.doc) as Fixed),
  id: row.id,
  course: JSON.parse(row.course) as EmergencyRecord['course'],
  acceptedAt: wallMs(row.accepted_at),
  startAt: wallMs(row.start_at),
  expiresAt: wallMs(row.expires_at),
  until: wallMs(row.until),
  endedAt: row.ended_at === null ? null : wallMs(row.ended_at),
  endedBecause: row.ended_because as Emergency['endedBecause'],
  origin: row.origin,
})

interface ClusterSql {
  readonly emergency: string
  readonly cluster: string
  readonly rev: number
  readonly stopped_at: number | null
  readonly stopped_by: string | null
  readonly stopped_reason: string | null
  readonly state: string | null
  readonly state_at: number | null
  readonly state_rev: number | null
  readonly level: number | null
  readonly why: string | null
  readonly corrected_at: number | null
}

const rowOf = (row: ClusterSql): EmergencyClusterRow => ({
  emergency: row.emergency,
  cluster: row.cluster,
  rev: row.rev,
  stopped: row.stopped_at === null ? null : { at: wallMs(row.stopped_at), by: row.stopped_by ?? '', reason: row.stopped_reason ?? '' },
  heard:
    row.state === null
      ? null
      : { state: row.state as DeliveryState, at: wallMs(row.state_at ?? 0), rev: row.state_rev ?? 0, level: row.level, why: row.why as ShortReason | null },
  correctedAt: row.corrected_at === null ? null : wallMs(row.corrected_at),
})

const INSERT = `INSERT INTO emergency (id, doc, course, accepted_at, start_at, expires_at, until, ended_at, ended_because, origin, request_key)
  VALUES (@id, @doc, @course, @acceptedAt, @startAt, @expiresAt, @until, @endedAt, @endedBecause, @origin, @request)`
const SAVE = `UPDATE emergency SET course = @course, start_at = @startAt, until = @until, ended_at = @endedAt, ended_because = @endedBecause WHERE id = @id`
const NOTE = `INSERT OR IGNORE INTO emergency_delivery (emergency, cluster, slot, rev, state, at, level, why, received_at)
  VALUES (@emergency, @cluster, @slot, @rev, @state, @at, @level, @why, @receivedAt)`
const HEARD = 'UPDATE emergency_cluster SET state = @state, state_at = @at, state_rev = @rev, level = @level, why = @why WHERE emergency = @emergency AND cluster = @cluster'

function changing(record: EmergencyRecord): Record<string, unknown> {
  const { id, startAt, until, endedAt, endedBecause } = record
  return { id, startAt, until, endedAt, endedBecause, course: JSON.stringify(record.course) }
}

export function createEmergencyStore(db: Database): EmergencyStore {
  const insert = db.prepare(INSERT)
  const insertCluster = db.prepare<[string, string, number]>('INSERT INTO emergency_cluster (emergency, cluster, rev) VALUES (?, ?, ?)')
  const byId = db.prepare<[string], EmergencySql>('SELECT * FROM emergency WHERE id = ?')
  const byOrigin = db.prepare<[string], EmergencySql>('SELECT * FROM emergency WHERE origin = ?')
  const byRequest = db.prepare<[string], EmergencySql>('SELECT * FROM emergency WHERE request_key = ?')
  const newest = db.prepare<[number], EmergencySql>('SELECT * FROM emergency ORDER BY accepted_at DESC, id LIMIT ?')
  const current = db.prepare<[number], EmergencySql>('SELECT * FROM emergency WHERE until > ? ORDER BY accepted_at DESC, id')
  const save = db.prepare(SAVE)
  const clusters = db.prepare<[string], { cluster: string }>('SELECT cluster FROM emergency_cluster WHERE emergency = ? ORDER BY cluster')
  const rows = db.prepare<[string], ClusterSql>('SELECT * FROM emergency_cluster WHERE emergency = ? ORDER BY cluster')
  const row = db.prepare<[string, string], ClusterSql>('SELECT * FROM emergency_cluster WHERE emergency = ? AND cluster = ?')
  const rowsOf = db.prepare<[string, number], ClusterSql>(
    'SELECT c.* FROM emergency_cluster c JOIN emergency e ON e.id = c.emergency WHERE c.cluster = ? AND e.until > ?',
  )
  const reviseAll = db.prepare<[number, string]>('UPDATE emergency_cluster SET rev = max(rev + 1, ?) WHERE emergency = ?')
  const reviseOne = db.prepare<[number, string, string]>('UPDATE emergency_cluster SET rev = max(rev + 1, ?) WHERE emergency = ? AND cluster = ?')
  const setRev = db.prepare<[number, string, string]>('UPDATE emergency_cluster SET rev = ? WHERE emergency = ? AND cluster = ?')
  const stopOne = db.prepare<[number, string, string, string, string]>(
    'UPDATE emergency_cluster SET stopped_at = ?, stopped_by = ?, stopped_reason = ? WHERE emergency = ? AND cluster = ? AND stopped_at IS NULL',
  )
  const noteOne = db.prepare(NOTE)
  const heard = db.prepare(HEARD)
  const corrected = db.prepare<[number, string, string]>('UPDATE emergency_cluster SET corrected_at = ? WHERE emergency = ? AND cluster = ? AND corrected_at IS NULL')
  const one = (found: EmergencySql | undefined): EmergencyRecord | null => (found ? recordOf(found) : null)

  const take = (delivery: NotedDelivery, receivedAt: WallMs): void => {
    const { emergency, cluster, slot, rev, state, at, level, why } = delivery
    const known = row.get(emergency, cluster)
    if (!known) return
    noteOne.run({ emergency, cluster, slot, rev, state, at, level, why, receivedAt })
    if (delivery.correction) {
      if (state === 'sounding' || state === 'finished') corrected.run(at, emergency, cluster)
      return
    }
    const counts = newerState(rowOf(known).heard, { state, at, rev, level, why })
    heard.run({ ...counts, emergency, cluster })
  }
  const note = db.transaction((deliveries: readonly NotedDelivery[], receivedAt: WallMs) => {
    for (const delivery of deliveries) take(delivery, receivedAt)
  })

  return {
    insert: (record, ids, { rev, request }) => {
      const { title, drill, danger, authority, order, acceptedAt, expiresAt, origin } = record
      const fixed: Fixed = { title, drill, danger, authority, order }
      insert.run({ ...changing(record), doc: JSON.stringify(fixed), acceptedAt, expiresAt, origin, request })
      for (const id of ids) insertCluster.run(record.id, id, rev)
    },
    byId: (id) => one(byId.get(id)),
    byOrigin: (origin) => one(byOrigin.get(origin)),
    byRequest: (key) => one(byRequest.get(key)),
    newest: (limit) => newest.all(limit).map(recordOf),
    current: (now) => current.all(now).map(recordOf),
    save: (record) => void save.run(changing(record)),
    clustersOf: (id) => clusters.all(id).map(({ cluster }) => cluster),
    rows: (id) => rows.all(id).map(rowOf),
    row: (id, cluster) => {
      const found = row.get(id, cluster)
      return found ? rowOf(found) : null
    },
    rowsOf: (cluster, now) => rowsOf.all(cluster, now).map(rowOf),
    revise: (id, now, ids) => {
      if (!ids) return void reviseAll.run(Math.floor(now), id)
      for (const cluster of ids) reviseOne.run(Math.floor(now), id, cluster)
    },
    setRev: (id, cluster, rev) => void setRev.run(rev, id, cluster),
    stopOn: (id, ids, { at, by, reason }) => {
      for (const cluster of ids) stopOne.run(at, by, reason, id, cluster)
    },
    note: (deliveries, receivedAt) => note.immediate(deliveries, receivedAt),
  }
}

/** Clips of programmes that were removed are not pinned any more. */
export function createPinnedClipStore(db: Database): PinnedClipStore {
  const live = 'FROM pinned_clip JOIN programme p ON p.id = pinned_clip.programme AND p.deleted_at IS NULL'
  const all = db.prepare<[], PinnedClip>(`SELECT programme, pinned_clip.language, pinned_clip.area ${live} ORDER BY pinned_clip.language, p.name`)
  const one = db.prepare<[string], PinnedClip>(`SELECT programme, pinned_clip.language, pinned_clip.area ${live} WHERE programme = ?`)
  const put = db.prepare<[string, string, string | null]>(
    'INSERT INTO pinned_clip (programme, language, area) VALUES (?, ?, ?) ON CONFLICT (programme) DO UPDATE SET language = excluded.language, area = excluded.area',
  )
  const remove = db.prepare<[string]>('DELETE FROM pinned_clip WHERE programme = ?')
  return {
    all: () => all.all(),
    byProgramme: (programme) => one.get(programme) ?? null,
    put: ({ programme, language, area }) => void put.run(programme, language, area),
    remove: (programme) => void remove.run(programme),
  }
}
