import { wallMs } from '../../../shared/core/clock.ts'
import type { MessageOf } from '../../../shared/protocol/codec.ts'
import type { AgentWords } from '../../core/agent-words.ts'
import type { LiveCount, LiveRow } from '../../core/live-book.ts'
import type { Stores } from '../../core/stores.ts'

export interface Heard {
  rowOf(id: string, cluster: string): LiveRow
  countOf(id: string, clusters: readonly string[]): LiveCount
  /** Forgets all other broadcasts. */
  keepOnly(ids: ReadonlySet<string>): void
}

/** What clusters say of live broadcasts: only their own word makes one "on air". */
export function createHeard({ words, stores }: { readonly words: AgentWords; readonly stores: Pick<Stores, 'presence' | 'clusters'> }): Heard {
  const byBroadcast = new Map<string, Map<string, MessageOf<'delivery'>>>()
  words.onDelivery((cluster, delivery) => {
    // what the closing chime does (`l.ID.c`) changes nothing of what was said
    const id = /^l\.([0-9a-z]+)$/.exec(delivery.slot)?.[1]
    if (id === undefined) return
    const rows = byBroadcast.get(id) ?? new Map<string, MessageOf<'delivery'>>()
    byBroadcast.set(id, rows)
    const before = rows.get(cluster)
    // words can come late and out of order: the newest counts
    if (before && (delivery.rev < before.rev || (delivery.rev === before.rev && delivery.at < before.at))) return
    const level = delivery.level ?? before?.level
    rows.set(cluster, { ...delivery, ...(level === undefined ? {} : { level }) })
  })
  const isOnline = (cluster: string): boolean => stores.presence.byCluster(cluster)?.online === true
  return {
    rowOf: (id, cluster) => {
      const said = byBroadcast.get(id)?.get(cluster)
      return {
        cluster, name: stores.clusters.byId(cluster)?.name ?? cluster, online: isOnline(cluster),
        state: said?.st ?? 'ordered', at: said ? wallMs(said.at) : null, level: said?.level ?? null, why: said?.why ?? null,
      }
    },
    countOf: (id, clusters) => {
      const rows = byBroadcast.get(id)
      const online = clusters.filter(isOnline)
      return { sounding: online.filter((cluster) => rows?.get(cluster)?.st === 'sounding').length, online: online.length, total: clusters.length }
    },
    keepOnly: (ids) => {
      for (const id of byBroadcast.keys()) if (!ids.has(id)) byBroadcast.delete(id)
    },
  }
}
