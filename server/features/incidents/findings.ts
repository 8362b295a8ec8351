import type { WallMs } from '../../../shared/core/clock.ts'
import { createStanding } from '../../core/incident-members.ts'
import { isIncidentKind } from '../../core/incident-kinds.ts'
import type { Condition } from '../../core/incident-watch.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord } from '../../core/stores.ts'
import type { Symptom } from '../../core/symptoms.ts'
import { createSymptomWatch } from '../health/plugin.ts'
import type { Findings, SweepDeps } from './sweep.ts'
import { createTheftWatch } from './theft.ts'

export type FindingsDeps = Pick<ServerDeps, 'stores' | 'access' | 'slotsFor'>

/** Each look is at a part of the clusters, so that none takes long: everybody has had a turn after five. */
const TURNS = 5

/** What is worth knowing is no incident; that somebody muted a cluster, or never updated it, becomes one with time. */
const counts = ({ kind, severity }: Symptom): boolean => kind !== 'offline' && (severity !== 'info' || kind === 'muted' || kind === 'version-old')

/** What figures tell, as the rules take it; that a cluster is absent they see for themselves, within the second. */
export const conditionsOf = (cluster: string, symptoms: readonly Symptom[]): Condition[] =>
  symptoms.filter(counts).flatMap(({ kind, since, en, vi, figure }) =>
    isIncidentKind(kind) ? [{ cluster, kind, since: since ?? null, en, vi, ...(figure === undefined ? {} : { figure }) }] : [])

/** Everything that the rules look at beside links; links are looked at every second, the rest in turns. */
export function createFindings(deps: FindingsDeps): SweepDeps['findings'] {
  const { stores } = deps
  const symptoms = createSymptomWatch(deps)
  const theft = createTheftWatch(deps)
  const standingAt = createStanding(stores)
  const conditions = new Map<string, readonly Condition[]>()
  let turn = 0

  const lookAt = (part: readonly ClusterRecord[], now: WallMs): void => {
    theft.look(part.map(({ id }) => id), now)
    for (const [cluster, list] of symptoms.look(part, now)) {
      const found = conditionsOf(cluster, list)
      if (found.length > 0) conditions.set(cluster, found)
      else conditions.delete(cluster)
    }
  }
  return (members, now) => {
    const { ids } = standingAt(now)
    const size = Math.ceil(ids.length / TURNS)
    lookAt(ids.slice(turn * size, (turn + 1) * size).flatMap((id) => stores.clusters.byId(id) ?? []), now)
    turn = (turn + 1) % TURNS
    const inUse = new Set(ids)
    for (const cluster of conditions.keys()) if (!inUse.has(cluster)) conditions.delete(cluster)
    const sounding = new Set(members.filter(({ cluster, online }) => online && (stores.presence.byCluster(cluster)?.playing ?? null) !== null).map(({ cluster }) => cluster))
    return { conditions: [...[...conditions.values()].flat(), ...theft.conditions(now, inUse)], sounding } satisfies Findings
  }
}
