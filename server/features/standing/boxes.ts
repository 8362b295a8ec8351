import { civilDayNumber } from '../../../shared/core/civil.ts'
import { audienceOn } from '../../../shared/core/targets.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { StandingSet } from '../../core/standing-store.ts'
import type { BoxesView } from './texts.ts'

type BoxState = BoxesView['others'][number]['state']

/**
 * How far the newest decision on a set has come. A plan's revision is no smaller than the wall time at which it was made, so a cluster
 * that reports one from after the decision has it.
 */
export function boxesOf({ stores, clock }: Pick<ServerDeps, 'stores' | 'clock'>, set: StandingSet): BoxesView {
  const directory = { areas: stores.areas.all(), groups: stores.groups.all(), memberships: stores.clusters.memberships(), clusters: stores.clusters.active() }
  const { clusters } = audienceOn(directory, civilDayNumber(clock.wall()))({ areas: [...set.areas] })
  const clips = new Set(Object.values(set.parts).flat().map(({ sha }) => sha))
  const stateOf = (cluster: string): BoxState | null => {
    const presence = stores.presence.byCluster(cluster)
    if (!presence || presence.planRev < set.changedAt) return presence?.online === true ? 'waiting' : 'away'
    return stores.lately.missing(cluster).some((sha) => clips.has(sha)) ? 'lacks-clip' : null
  }
  const others = clusters.flatMap((cluster) => {
    const state = stateOf(cluster)
    return state === null ? [] : [{ cluster, name: stores.clusters.byId(cluster)?.name ?? cluster, state }]
  })
  return { clusters: clusters.length, ready: clusters.length - others.length, others }
}
