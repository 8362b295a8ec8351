import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord } from '../../core/stores.ts'
import { createIncidentBook } from './book.ts'
import { handOver } from './hand-over.ts'

export type ReplaceDeps = Pick<ServerDeps, 'stores' | 'decide' | 'clock' | 'random' | 'events' | 'listener' | 'access' | 'brokerAdmin' | 'log'>

async function shutOut(deps: ReplaceDeps, cluster: string): Promise<void> {
  try {
    await deps.brokerAdmin?.revoke(cluster)
  } catch (error) {
    deps.log.error({ cluster, error: String(error) }, 'the broker did not take the revocation of a replaced cluster')
  }
}

/** Puts `next` in the place of `old`; answers when both are told. Whether it may be is the caller's question. */
export async function replaceCluster(deps: ReplaceDeps, actor: string, old: ClusterRecord, next: ClusterRecord): Promise<void> {
  const book = createIncidentBook(deps)
  const areas = deps.access.areasOfCluster(old.id)
  deps.decide({ actor, action: 'cluster.replace', subject: next.id, detail: { predecessor: old.id, name: old.name } }, () => {
    handOver(deps.stores, { old, next, now: deps.clock.wall() })
    for (const row of deps.stores.incidents.openClusters()) {
      if (row.cluster === old.id && row.healedAt === null) book.note(row.incident, actor, 'replaced', { clusters: [old.id, next.id] })
    }
  })
  deps.listener.clusterChanged(old.id)
  deps.listener.clusterChanged(next.id)
  deps.listener.timetableChanged()
  deps.events.tell({ kind: 'cluster.replaced', at: deps.clock.wall(), areas, subject: next.id, detail: { predecessor: old.id } })
  await shutOut(deps, old.id)
}

/** Boxes that have enrolled with the claim of a replacement since the last look. */
export function keepPromises(deps: ReplaceDeps): void {
  const { stores } = deps
  for (const { tokenSha256, predecessor, actor } of stores.care.succession.promised(deps.clock.wall())) {
    const used = stores.claims.byToken(tokenSha256)?.usedBy
    const [old, next] = [stores.clusters.byId(predecessor), used ? stores.clusters.byId(used) : null]
    if (!next || !old) continue
    stores.care.succession.keepPromise(tokenSha256)
    if (old.revokedAt !== null || stores.care.succession.successorOf(old.id) || next.revokedAt !== null) continue
    replaceCluster(deps, actor, old, next).catch((error: unknown) => deps.log.error({ cluster: next.id, error: String(error) }, 'a replaced cluster was not told'))
  }
}
