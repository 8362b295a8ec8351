import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { Beat } from '../../../shared/protocol/messages/beat.ts'
import type { Health } from '../../../shared/protocol/messages/health.ts'
import { packBeats, unpackBeats, type BeatSample } from '../../core/beat-packing.ts'
import type { LatestTelemetry, PresenceRecord, PresenceStore, TelemetryStore } from '../../core/stores.ts'

const HOUR_MS = 3_600_000
/** Beats come every 40 s: 90 an hour. A box that beats more often than each 5 s loses the rest of its hour. */
const MAX_BEATS_PER_HOUR = 720

const sampleOf = (beat: Beat, at: number): BeatSample => ({
  second: Math.floor((at % HOUR_MS) / 1000),
  seq: beat.s,
  playing: beat.p !== undefined,
  held: beat.c,
  ...(beat.r === undefined ? {} : { radio: beat.r }),
  ...(beat.l === undefined ? {} : { rttMs: beat.l }),
  ...(beat.e === undefined ? {} : { clockErrMs: beat.e }),
  ...(beat.b === undefined ? {} : { bufferMs: beat.b }),
  ...(beat.v === undefined ? {} : { level: beat.v }),
})

interface LatestRow {
  readonly cluster: string
  readonly beat: string | null
  readonly beat_at: number | null
  readonly health: string | null
  readonly health_at: number | null
}
const NOTHING: LatestTelemetry = { beat: null, beatAt: null, health: null, healthAt: null }
const latestOf = (row: LatestRow): LatestTelemetry => ({
  beat: row.beat === null ? null : (JSON.parse(row.beat) as Beat),
  beatAt: row.beat_at === null ? null : wallMs(row.beat_at),
  health: row.health === null ? null : (JSON.parse(row.health) as Health),
  healthAt: row.health_at === null ? null : wallMs(row.health_at),
})

type BeatLog = Pick<TelemetryStore, 'beats'> & { append(cluster: string, sample: BeatSample, hour: number): void }

function createBeatLog(db: Database): BeatLog {
  const packed = db.prepare<[string, number], { packed: Uint8Array }>('SELECT packed FROM beat WHERE cluster = ? AND hour = ?')
  const put = db.prepare<[string, number, Uint8Array]>('INSERT INTO beat (cluster, hour, packed) VALUES (?, ?, ?) ON CONFLICT (cluster, hour) DO UPDATE SET packed = excluded.packed')
  const hours = db.prepare<[string, number, number], { hour: number; packed: Uint8Array }>('SELECT hour, packed FROM beat WHERE cluster = ? AND hour >= ? AND hour <= ? ORDER BY hour')
  const of = (bytes: Uint8Array | undefined): BeatSample[] => (bytes ? unpackBeats(bytes) : null) ?? []
  return {
    append(cluster, sample, hour) {
      const before = of(packed.get(cluster, hour)?.packed)
      if (before.length < MAX_BEATS_PER_HOUR) put.run(cluster, hour, packBeats([...before, sample]))
    },
    beats(cluster, from, to) {
      const rows = hours.all(cluster, Math.floor(from / HOUR_MS), Math.floor((to - 1) / HOUR_MS))
      return rows.flatMap(({ hour, packed: bytes }) =>
        of(bytes).map((sample) => ({ ...sample, at: wallMs(hour * HOUR_MS + sample.second * 1000) })).filter((s) => s.at >= Math.floor(from / 1000) * 1000 && s.at < to),
      )
    },
  }
}

/** Beats packed by cluster and hour, and the newest of everything for the lists. */
export function createTelemetryStore(db: Database): TelemetryStore {
  const log = createBeatLog(db)
  const setBeat = db.prepare<[string, string, number]>('INSERT INTO latest (cluster, beat, beat_at) VALUES (?, ?, ?) ON CONFLICT (cluster) DO UPDATE SET beat = excluded.beat, beat_at = excluded.beat_at')
  const setHealth = db.prepare<[string, string, number]>('INSERT INTO latest (cluster, health, health_at) VALUES (?, ?, ?) ON CONFLICT (cluster) DO UPDATE SET health = excluded.health, health_at = excluded.health_at')
  const keepHealth = db.prepare<[string, number, string]>('INSERT OR REPLACE INTO health (cluster, at, doc) VALUES (?, ?, ?)')
  const latest = db.prepare<[string], LatestRow>('SELECT * FROM latest WHERE cluster = ?')
  const allLatest = db.prepare<[], LatestRow>('SELECT * FROM latest')
  const pruneBeats = db.prepare<[number]>('DELETE FROM beat WHERE hour < ?')
  const pruneHealth = db.prepare<[number]>('DELETE FROM health WHERE at < ?')
  const noteBeat = db.transaction((cluster: string, beat: Beat, at: number) => {
    log.append(cluster, sampleOf(beat, at), Math.floor(at / HOUR_MS))
    setBeat.run(cluster, JSON.stringify(beat), at)
  })
  const noteHealth = db.transaction((cluster: string, health: Health, at: number) => {
    const doc = JSON.stringify(health)
    keepHealth.run(cluster, at, doc)
    setHealth.run(cluster, doc, at)
  })
  return {
    noteBeat: (cluster, beat, at) => void noteBeat(cluster, beat, at),
    noteHealth: (cluster, health, at) => void noteHealth(cluster, health, at),
    latest(cluster) {
      const row = latest.get(cluster)
      return row ? latestOf(row) : NOTHING
    },
    allLatest: () => new Map(allLatest.all().map((row) => [row.cluster, latestOf(row)])),
    beats: log.beats,
    prune(before) {
      pruneBeats.run(Math.floor(before / HOUR_MS))
      pruneHealth.run(before)
    },
  }
}

interface PresenceRow {
  readonly cluster: string
  readonly online: number
  readonly since: number
  readonly boot: string | null
  readonly conn: string | null
  readonly plan_rev: number
  readonly now_rev: number
  readonly held: number
  readonly due_files: number
  readonly plan_to: number
  readonly playing: string | null
  readonly refused: string
  readonly last_seen: number
  readonly agent: string | null
  readonly clock: string | null
}
const presenceOf = (row: PresenceRow): PresenceRecord => ({
  cluster: row.cluster,
  online: row.online === 1,
  since: wallMs(row.since),
  boot: row.boot,
  conn: row.conn,
  planRev: row.plan_rev,
  nowRev: row.now_rev,
  held: row.held,
  dueFiles: row.due_files,
  planTo: wallMs(row.plan_to),
  playing: row.playing === null ? null : (JSON.parse(row.playing) as PresenceRecord['playing']),
  refused: JSON.parse(row.refused) as PresenceRecord['refused'],
  lastSeen: wallMs(row.last_seen),
  agent: row.agent,
  clock: row.clock === null ? null : (JSON.parse(row.clock) as PresenceRecord['clock']),
})

const UPSERT_PRESENCE = `INSERT INTO presence (cluster, online, since, boot, conn, plan_rev, now_rev, held, due_files, plan_to, playing, refused, last_seen, agent, clock)
  VALUES (@cluster, @online, @since, @boot, @conn, @planRev, @nowRev, @held, @dueFiles, @planTo, @playing, @refused, @lastSeen, @agent, @clock)
  ON CONFLICT (cluster) DO UPDATE SET online = excluded.online, since = excluded.since, boot = excluded.boot, conn = excluded.conn, plan_rev = excluded.plan_rev,
    now_rev = excluded.now_rev, held = excluded.held, due_files = excluded.due_files, plan_to = excluded.plan_to, playing = excluded.playing,
    refused = excluded.refused, last_seen = excluded.last_seen, agent = excluded.agent, clock = excluded.clock`

/** Who is there and what they say they hold. In the telemetry file: clusters say it again, so no fsync per change. */
export function createPresenceStore(db: Database): PresenceStore {
  const all = db.prepare<[], PresenceRow>('SELECT * FROM presence')
  const byCluster = db.prepare<[string], PresenceRow>('SELECT * FROM presence WHERE cluster = ?')
  const upsert = db.prepare(UPSERT_PRESENCE)
  return {
    all: () => all.all().map(presenceOf),
    byCluster(cluster) {
      const row = byCluster.get(cluster)
      return row ? presenceOf(row) : null
    },
    upsert(presence) {
      upsert.run({
        ...presence,
        online: presence.online ? 1 : 0,
        playing: presence.playing === null ? null : JSON.stringify(presence.playing),
        refused: JSON.stringify(presence.refused),
        clock: presence.clock === null ? null : JSON.stringify(presence.clock),
      })
    },
  }
}
