import type { Clock, WallMs } from '../../../shared/core/clock.ts'
import { BEAT_TIMEOUT_MS, type Beat } from '../../../shared/protocol/messages/beat.ts'
import type { Hello } from '../../../shared/protocol/messages/presence.ts'
import type { Reported } from '../../../shared/protocol/messages/reported.ts'
import type { PresenceRecord, PresenceStore } from '../../core/stores.ts'

export interface PresenceDeps {
  readonly clock: Clock
  readonly store: PresenceStore
  /** It came, or it was lost; `record` says which and since when. Absent = nobody wants to know. */
  readonly turned?: (record: PresenceRecord) => void
}
export interface Presence {
  noteHello(cluster: string, hello: Hello): void
  noteReported(cluster: string, reported: Reported): void
  noteBeat(cluster: string, beat: Beat): void
  /** A last will counts only when it names the connection that said hello last, and only if no other connection follows. */
  noteGone(cluster: string, conn: string): void
  /** Clusters that have been silent for too long are offline. */
  sweep(): void
}

/**
 * A box opens a fresh connection when its link hangs, and the old one's last will comes before the new one's hello: a
 * cluster is lost when nothing follows within this. Longer than an outage of 5 s and the way back.
 */
export const WILL_GRACE_MS = 15_000

/** Who is there: 3 000 clusters beat 75 times a second. */
export function createPresence({ clock, store, turned = () => undefined }: PresenceDeps): Presence {
  const heardAt = new Map<string, number>()
  /** Last wills that wait for a new connection, monotonic. */
  const goneAt = new Map<string, number>()
  const started = clock.mono()

  const unknown = (cluster: string, at: WallMs): PresenceRecord => ({
    cluster, online: false, since: at, boot: null, conn: null, planRev: 0, nowRev: 0, held: 0, dueFiles: 0,
    planTo: at, playing: null, refused: {}, lastSeen: at, agent: null, clock: null,
  })

  const heard = (cluster: string, tells: (before: PresenceRecord) => Partial<PresenceRecord>): void => {
    const at = clock.wall()
    heardAt.set(cluster, clock.mono())
    goneAt.delete(cluster)
    const before = store.byCluster(cluster) ?? unknown(cluster, at)
    const record: PresenceRecord = { ...before, online: true, since: before.online ? before.since : at, lastSeen: at, ...tells(before) }
    store.upsert(record)
    if (!before.online) turned(record)
  }

  const lost = (record: PresenceRecord): void => {
    goneAt.delete(record.cluster)
    // since it was heard last: what it did after that nobody knows
    const offline: PresenceRecord = { ...record, online: false, since: record.lastSeen, playing: null }
    store.upsert(offline)
    turned(offline)
  }

  return {
    noteHello: (cluster, hello) => {
      const clockState = hello.clock === null ? { trusted: false } : { trusted: true, errMs: hello.clock }
      heard(cluster, () => ({ boot: hello.boot, conn: hello.conn, agent: hello.agent, clock: clockState, edition: hello.edition ?? null }))
    },
    noteReported: (cluster, r) => {
      const { plan, now, planTo, held, due, playing, refused } = r
      heard(cluster, () => ({ planRev: plan, nowRev: now, planTo: planTo as WallMs, held, dueFiles: due, playing, refused }))
    },
    noteBeat: (cluster, beat) =>
      heard(cluster, (before) => ({ clock: beat.e === undefined ? { trusted: false } : { ...before.clock, trusted: true, errMs: beat.e } })),
    noteGone: (cluster, conn) => {
      const record = store.byCluster(cluster)
      if (record?.online && record.conn === conn) goneAt.set(cluster, clock.mono())
    },
    sweep: () => {
      const now = clock.mono()
      for (const record of store.all()) {
        if (!record.online) continue
        const gone = goneAt.get(record.cluster)
        // after a start everybody has one time-out to be heard before being called lost
        const silentMs = now - (heardAt.get(record.cluster) ?? started)
        if (silentMs > BEAT_TIMEOUT_MS || (gone !== undefined && now - gone > WILL_GRACE_MS)) lost(record)
      }
    },
  }
}
