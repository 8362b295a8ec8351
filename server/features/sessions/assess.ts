import { wallMs } from '../../../shared/core/clock.ts'
import type { Finding } from '../../../shared/core/admission.ts'
import type { Session, Timetable } from '../../../shared/core/timetable.ts'
import { communesOf, differenceOf, reachOfClusters, type Difference, type ReachCount } from '../../core/difference.ts'
import { unusualHours, USUAL_MS, versionsOf, type UnusualHour } from '../../core/difference-unusual.ts'
import type { Identity } from '../../core/identity.ts'
import type { Action } from '../../core/permissions.ts'
import type { FindingView, Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { realChanges, withChanges } from '../../core/timetable-merge.ts'
import type { ReplacedSession, SessionChange } from '../../core/timetable-store.ts'
import { foreignMaterial } from './foreign-material.ts'
import { findingsOf, newFindings, unfitItems } from './judge.ts'
import { currentTimetable } from './timetable.ts'

/** What a change of the timetable would do, before anybody hears it. */
export interface Assessment {
  /** Without those that change nothing. */
  readonly changes: readonly ReplacedSession[]
  /** Paths begin with `/sessions/ID`. Those that are `refused` keep it from being published. */
  readonly findings: readonly FindingView[]
  readonly difference: Difference
  readonly reach: ReachCount
  readonly unusual: readonly UnusualHour[]
  /** Every area concerned, before and after. */
  readonly areas: readonly string[] | 'all'
}

/** Findings name places of the whole timetable; the reader knows sessions by their id. */
function named(findings: readonly Finding[], timetable: Timetable): FindingView[] {
  return findings.map((finding) => {
    const [, index] = /^\/sessions\/(\d+)(?:\/|$)/.exec(finding.path) ?? []
    const id = index === undefined ? undefined : timetable.sessions[Number(index)]?.id
    return id === undefined ? finding : { ...finding, path: `/sessions/${id}${finding.path.slice(`/sessions/${index}`.length)}` }
  })
}

/** Sessions that one of the same clusters hears, and these themselves: caps and clashes concern nobody else. */
export function sessionsBeside({ access }: Pick<ServerDeps, 'access'>, all: readonly Session[], these: readonly Session[]): Session[] {
  const ids = new Set(these.map(({ id }) => id))
  const clusters = new Set(these.flatMap(({ targets }) => access.audience(targets).clusters))
  return all.filter(({ id, targets }) => ids.has(id) || access.audience(targets).clusters.some((cluster) => clusters.has(cluster)))
}

/** All that is to be said of the sessions that change, and what their change brings about elsewhere. */
export function findingsOfChange(deps: ServerDeps, changes: readonly SessionChange[]): FindingView[] {
  const whole = currentTimetable(deps.stores)
  const touched = new Set(changes.map(({ session }) => session))
  const these = [...whole.sessions.filter(({ id }) => touched.has(id)), ...changes.flatMap(({ doc }) => doc ?? [])]
  const before: Timetable = { ...whole, sessions: sessionsBeside(deps, whole.sessions, these) }
  const after: Timetable = { ...whole, sessions: withChanges(before.sessions, changes) }
  const own = (finding: FindingView): boolean => changes.some(({ session }) => finding.path === `/sessions/${session}` || finding.path.startsWith(`/sessions/${session}/`))
  const all = named(findingsOf(deps, after), after)
  const elsewhere = newFindings(named(findingsOf(deps, before), before), all).filter((finding) => !own(finding))
  const unfit = changes.flatMap(({ session, doc }) => (doc ? unfitItems(deps, doc, `/sessions/${session}`) : []))
  return [...all.filter(own), ...unfit, ...elsewhere]
}

/** What is to be said of some sessions of a timetable as it would stand. */
export function findingsOfSessions(deps: ServerDeps, all: readonly Session[], shown: readonly Session[]): FindingView[] {
  const timetable: Timetable = { ...currentTimetable(deps.stores), sessions: sessionsBeside(deps, all, shown) }
  const ids = new Set(shown.map(({ id }) => id))
  const admitted = named(findingsOf(deps, timetable), timetable).filter(({ path }) => ids.has(path.split('/')[2] ?? '') && path.startsWith('/sessions/'))
  return [...admitted, ...shown.flatMap((session) => unfitItems(deps, session, `/sessions/${session.id}`))]
}

/** What another state of the rules would do to the sessions in force: what would not be allowed any more, and what deserves a look. */
export function brokenBy(deps: ServerDeps, change: (timetable: Timetable) => Timetable): { readonly refused: readonly FindingView[]; readonly others: readonly FindingView[] } {
  const before = currentTimetable(deps.stores)
  const after = change(before)
  const fresh = newFindings(named(findingsOf(deps, before), before), named(findingsOf(deps, after), after))
  return { refused: fresh.filter(({ level }) => level === 'refused'), others: fresh.filter(({ level }) => level !== 'refused') }
}

const targetsOf = (changes: readonly ReplacedSession[]): Session['targets'][] => changes.flatMap(({ before, after }) => [before, after].flatMap((s) => (s ? [s.targets] : [])))

/** Areas that any of the changes concerns, as it was and as it will be. */
export function areasOfChanges({ access }: Pick<ServerDeps, 'access'>, changes: readonly ReplacedSession[]): readonly string[] | 'all' {
  const places = targetsOf(changes).map((targets) => access.areasOfTargets(targets))
  return places.includes('all') ? 'all' : [...new Set(places.flatMap((codes) => (codes === 'all' ? [] : codes)))].sort()
}

/** May they do it in every place of every session? A session that names nothing that exists is refused for that, not for the place. */
export function refusalOfPlaces(deps: Pick<ServerDeps, 'access'>, who: Identity, action: Action, targets: readonly Session['targets'][]): Refusal | null {
  const { access } = deps
  for (const one of targets) {
    const areas = access.areasOfTargets(one)
    if (areas.length === 0 && access.audience(one).unknown.length > 0) continue
    const refusal = access.refusal(who, action, areas)
    if (refusal) return refusal
  }
  return null
}

/** A session goes by the rules of its area, unless whoever may write these says otherwise: nobody opens the night by naming another policy. */
function foreignPolicy({ access, stores }: ServerDeps, who: Identity, { before, after }: ReplacedSession): boolean {
  if (after?.policy === undefined || after.policy === before?.policy) return false
  const areas = access.areasOfTargets(after.targets)
  const book = access.book()
  if (areas !== 'all' && areas.length > 0 && areas.every((code) => book.policyName(code) === after.policy)) return false
  return stores.policies.byId(after.policy) !== null && access.refusal(who, 'policy.write', areas) !== null
}

const foreignPolicyFinding = ({ session, after }: ReplacedSession): FindingView => ({
  level: 'refused',
  code: 'policy-not-yours',
  path: `/sessions/${session}/policy`,
  en: `Session "${after?.name}" names the policy "${after?.policy}", which is not that of its areas. Take it out, or ask whoever writes the rules of the area.`,
  vi: `Buổi phát "${after?.name}" ghi quy định giờ phát "${after?.policy}" khác quy định của địa bàn. Xin bỏ đi, hoặc nhờ người được giao sửa quy định.`,
})

export function assess(deps: ServerDeps, who: Identity, wished: readonly SessionChange[]): Assessment {
  const { stores, access, clock } = deps
  const inForce = stores.sessions.all()
  const current = new Map(inForce.map((session) => [session.id, session]))
  const changes = realChanges(inForce, wished).map(({ session, doc }): ReplacedSession => ({ session, before: current.get(session) ?? null, after: doc }))
  const clustersOf = (targets: Session['targets']): readonly string[] => access.audience(targets).clusters
  const now = clock.wall()
  const difference = differenceOf({ changes, clustersOf, from: now })
  const book = access.book()
  const since = wallMs(now - USUAL_MS)
  const concerned = new Set(difference.clusters)
  const versions = versionsOf(inForce, stores.desk.publications.since(since), { from: since, to: now })
  const unusual = unusualHours({
    difference,
    clustersOf,
    versions: versions.filter(({ session }) => clustersOf(session.targets).some((id) => concerned.has(id))),
    communesOf: (cluster) => communesOf(access.areasOfCluster(cluster), book),
  })
  const findings = changes.length === 0 ? [] : findingsOfChange(deps, changes.map(({ session, after }) => ({ session, doc: after })))
  const foreign = changes.filter((change) => foreignPolicy(deps, who, change)).map(foreignPolicyFinding)
  return { changes, findings: [...foreign, ...findings, ...changes.flatMap((change) => foreignMaterial(deps, who, change))], difference, unusual, areas: areasOfChanges(deps, changes), reach: reachOfClusters(difference.clusters, access.areasOfCluster, book) }
}

/** What an unusual hour is among the findings: told, and by itself no refusal. */
export const unusualFinding = ({ session, en, vi }: UnusualHour): FindingView => ({ level: 'warning', code: 'unusual-hour', path: `/sessions/${session}/at`, en, vi })
