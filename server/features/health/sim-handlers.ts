import { dayNumberOf } from '../../../shared/core/civil.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { DEFAULT_RESERVE_BYTES, type SimPlan } from '../../core/sim-standing.ts'
import type { ClusterRecord } from '../../core/stores.ts'
import { clusterFor } from './chart-handlers.ts'
import { noSuchDay, RESERVE_TOO_LARGE } from './desk-refusals.ts'
import type { SimPlanBody, SimView } from './desk-views.ts'
import { createSimWatch, standingOf } from './sim-watch.ts'

export interface SimHandlers {
  one(who: Identity, cluster: string): Outcome<SimView>
  /** Of the clusters in an area that `who` may see; those with the least left first. */
  list(who: Identity, shown: (cluster: string) => boolean): SimView[]
  put(who: Identity, cluster: string, body: SimPlanBody): Outcome<SimView>
  remove(who: Identity, cluster: string): Outcome<SimView>
}

export function createSimHandlers(deps: ServerDeps): SimHandlers {
  const { stores, access } = deps
  const watch = createSimWatch(deps)
  const fresh = (cluster: ClusterRecord): SimView => {
    const plan = stores.sims.plan(cluster.id)
    return viewOf(cluster, plan, plan && standingOf(deps, cluster.id, plan, deps.clock.wall()))
  }
  const writable = (who: Identity, id: string): Outcome<ClusterRecord> => {
    const cluster = clusterFor(deps, who, id)
    const refusal = cluster.ok ? access.refusal(who, 'cluster.write', access.areasOfCluster(id)) : null
    return refusal ? refused(refusal) : cluster
  }
  return {
    one(who, id) {
      const cluster = clusterFor(deps, who, id)
      return cluster.ok ? accepted(fresh(cluster.value)) : cluster
    },
    list(_who, shown) {
      const plans = stores.sims.all()
      const views = stores.clusters.active().filter(({ id }) => plans.has(id) && shown(id)).map((cluster) => viewOf(cluster, plans.get(cluster.id) ?? null, stores.sims.standing(cluster.id)))
      return views.sort((a, b) => (a.leftBytes ?? Number.MAX_SAFE_INTEGER) - (b.leftBytes ?? Number.MAX_SAFE_INTEGER))
    },
    put(who, id, body) {
      const cluster = writable(who, id)
      if (!cluster.ok) return cluster
      const plan = planOf(body)
      if (plan.expires !== null && Number.isNaN(dayNumberOf(plan.expires))) return refused(noSuchDay(plan.expires))
      if (plan.bytesPerMonth !== null && plan.reserveBytes >= plan.bytesPerMonth) return refused(RESERVE_TOO_LARGE)
      deps.decide({ actor: who.actor, action: 'sim.plan', subject: id, detail: plan }, () => stores.sims.put(id, plan))
      watch.lookAt(id)
      return accepted(fresh(cluster.value))
    },
    remove(who, id) {
      const cluster = writable(who, id)
      if (!cluster.ok) return cluster
      deps.decide({ actor: who.actor, action: 'sim.forget', subject: id }, () => stores.sims.remove(id))
      watch.lookAt(id)
      return accepted(fresh(cluster.value))
    },
  }
}

const planOf = (body: SimPlanBody): SimPlan => ({
  bytesPerMonth: body.bytesPerMonth,
  startDay: body.startDay ?? 1,
  expires: body.expires ?? null,
  number: body.number ?? null,
  operator: body.operator ?? null,
  reserveBytes: body.reserveBytes ?? (body.bytesPerMonth === null ? DEFAULT_RESERVE_BYTES : Math.min(DEFAULT_RESERVE_BYTES, Math.floor(body.bytesPerMonth / 4))),
})

function viewOf(cluster: ClusterRecord, plan: SimPlan | null, standing: ReturnType<typeof standingOf> | null): SimView {
  return {
    cluster: cluster.id,
    name: cluster.name,
    plan: plan && { ...plan },
    usedBytes: standing?.usedBytes ?? null,
    forecastBytes: standing?.forecastBytes ?? null,
    leftBytes: standing?.leftBytes ?? null,
    renews: standing?.renews ?? null,
    daysLeft: standing?.daysLeft ?? null,
    frugal: standing?.frugal ?? false,
  }
}
