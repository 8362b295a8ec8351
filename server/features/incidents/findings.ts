import { clockText, msOfDay } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { onAirAt } from '../../../shared/core/timeline.ts'
import type { Member } from '../../core/incident-cause.ts'
import { isIncidentKind } from '../../core/incident-kinds.ts'
import { createDueBook, silentCondition } from '../../core/incident-silent.ts'
import type { Condition } from '../../core/incident-watch.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { PlannedSlot } from '../../core/stores.ts'
import type { Symptom } from '../../core/symptoms.ts'
import type { Findings, SweepDeps } from './sweep.ts'
import { createTheftWatch } from './theft.ts'

export interface FindingsDeps extends Pick<ServerDeps, 'stores' | 'clock' | 'slotsFor' | 'access'> {
  /** What figures tell of every cluster that has something the matter; absent = nothing is measured. */
  readonly symptoms?: (now: WallMs) => ReadonlyMap<string, readonly Symptom[]>
}

/** Links are looked at every second, everything else this often. */
const LOOK_MS = 5_000
/** Where clusters are changes slowly. */
const THEFT_LOOK_MS = 60_000

/** What is worth knowing is no incident; that somebody muted a cluster, or never updated it, becomes one with time. */
const counts = ({ kind, severity }: Symptom): boolean => severity !== 'info' || kind === 'muted' || kind === 'version-old'

function fromSymptoms(symptoms: ReadonlyMap<string, readonly Symptom[]>): Condition[] {
  return [...symptoms].flatMap(([cluster, list]) =>
    list.filter(counts).flatMap(({ kind, since, en, vi, figure }) =>
      isIncidentKind(kind) ? [{ cluster, kind, since: since ?? null, en, vi, ...(figure === undefined ? {} : { figure }) }] : []))
}

const timeOf = (at: WallMs): string => clockText(Math.floor(msOfDay(at) / 60_000) * 60)

/** Should it really sound, by the one rule that decides? Stopped, muted, paused and mourning clusters are silent rightly. */
function shouldSound(deps: FindingsDeps, cluster: string, now: WallMs): boolean {
  const plan = deps.slotsFor(cluster, now)
  return plan === null || onAirAt(plan.slots, plan.policies, plan.view, now).do === 'play'
}

function silentOnes(deps: FindingsDeps, due: readonly PlannedSlot[], now: WallMs): Condition[] {
  const found = new Map<string, Condition>()
  for (const slot of due) {
    const presence = deps.stores.presence.byCluster(slot.cluster)
    if (found.has(slot.cluster) || !presence?.online || presence.playing !== null || !shouldSound(deps, slot.cluster, now)) continue
    found.set(slot.cluster, silentCondition(slot, slot.item, timeOf(slot.due)))
  }
  return [...found.values()]
}

/** Everything that the rules look at beside links; what costs more is looked at less often. */
export function createFindings(deps: FindingsDeps): SweepDeps['findings'] {
  const { stores } = deps
  const book = createDueBook((from, to) => stores.planned.between(from, to))
  const theft = createTheftWatch(deps)
  let known: Findings = { conditions: [], sounding: new Set() }
  let stolen: readonly Condition[] = []
  let looked: WallMs | null = null
  let lookedForTheft: WallMs | null = null

  const sounding = (members: readonly Member[]): Set<string> =>
    new Set(members.filter(({ cluster, online }) => online && (stores.presence.byCluster(cluster)?.playing ?? null) !== null).map(({ cluster }) => cluster))

  return (members, now) => {
    if (looked !== null && now >= looked && now - looked < LOOK_MS) return known
    looked = now
    if (lookedForTheft === null || now < lookedForTheft || now - lookedForTheft >= THEFT_LOOK_MS) {
      lookedForTheft = now
      stolen = theft(now)
    }
    const silent = silentOnes(deps, book.overdue(wallMs(now)), now)
    const told = fromSymptoms(deps.symptoms?.(now) ?? new Map<string, readonly Symptom[]>()).filter(({ kind }) => kind !== 'offline' && kind !== 'silent-in-session')
    known = { conditions: [...silent, ...told, ...stolen], sounding: sounding(members) }
    return known
  }
}
