import { areaBook, inForce, type AreaBook, type Membership } from '../../shared/core/area.ts'
import { civilDate, civilDayNumber, startOfDayNumber } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import { audienceOf } from '../../shared/core/languages.ts'
import type { FindMediaFor } from '../../shared/core/layout.ts'
import type { DatedSpan, Policy } from '../../shared/core/policy.ts'
import { DEFAULT_POLICY_NAME, policyBook, withDated, type DatedBounds } from '../../shared/core/policy-text.ts'
import { occurrencesBetween } from '../../shared/core/recurrence.ts'
import { audienceOn, type Audience } from '../../shared/core/targets.ts'
import type { Area, Group, Session, Targets } from '../../shared/core/timetable.ts'
import type { PlanBody, PlanSession } from '../../shared/protocol/messages/plan.ts'
import { ORDER_EDITION } from '../../shared/protocol/messages/presence.ts'
import { variantsOf } from './plan-sessions.ts'
import { standingOfFirstEdition } from './standing-plan.ts'
import type { ClusterRecord, PolicyRecord } from './stores.ts'

/** A plan reaches from the begin of yesterday (what still sounds after midnight) over this many days from today's midnight. */
export const PLAN_DAYS = 10
/** DESIGN §4: a cluster always holds at least eight days. Renewed with half a day to spare. */
export const RENEW_BELOW_MS = 8.5 * 86_400_000

export interface MediaFile {
  readonly sha: string
  readonly bytes: number
  readonly ms: number
}
/** What differs from cluster to cluster beside its record. */
export interface OwnOfCluster {
  /** Edition of the orders that a cluster's agent reads; absent = each reads the newest. */
  readonly editionOf?: (cluster: string) => number
  /** Armed orders of a cluster for the time without server; absent = nobody's are armed. */
  readonly standing?: (cluster: string) => PlanBody['standing']
  /** Pauses, openings and mourning of the cluster itself and of the areas that it stands in; absent = none anywhere. */
  readonly datedOf?: (cluster: string) => DatedBounds
}
export interface PlanInput extends OwnOfCluster {
  readonly now: WallMs
  readonly sessions: readonly Session[]
  readonly policies: readonly PolicyRecord[]
  readonly areas: readonly Area[]
  readonly groups: readonly Group[]
  readonly memberships: readonly Membership[]
  readonly clusters: readonly Pick<ClusterRecord, 'id' | 'name'>[]
  readonly findFor: FindMediaFor
  readonly fileOf: (sha: string) => MediaFile | null
  /** Files that clusters keep beforehand, chimes and alert clips; what is for some names them. */
  readonly pinned: readonly (MediaFile & { readonly clusters?: ReadonlySet<string> })[]
}

/** A session laid out for one audience. */
interface LaidSession {
  readonly variants: readonly Omit<PlanSession, 'policy'>[]
  readonly media: readonly string[]
}
interface PlannedSession {
  readonly clusters: ReadonlySet<string>
  /** null: the policy of the cluster's area. */
  readonly policy: string | null
  /** Languages of the audience, best first. Laid out once for each. */
  readonly laidFor: (audience: readonly string[]) => LaidSession
}

/** The timetable of the coming days, laid out once for all clusters. */
export interface Planning {
  /** Of the civil day on which it was made: the next day needs a new one. */
  readonly day: number
  readonly from: WallMs
  readonly to: WallMs
  readonly sessions: ReadonlyMap<string, PlannedSession>
  readonly policies: Readonly<Record<string, Policy>>
  readonly input: PlanInput
  readonly book: AreaBook
  readonly audience: (targets: Targets) => Audience
  /** What clusters belong to, in the order of the registry. */
  readonly areasOf: ReadonlyMap<string, readonly string[]>
}

export function planTimetable(input: PlanInput): Planning {
  const day = civilDayNumber(input.now)
  const [from, to] = [startOfDayNumber(day - 1), startOfDayNumber(day + PLAN_DAYS)]
  const texts = Object.fromEntries(input.policies.map((p) => [p.id, p.text]))
  const dated = new Map(input.policies.map((p) => [p.id, p]))
  const running = <T extends { to: number }>(spans: readonly T[] | undefined): T[] => (spans ?? []).filter((s) => s.to > from)
  const policies = Object.fromEntries(
    Object.entries(policyBook({ policies: texts })).map(([name, policy]) => {
      const spans = dated.get(name)
      return [name, withDated(policy, { openings: running(spans?.openings), pauses: running(spans?.pauses) })]
    }),
  )
  const areasOf = new Map<string, string[]>()
  // a cluster that has moved is bounded by where it stands now
  for (const m of input.memberships) if (inForce(m, day)) areasOf.set(m.cluster, [...(areasOf.get(m.cluster) ?? []), m.area])
  const base = { day, from, to, policies, areasOf, input: { ...input, fileOf: remembered(input.fileOf) }, book: areaBook(input.areas, day), audience: audienceOn(input, day) }
  return { ...base, sessions: new Map(input.sessions.map((session) => [session.id, plannedSession(base, session)])) }
}

function plannedSession({ from, to, input, audience }: Omit<Planning, 'sessions'>, session: Session): PlannedSession {
  // thousands of clusters ask for the same few audiences
  const laid = new Map<string, LaidSession>()
  const laidFor = (languages: readonly string[]): LaidSession => {
    const key = languages.join(' ')
    const known = laid.get(key)
    if (known) return known
    const variants = variantsOf(session, occurrencesBetween(session, from, to).filter((o) => o.start >= from), input.findFor(languages))
    const media = [...new Set(variants.flatMap((v) => v.items.flatMap((i) => (i.media === null ? [] : [i.media]))))]
    const made = { variants, media }
    laid.set(key, made)
    return made
  }
  return { clusters: new Set(audience(session.targets).clusters), policy: session.policy ?? null, laidFor }
}

/** The same timetable with some sessions as they are now (null = gone), and the clusters that had or have them. */
export function withSessions(planning: Planning, changed: readonly { readonly id: string; readonly session: Session | null }[]): { readonly planning: Planning; readonly concerned: ReadonlySet<string> } {
  const before = planning.sessions
  const concerned = new Set<string>()
  const now = new Map(changed.flatMap(({ id, session }) => (session ? [[id, plannedSession(planning, session)] as const] : [])))
  for (const { id } of changed) for (const one of [before.get(id), now.get(id)]) one?.clusters.forEach((cluster) => concerned.add(cluster))
  const touched = new Set(changed.map(({ id }) => id))
  // in order of the id, as the store gives them: a plan must not differ by the way it came about
  const sessions = new Map([...[...before].filter(([id]) => !touched.has(id)), ...now].sort(([a], [b]) => (a < b ? -1 : 1)))
  return { planning: { ...planning, sessions }, concerned }
}

function remembered<T>(ask: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>()
  return (key) => {
    const answer = known.get(key) ?? ask(key)
    known.set(key, answer)
    return answer
  }
}

const areaPolicyOf = (planning: Planning, cluster: string): string => {
  for (const area of planning.areasOf.get(cluster) ?? []) {
    const name = planning.book.policyName(area)
    if (name !== undefined) return name
  }
  return DEFAULT_POLICY_NAME
}

/** Everything that a cluster's plan depends on beside the planning: clusters for which it is the same have the same plan. */
interface Own {
  readonly sessions: readonly string[]
  readonly audience: readonly string[]
  readonly areaPolicy: string
  /** Files that some clusters keep beforehand, and this one too. */
  readonly clips: readonly string[]
  readonly dated: Required<DatedBounds>
  readonly standing: PlanBody['standing']
  readonly settings: readonly [volume: number, stagger: number, budget: number]
}

type Horizon = Pick<Planning, 'from' | 'to'>
const daysWithin = (dates: readonly string[], { from, to }: Horizon): string[] => dates.filter((date) => date >= civilDate(from) && date <= civilDate(to))

/** Of each kind for one cluster: a policy has room for 64, its own ones among them. No more than these are decided ahead. */
export const MAX_DATED_SPANS = 30
/** What is over before the plan begins, or begins after it ends, is left out, and of what is over already all but the last. */
function datedWithin({ pauses = [], openings = [], mourning = [] }: DatedBounds, horizon: Horizon): Required<DatedBounds> {
  const within = (spans: readonly DatedSpan[]): DatedSpan[] => {
    const inside = spans.filter(({ from, to }) => to > horizon.from && from < horizon.to)
    if (inside.length <= MAX_DATED_SPANS) return inside
    const last = new Set([...inside].sort((a, b) => b.to - a.to).slice(0, MAX_DATED_SPANS))
    return inside.filter((span) => last.has(span))
  }
  return { pauses: within(pauses), openings: within(openings), mourning: daysWithin(mourning, horizon) }
}

function ownOf(planning: Planning, cluster: ClusterRecord): Own {
  const { input, sessions, areasOf, book } = planning
  const [area] = areasOf.get(cluster.id) ?? []
  return {
    sessions: [...sessions].flatMap(([id, { clusters }]) => (clusters.has(cluster.id) ? [id] : [])),
    audience: audienceOf(cluster.languages, area === undefined ? [] : book.chain(area)),
    areaPolicy: areaPolicyOf(planning, cluster.id),
    clips: input.pinned.flatMap(({ sha, clusters }) => (clusters?.has(cluster.id) ? [sha] : [])),
    dated: datedWithin(input.datedOf?.(cluster.id) ?? {}, planning),
    standing: (input.editionOf?.(cluster.id) ?? ORDER_EDITION) < 2 ? standingOfFirstEdition(input.standing?.(cluster.id), planning.to) : input.standing?.(cluster.id),
    settings: [cluster.volume, cluster.stagger, cluster.budget],
  }
}

/** A cluster's plan, made when it is asked for: `key` is the same for clusters that do the same under this planning. */
export interface PlanOfCluster {
  readonly key: string
  body(): PlanBody
}

export function planFor(planning: Planning, cluster: ClusterRecord): PlanOfCluster {
  const own = ownOf(planning, cluster)
  return { key: JSON.stringify(own), body: () => bodyOf(planning, own) }
}

function bodyOf(planning: Planning, own: Own): PlanBody {
  const { input, policies, from, to } = planning
  const { areaPolicy, standing, settings: [volume, stagger, budget] } = own
  const mine = own.sessions.flatMap((id) => {
    const session = planning.sessions.get(id)
    return session ? [{ ...session.laidFor(own.audience), policy: session.policy ?? areaPolicy }] : []
  })
  const sessions = mine.flatMap(({ variants, policy }) => variants.map((v) => ({ ...v, policy })))
  // a live broadcast is bounded by the area's, also where no session names it
  const named = new Set([areaPolicy, ...sessions.map((s) => s.policy)])
  // what may have to sound without a server stays on the box as long as it is armed
  const kept = (standing?.orders ?? []).flatMap((order) => order.parts).flatMap(({ m }) => (m === undefined ? [] : (input.fileOf(m) ?? [])))
  const pinned = new Map([...input.pinned.filter(({ sha, clusters }) => !clusters || own.clips.includes(sha)), ...kept].map((f) => [f.sha, f]))
  const wanted = new Set(mine.flatMap((s) => s.media).filter((sha) => !pinned.has(sha)))
  const files = [...wanted].sort().flatMap((sha) => input.fileOf(sha) ?? [])
  return {
    v: 2,
    from,
    to,
    volume,
    stagger,
    budget,
    policies: Object.fromEntries(Object.entries(policies).filter(([name]) => named.has(name)).map(([name, policy]) => [name, withDated({ ...policy, mourning: daysWithin(policy.mourning, planning) }, own.dated)])),
    sessions,
    ...(standing ? { standing } : {}),
    media: [
      ...[...pinned.values()].map(({ sha, bytes, ms }) => ({ sha, bytes, ms, pin: true })),
      ...files.map(({ sha, bytes, ms }) => ({ sha, bytes, ms })),
    ],
  }
}
