import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { Identity } from '../../core/identity.ts'
import { instantOf } from '../../core/instant.ts'
import type { SessionReadiness } from '../../core/readiness.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord } from '../../core/stores.ts'
import type { Symptom } from '../../core/symptoms.ts'
import { clusterFor, createChartHandlers, type ChartHandlers } from './chart-handlers.ts'
import { noSuchInstant } from './desk-refusals.ts'
import type { ReadinessView, SimView, SymptomsOf } from './desk-views.ts'
import { readinessAt } from './readiness.ts'
import { createSimHandlers, type SimHandlers } from './sim-handlers.ts'
import { createSymptomWatch } from './symptom-watch.ts'

export interface HealthDeskHandlers extends ChartHandlers, Omit<SimHandlers, 'list' | 'one'> {
  readiness(who: Identity, query: { readonly area?: string; readonly at?: string }): Outcome<ReadinessView[]>
  symptoms(who: Identity, area: string | undefined): Outcome<SymptomsOf[]>
  symptomsOn(who: Identity, cluster: string): Outcome<SymptomsOf>
  sim: SimHandlers['one']
  sims(who: Identity, area: string | undefined): Outcome<SimView[]>
}

export function createHealthDeskHandlers(deps: ServerDeps): HealthDeskHandlers {
  const watch = createSymptomWatch(deps)
  const { one, list, put, remove } = createSimHandlers(deps)
  const lookAt = (clusters: readonly ClusterRecord[]): SymptomsOf[] => {
    const found = watch.look(clusters, deps.clock.wall())
    return clusters.map(({ id, name }) => ({ cluster: id, name, symptoms: (found.get(id) ?? []).map(symptomView) }))
  }
  return {
    ...createChartHandlers(deps),
    readiness(who, { area, at }) {
      const instant = at === undefined ? deps.clock.wall() : instantOf(at)
      if (instant === null) return refused(noSuchInstant('at', at ?? ''))
      const shown = shownTo(deps, who, area)
      return shown.ok ? accepted(readinessAt(deps, instant, shown.value).map(readinessView)) : shown
    },
    symptoms(who, area) {
      const shown = shownTo(deps, who, area)
      if (!shown.ok) return shown
      return accepted(lookAt(deps.stores.clusters.active().filter(({ id }) => shown.value(id))).filter(({ symptoms }) => symptoms.length > 0))
    },
    symptomsOn(who, id) {
      const cluster = clusterFor(deps, who, id)
      return cluster.ok ? accepted(lookAt([cluster.value])[0] ?? { cluster: id, name: cluster.value.name, symptoms: [] }) : cluster
    },
    sim: one,
    sims(who, area) {
      const shown = shownTo(deps, who, area)
      return shown.ok ? accepted(list(who, shown.value)) : shown
    },
    put,
    remove,
  }
}

/** Clusters that `who` may see: in an area, or wherever. */
function shownTo({ access }: Pick<ServerDeps, 'access'>, who: Identity, area: string | undefined): Outcome<(cluster: string) => boolean> {
  const book = access.book()
  if (area !== undefined && !book.on(book.merged(area))) return notFound({ en: 'area', vi: 'địa bàn' }, area)
  const refusal = area === undefined ? null : access.refusal(who, 'cluster.read', [area])
  if (refusal) return refused(refusal)
  const sees = access.sees(who, 'cluster.read')
  return accepted((cluster) => {
    const areas = access.areasOfCluster(cluster)
    const seen = areas.length === 0 ? sees(null) : areas.some(sees)
    return seen && (area === undefined || areas.some((code) => book.within(code, area)))
  })
}

const symptomView = ({ kind, severity, since, figure, vi, en }: Symptom): SymptomsOf['symptoms'][number] => ({ kind, severity, since: since === undefined ? null : isoWithOffset(since), figure: figure ?? null, vi, en })

const readinessView = ({ clusters, start, end, ...rest }: SessionReadiness): ReadinessView => ({
  ...rest,
  start: isoWithOffset(start),
  end: isoWithOffset(end),
  clusters: clusters.map(({ reasons, ...cluster }) => ({ ...cluster, reasons: reasons.map((reason) => ({ ...reason })) })),
})
