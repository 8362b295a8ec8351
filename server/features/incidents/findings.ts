import type { WallMs } from '../../../shared/core/clock.ts'
import type { Member } from '../../core/incident-cause.ts'
import { isIncidentKind } from '../../core/incident-kinds.ts'
import type { Condition } from '../../core/incident-watch.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { Symptom } from '../../core/symptoms.ts'
import { createSymptomWatch } from '../health/plugin.ts'
import type { Findings, SweepDeps } from './sweep.ts'
import { createTheftWatch } from './theft.ts'

export type FindingsDeps = Pick<ServerDeps, 'stores' | 'access' | 'slotsFor'>

/** Links are looked at every second, everything else this often. */
const LOOK_MS = 5_000
/** Where clusters are changes slowly. */
const THEFT_LOOK_MS = 60_000

/** What is worth knowing is no incident; that somebody muted a cluster, or never updated it, becomes one with time. */
const counts = ({ kind, severity }: Symptom): boolean => kind !== 'offline' && (severity !== 'info' || kind === 'muted' || kind === 'version-old')

/** What figures tell, as the rules take it; that a cluster is absent they see for themselves, within the second. */
export function conditionsOf(symptoms: ReadonlyMap<string, readonly Symptom[]>): Condition[] {
  return [...symptoms].flatMap(([cluster, list]) =>
    list.filter(counts).flatMap(({ kind, since, en, vi, figure }) =>
      isIncidentKind(kind) ? [{ cluster, kind, since: since ?? null, en, vi, ...(figure === undefined ? {} : { figure }) }] : []))
}

/** Everything that the rules look at beside links; what costs more is looked at less often. */
export function createFindings(deps: FindingsDeps): SweepDeps['findings'] {
  const { stores } = deps
  const symptoms = createSymptomWatch(deps)
  const theft = createTheftWatch(deps)
  let known: Findings = { conditions: [], sounding: new Set() }
  let stolen: readonly Condition[] = []
  let looked: WallMs | null = null
  let lookedForTheft: WallMs | null = null

  const isDue = (last: WallMs | null, now: WallMs, periodMs: number): boolean => last === null || now < last || now - last >= periodMs
  const sounding = (members: readonly Member[]): Set<string> =>
    new Set(members.filter(({ cluster, online }) => online && (stores.presence.byCluster(cluster)?.playing ?? null) !== null).map(({ cluster }) => cluster))

  return (members, now) => {
    if (!isDue(looked, now, LOOK_MS)) return known
    looked = now
    if (isDue(lookedForTheft, now, THEFT_LOOK_MS)) {
      lookedForTheft = now
      stolen = theft(now)
    }
    known = { conditions: [...conditionsOf(symptoms.look(stores.clusters.active(), now)), ...stolen], sounding: sounding(members) }
    return known
  }
}
