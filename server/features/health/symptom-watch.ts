import type { WallMs } from '../../../shared/core/clock.ts'
import { classify } from '../../../shared/core/signal-class.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord } from '../../core/stores.ts'
import { symptomsOf, type ClusterFacts, type Symptom } from '../../core/symptoms.ts'
import { newestVersion } from '../../core/versions.ts'
import { createDueWatch, type DueWatch } from './due-watch.ts'

export type SymptomDeps = Pick<ServerDeps, 'stores' | 'access' | 'slotsFor'>
export interface SymptomWatch {
  /** What is wrong with each of these clusters now; those with which nothing is wrong have an empty list. Cheap enough for every second. */
  look(clusters: readonly ClusterRecord[], now: WallMs): Map<string, readonly Symptom[]>
}

/** A plan that was issued is known for so long without asking again. */
const PLAN_KNOWN_MS = 30_000

/** Gathers what is known of clusters and asks the rules of `symptomsOf`. */
export function createSymptomWatch(deps: SymptomDeps): SymptomWatch {
  const due = createDueWatch(deps)
  const plans = new Map<string, { readonly at: WallMs; readonly plan: ClusterFacts['plan'] }>()
  const planOf = (cluster: string, now: WallMs): ClusterFacts['plan'] => {
    const known = plans.get(cluster)
    if (known !== undefined && Math.abs(now - known.at) < PLAN_KNOWN_MS) return known.plan
    const current = deps.stores.plans.current(cluster)
    const plan = current && { rev: current.rev, issuedAt: current.issuedAt }
    plans.set(cluster, { at: now, plan })
    return plan
  }
  return {
    look(clusters, now) {
      const versions = new Set(deps.stores.presence.all().flatMap(({ agent }) => agent ?? []))
      const around: Around = { due: due.at(now), planOf, newestAgent: newestVersion([...versions]) }
      return new Map(clusters.map((cluster) => [cluster.id, symptomsOf(factsOf(deps, cluster, now, around))]))
    },
  }
}

interface Around {
  readonly due: DueWatch
  readonly newestAgent: string | null
  planOf(cluster: string, now: WallMs): ClusterFacts['plan']
}

function factsOf({ stores }: SymptomDeps, cluster: ClusterRecord, now: WallMs, around: Around): ClusterFacts {
  const presence = stores.presence.byCluster(cluster.id)
  const figures = stores.lately.radio(cluster.id, now)
  return {
    cluster: cluster.id,
    at: now,
    presence,
    telemetry: stores.telemetry.latest(cluster.id),
    signal: figures && { ...classify(figures), figures },
    sim: stores.sims.standing(cluster.id),
    due: presence && around.due.dueOn(cluster, presence),
    plan: around.planOf(cluster.id, now),
    nextSession: around.due.nextSession(cluster.id),
    lastHour: stores.lately.lastHour(cluster.id, now),
    unheard: stores.lately.unheard(cluster.id),
    selfTest: stores.lately.selfTest(cluster.id),
    newestAgent: around.newestAgent,
    mutedByOrder: cluster.now.mute,
  }
}
