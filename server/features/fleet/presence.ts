import type { Clock, WallMs } from '../../../shared/core/clock.ts'
import { BEAT_TIMEOUT_MS, type Beat } from '../../../shared/protocol/messages/beat.ts'
import type { Hello } from '../../../shared/protocol/messages/presence.ts'
import type { Reported } from '../../../shared/protocol/messages/reported.ts'
import type { PresenceRecord, PresenceStore } from '../../core/stores.ts'

export interface PresenceDeps {
  readonly clock: Clock
  readonly store: PresenceStore
}
export interface Presence {
  noteHello(cluster: string, hello: Hello): void
  noteReported(cluster: string, reported: Reported): void
  noteBeat(cluster: string, beat: Beat): void
  /** A last will counts only when it names the connection that said hello last. */
  noteGone(cluster: string, conn: string): void
  /** Clusters that have been silent for too long are offline; what changed goes to the store. */
  sweep(): void
  /** Everything to the store. */
  flush(): void
}

/** How often `lastSeen` alone is written: a state that changed is written at once. */
const FLUSH_MS = 5_000

/** Who is there, held in memory, written on change: 3 000 clusters beat 75 times a second. */
export function createPresence({ clock, store }: PresenceDeps): Presence {
  const known = new Map<string, PresenceRecord>(store.all().map((p) => [p.cluster, p]))
  const dirty = new Set<string>()
  const heardAt = new Map<string, number>()
  let flushed = clock.mono()
  const started = clock.mono()

  const write = (record: PresenceRecord, now: boolean): void => {
    known.set(record.cluster, record)
    if (now) store.upsert(record)
    else dirty.add(record.cluster)
  }

  const unknown = (cluster: string, at: WallMs): PresenceRecord => ({
    cluster, online: false, since: at, boot: null, conn: null, planRev: 0, nowRev: 0, held: 0, dueFiles: 0,
    planTo: at, playing: null, refused: {}, lastSeen: at, agent: null, clock: null,
  })

  const heard = (cluster: string): PresenceRecord => {
    const at = clock.wall()
    heardAt.set(cluster, clock.mono())
    const record = known.get(cluster) ?? unknown(cluster, at)
    return record.online ? { ...record, lastSeen: at } : { ...record, online: true, since: at, lastSeen: at }
  }

  const lost = (record: PresenceRecord): void => write({ ...record, online: false, since: clock.wall(), playing: null }, true)

  const flush = (): void => {
    flushed = clock.mono()
    for (const cluster of dirty) {
      const record = known.get(cluster)
      if (record) store.upsert(record)
    }
    dirty.clear()
  }

  return {
    noteHello: (cluster, hello) => {
      const clockState = hello.clock === null ? { trusted: false } : { trusted: true, errMs: hello.clock }
      write({ ...heard(cluster), boot: hello.boot, conn: hello.conn, agent: hello.agent, clock: clockState }, true)
    },
    noteReported: (cluster, r) => {
      const { plan, now, planTo, held, due, playing, refused } = r
      write({ ...heard(cluster), planRev: plan, nowRev: now, planTo: planTo as WallMs, held, dueFiles: due, playing, refused }, true)
    },
    noteBeat: (cluster, beat) => {
      const was = known.get(cluster)
      const clockState = beat.e === undefined ? { trusted: false } : { ...was?.clock, trusted: true, errMs: beat.e }
      write({ ...heard(cluster), clock: clockState }, was?.online !== true)
    },
    noteGone: (cluster, conn) => {
      const record = known.get(cluster)
      if (record?.online && record.conn === conn) lost(record)
    },
    sweep: () => {
      const now = clock.mono()
      for (const record of known.values()) {
        // after a start everybody has one time-out to be heard before being called lost
        if (record.online && now - (heardAt.get(record.cluster) ?? started) > BEAT_TIMEOUT_MS) lost(record)
      }
      if (now - flushed >= FLUSH_MS) flush()
    },
    flush,
  }
}
