import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { PresenceRecord, PresenceStore } from '../../core/stores.ts'

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
  readonly edition: number | null
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
  edition: row.edition,
})

const UPSERT = `INSERT INTO presence (cluster, online, since, boot, conn, plan_rev, now_rev, held, due_files, plan_to, playing, refused, last_seen, agent, clock, edition)
  VALUES (@cluster, @online, @since, @boot, @conn, @planRev, @nowRev, @held, @dueFiles, @planTo, @playing, @refused, @lastSeen, @agent, @clock, @edition)
  ON CONFLICT (cluster) DO UPDATE SET online = excluded.online, since = excluded.since, boot = excluded.boot, conn = excluded.conn, plan_rev = excluded.plan_rev,
    now_rev = excluded.now_rev, held = excluded.held, due_files = excluded.due_files, plan_to = excluded.plan_to, playing = excluded.playing,
    refused = excluded.refused, last_seen = excluded.last_seen, agent = excluded.agent, clock = excluded.clock, edition = excluded.edition`

export interface WrittenPresence extends PresenceStore {
  /** Whether there is anything to write. */
  isWaiting(): boolean
  /** Within a transaction of the caller. */
  write(): void
  /** What `write` had to write is on the disk. */
  written(): void
}

/**
 * Who is there and what they say they hold: in memory, and written with the rest of the telemetry. Clusters say it again,
 * so no fsync per change.
 */
export function createPresenceStore(db: Database): WrittenPresence {
  const upsert = db.prepare(UPSERT)
  const known = new Map(db.prepare<[], PresenceRow>('SELECT * FROM presence').all().map((row) => [row.cluster, presenceOf(row)]))
  const waiting = new Set<string>()
  const put = (presence: PresenceRecord): void =>
    void upsert.run({
      ...presence,
      online: presence.online ? 1 : 0,
      playing: presence.playing === null ? null : JSON.stringify(presence.playing),
      refused: JSON.stringify(presence.refused),
      clock: presence.clock === null ? null : JSON.stringify(presence.clock),
      edition: presence.edition ?? null,
    })
  return {
    all: () => [...known.values()],
    byCluster: (cluster) => known.get(cluster) ?? null,
    upsert(presence) {
      known.set(presence.cluster, presence)
      waiting.add(presence.cluster)
    },
    isWaiting: () => waiting.size > 0,
    write() {
      for (const cluster of waiting) {
        const presence = known.get(cluster)
        if (presence) put(presence)
      }
    },
    written: () => waiting.clear(),
  }
}
