import type { WallMs } from '../../../shared/core/clock.ts'
import { nextRevision } from '../../core/revision.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { simSpan, simStanding } from '../../core/sim-card.ts'
import type { SimPlan, SimStanding } from '../../core/sim-standing.ts'
import { bytesByDay } from './ring-now.ts'

export type SimDeps = Pick<ServerDeps, 'stores' | 'clock' | 'decide' | 'events' | 'access' | 'listener'>

/** Clusters that are looked at in one go: 3,000 have their turn within two minutes, and no look takes long. */
const AT_ONCE = 25

/** How far the data of a cluster's SIM goes, by what is known this moment. */
export function standingOf({ stores }: Pick<ServerDeps, 'stores'>, cluster: string, plan: SimPlan, now: WallMs): SimStanding {
  return simStanding(plan, bytesByDay(stores.rings, cluster, simSpan(plan, now), now), now)
}

export interface SimWatch {
  /** The next clusters' turn. */
  look(): void
  /** This cluster's turn: its plan is another one. */
  lookAt(cluster: string): void
}

/**
 * Looks how far each SIM goes, and tells the cluster to spare it when only the reserve is left: it sounds what it has and
 * what emergencies bring. Over when the month begins anew, or when the plan gives more.
 */
export function createSimWatch(deps: SimDeps): SimWatch {
  const { stores, clock } = deps
  let turn: string[] = []

  const spare = (cluster: string, standing: SimStanding | null): void => {
    const record = stores.clusters.byId(cluster)
    const frugal = standing?.frugal ?? false
    if (!record || record.revokedAt !== null || (record.now.frugal ?? false) === frugal) return
    const rev = nextRevision(record.now.rev, stores.presence.byCluster(cluster)?.nowRev ?? 0, clock.wall())
    const { frugal: _, ...now } = record.now
    const detail = standing && { usedBytes: standing.usedBytes, leftBytes: standing.leftBytes }
    deps.decide({ actor: 'server', action: frugal ? 'sim.spare' : 'sim.free', subject: cluster, detail }, () => stores.clusters.setNow(cluster, { ...now, rev, ...(frugal ? { frugal } : {}) }))
    deps.listener.clusterChanged(cluster)
    deps.events.tell({ kind: frugal ? 'sim.spared' : 'sim.freed', at: clock.wall(), areas: deps.access.areasOfCluster(cluster), subject: cluster, detail })
  }

  const lookAt = (cluster: string): void => {
    const plan = stores.sims.plan(cluster)
    if (plan === null) return spare(cluster, null)
    const standing = standingOf(deps, cluster, plan, clock.wall())
    stores.sims.noteStanding(cluster, standing)
    spare(cluster, standing)
  }
  return {
    lookAt,
    look() {
      if (turn.length === 0) turn = [...stores.sims.all().keys()]
      turn.splice(0, AT_ONCE).forEach(lookAt)
    },
  }
}
