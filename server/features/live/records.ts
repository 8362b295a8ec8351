import type { LiveBroadcast } from '../../core/live-book.ts'
import type { MetaStore } from '../../core/stores.ts'

const KEY = 'live'
/** Those that are over are shown for a while; the audit log keeps them all. */
const KEPT = 50

export interface LiveRecords {
  /** Newest first. */
  all(): LiveBroadcast[]
  byId(id: string): LiveBroadcast | null
  /** Inside the caller's transaction. */
  put(broadcast: LiveBroadcast): void
}

/** Small and few: one document. */
export function createLiveRecords(meta: MetaStore): LiveRecords {
  const all = (): LiveBroadcast[] => JSON.parse(meta.get(KEY) ?? '[]') as LiveBroadcast[]
  return {
    all,
    byId: (id) => all().find((b) => b.id === id) ?? null,
    put: (broadcast) => {
      const known = all()
      const next = known.some((b) => b.id === broadcast.id) ? known.map((b) => (b.id === broadcast.id ? broadcast : b)) : [broadcast, ...known]
      meta.set(KEY, JSON.stringify(next.slice(0, KEPT)))
    },
  }
}
