import { areaBook, inForce, type AreaBook, type Membership } from './area.ts'
import { NAMES, type Finding, type Sentence } from './admission-sentences.ts'
import { DEFAULT_POLICY_NAME } from './policy-text.ts'
import { audienceOn, type ClusterName, type UnknownTarget } from './targets.ts'
import type { Session, Timetable } from './timetable.ts'

/** Those who hear the same sessions under the same area policy: one cluster stands for all of them. */
export interface Listener {
  /** Policy of their area; sessions that name their own go by that. */
  readonly policy: string
  /** Indices of the sessions, ascending. */
  readonly sessions: readonly number[]
}

export interface Reach {
  readonly listeners: readonly Listener[]
  readonly findings: readonly Finding[]
}

export interface ReachContext {
  /** null where the clusters are not known (a file checked away from its station): their names are then not judged. */
  readonly clusters: readonly ClusterName[] | null
  readonly memberships: readonly Membership[]
}

const isEmpty = ({ targets: t }: Session): boolean =>
  t !== 'all' && (t.areas?.length ?? 0) + (t.groups?.length ?? 0) + (t.clusters?.length ?? 0) === 0

const SENTENCE_OF: Record<UnknownTarget['kind'], (name: string) => Sentence> = {
  area: NAMES.unknownArea,
  group: NAMES.unknownGroup,
  cluster: NAMES.unknownCluster,
  'ambiguous-cluster': NAMES.ambiguousCluster,
}

function unique(listeners: readonly Listener[]): Listener[] {
  return [...new Map(listeners.map((l) => [`${l.policy} ${l.sessions.join(',')}`, l])).values()]
}

function pathOf(unknown: UnknownTarget, timetable: Timetable, session: number): string {
  if (unknown.group === undefined) return `/sessions/${session}/targets${unknown.path}`
  return `/groups/${(timetable.groups ?? []).findIndex((g) => g.id === unknown.group)}${unknown.path}`
}

/** With the clusters known, who hears what is counted cluster by cluster. */
function reachOfClusters(timetable: Timetable, context: ReachContext, clusters: readonly ClusterName[], today: number): Reach {
  const book = areaBook(timetable.areas, today)
  const audience = audienceOn({ areas: timetable.areas, groups: timetable.groups ?? [], memberships: context.memberships, clusters }, today)
  const findings = new Map<string, Finding>()
  const heard = new Map<string, number[]>(clusters.map((c) => [c.id, []]))
  timetable.sessions.forEach((session, n) => {
    const { clusters: ids, unknown } = audience(session.targets)
    for (const id of ids) heard.get(id)?.push(n)
    for (const u of unknown) {
      const path = pathOf(u, timetable, n)
      findings.set(path, { ...SENTENCE_OF[u.kind](u.name), path })
    }
    if (ids.length === 0 && unknown.length === 0 && !isEmpty(session)) {
      findings.set(`${n}`, { ...NAMES.noCluster(session.name), path: `/sessions/${n}/targets` })
    }
  })
  const areaOf = new Map(context.memberships.filter((m) => inForce(m, today)).map((m) => [m.cluster, m.area]))
  const listeners = [...heard].map(([id, sessions]) => ({ policy: book.policyName(areaOf.get(id) ?? '') ?? DEFAULT_POLICY_NAME, sessions }))
  return { listeners: unique([...listeners, ...unheard(timetable, book, heard)]), findings: [...findings.values()] }
}

/** Sessions that no cluster hears yet are judged by the areas they name, so that they do not slip in before the first cluster. */
function unheard(timetable: Timetable, book: AreaBook, heard: ReadonlyMap<string, readonly number[]>): Listener[] {
  const known = new Set([...heard.values()].flat())
  return timetable.sessions.flatMap((s, n) => (known.has(n) ? [] : areaPolicies(s, timetable, book).map((policy) => ({ policy, sessions: [n] }))))
}

/** Policies that may bind a session, by the areas that it names and what lies in them. */
function areaPolicies(session: Session, timetable: Timetable, book: AreaBook): string[] {
  const codes = session.targets === 'all' ? null : (session.targets.areas ?? [])
  const areas = timetable.areas.filter((a) => book.on(a.code) === a)
  const named = areas.filter((a) => codes === null || codes.some((code) => book.within(a.code, code)))
  // groups and clusters without a place: whatever binds the outermost areas
  const binding = named.length > 0 ? named : areas.filter((a) => a.parent === undefined)
  return [...new Set(binding.map((a) => book.policyName(a.code) ?? DEFAULT_POLICY_NAME))]
}

/** Without the clusters, every area in force stands for a listener, and so does every group. */
function reachOfAreas(timetable: Timetable, today: number): Reach {
  const book = areaBook(timetable.areas, today)
  const findings: Finding[] = []
  const groups = new Set(timetable.groups?.map((g) => g.id))
  timetable.sessions.forEach(({ targets }, n) => {
    if (targets === 'all') return
    const path = `/sessions/${n}/targets`
    targets.areas?.forEach((code, i) => book.on(book.merged(code)) ?? findings.push({ ...NAMES.unknownArea(code), path: `${path}/areas/${i}` }))
    targets.groups?.forEach((id, i) => groups.has(id) || findings.push({ ...NAMES.unknownGroup(id), path: `${path}/groups/${i}` }))
  })
  const hears = (s: Session, code: string): boolean =>
    s.targets === 'all' || (s.targets.areas ?? []).some((wanted) => book.within(code, wanted))
  const listeners = timetable.areas.filter((a) => book.on(a.code) === a).map((a) => ({
    policy: book.policyName(a.code) ?? DEFAULT_POLICY_NAME,
    sessions: timetable.sessions.flatMap((s, n) => (hears(s, a.code) ? [n] : [])),
  }))
  const none = new Map([['', listeners.flatMap((l) => l.sessions)]])
  return { listeners: unique([...listeners, ...unheard(timetable, book, none)]), findings }
}

/** Who hears what, and which names lead nowhere. `today` is a civil day number. */
export function reachOf(timetable: Timetable, context: ReachContext, today: number): Reach {
  const reach = context.clusters === null ? reachOfAreas(timetable, today) : reachOfClusters(timetable, context, context.clusters, today)
  const empty = timetable.sessions.flatMap((s, n) => (isEmpty(s) ? [{ ...NAMES.noTargets(s.name), path: `/sessions/${n}/targets` }] : []))
  return { listeners: reach.listeners, findings: [...empty, ...reach.findings] }
}
