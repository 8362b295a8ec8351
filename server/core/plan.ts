import { areaBook, inForce, type AreaBook } from '../../shared/core/area.ts'
import { civilDayNumber, startOfDayNumber } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { durationMs } from '../../shared/core/durations.ts'
import { layOut, type FindMedia, type LaidItem } from '../../shared/core/layout.ts'
import type { Policy } from '../../shared/core/policy.ts'
import { DEFAULT_POLICY_NAME, policyBook, withDated } from '../../shared/core/policy-text.ts'
import { occurrencesBetween, type Occurrence } from '../../shared/core/recurrence.ts'
import { audienceOn } from '../../shared/core/targets.ts'
import type { Area, Group, Session } from '../../shared/core/timetable.ts'
import type { Membership } from '../../shared/core/area.ts'
import { packStarts, type PlanBody, type PlanItem, type PlanSession } from '../../shared/protocol/messages/plan.ts'
import type { ClusterRecord, PlannedSlot, PolicyRecord } from './stores.ts'

/** A plan reaches from the begin of yesterday (what still sounds after midnight) over this many days from today's midnight. */
export const PLAN_DAYS = 10
/** DESIGN §4: a cluster always holds at least eight days. Renewed with half a day to spare. */
export const RENEW_BELOW_MS = 8.5 * 86_400_000

export interface MediaFile {
  readonly sha: string
  readonly bytes: number
  readonly ms: number
}
export interface PlanInput {
  readonly now: WallMs
  readonly sessions: readonly Session[]
  readonly policies: readonly PolicyRecord[]
  readonly areas: readonly Area[]
  readonly groups: readonly Group[]
  readonly memberships: readonly Membership[]
  readonly clusters: readonly ClusterRecord[]
  readonly find: FindMedia
  readonly fileOf: (sha: string) => MediaFile | null
  /** Files that every cluster keeps: chimes and, later, alert clips. */
  readonly pinned: readonly MediaFile[]
  /** Armed orders of a cluster for the time without server; absent = nobody's are armed. */
  readonly standing?: (cluster: string) => PlanBody['standing']
}

interface PlannedSession {
  readonly id: string
  readonly clusters: ReadonlySet<string>
  /** null: the policy of the cluster's area. */
  readonly policy: string | null
  readonly variants: readonly Omit<PlanSession, 'policy'>[]
  readonly media: readonly string[]
}

/** The timetable of the coming days, laid out once for all clusters. */
export interface Planning {
  readonly from: WallMs
  readonly to: WallMs
  readonly sessions: readonly PlannedSession[]
  readonly policies: Readonly<Record<string, Policy>>
  readonly input: PlanInput
  readonly book: AreaBook
  /** What clusters belong to, in the order of the registry. */
  readonly areasOf: ReadonlyMap<string, readonly string[]>
}

export function planTimetable(input: PlanInput): Planning {
  const today = civilDayNumber(input.now)
  const [from, to] = [startOfDayNumber(today - 1), startOfDayNumber(today + PLAN_DAYS)]
  const audience = audienceOn(input, today)
  const texts = Object.fromEntries(input.policies.map((p) => [p.id, p.text]))
  const dated = new Map(input.policies.map((p) => [p.id, p]))
  const running = <T extends { to: number }>(spans: readonly T[] | undefined): T[] => (spans ?? []).filter((s) => s.to > from)
  const policies = Object.fromEntries(
    Object.entries(policyBook({ policies: texts })).map(([name, policy]) => {
      const spans = dated.get(name)
      return [name, withDated(policy, { openings: running(spans?.openings), pauses: running(spans?.pauses) })]
    }),
  )
  const sessions = input.sessions.map((session) => {
    const variants = variantsOf(session, occurrencesBetween(session, from, to).filter((o) => o.start >= from), input.find)
    const media = [...new Set(variants.flatMap((v) => v.items.flatMap((i) => (i.media === null ? [] : [i.media]))))]
    return { id: session.id, clusters: new Set(audience(session.targets).clusters), policy: session.policy ?? null, variants, media }
  })
  const areasOf = new Map<string, string[]>()
  // a cluster that has moved is bounded by where it stands now
  for (const m of input.memberships) if (inForce(m, today)) areasOf.set(m.cluster, [...(areasOf.get(m.cluster) ?? []), m.area])
  // thousands of clusters ask for the same few files
  return { from, to, sessions, policies, areasOf, input: { ...input, fileOf: remembered(input.fileOf) }, book: areaBook(input.areas, today) }
}

function remembered<T>(ask: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>()
  return (key) => {
    const answer = known.get(key) ?? ask(key)
    known.set(key, answer)
    return answer
  }
}

/** Occurrences that sound the same become one entry: a daily session with fixed items is one, a rotation one per episode. */
function variantsOf(session: Session, occurrences: readonly Occurrence[], find: FindMedia): Omit<PlanSession, 'policy'>[] {
  const byItems = new Map<string, { items: PlanItem[]; len: number; starts: number[] }>()
  for (const occurrence of occurrences) {
    const items = layOut(session, occurrence, find).items.map(planItem)
    if (items.length === 0) continue
    const len = occurrence.end - occurrence.start
    const key = JSON.stringify([len, items])
    const known = byItems.get(key)
    if (known) known.starts.push(occurrence.start)
    else byItems.set(key, { items, len, starts: [occurrence.start] })
  }
  const stagger = session.stagger === undefined ? 0 : durationMs(session.stagger)
  return [...byItems.values()].map(({ items, len, starts }) => ({
    id: session.id,
    len,
    ...(stagger > 0 ? { stagger } : {}),
    starts: packStarts(starts),
    items,
  }))
}

const planItem = (item: LaidItem): PlanItem => ({
  at: item.at,
  len: item.len,
  media: item.media,
  ...(item.stream === undefined ? {} : { stream: item.stream }),
  resume: item.resume,
  ...(item.music ? { music: true } : {}),
  ...(item.order === 0 ? {} : { order: item.order }),
  ...(item.class === 'scheduled' ? {} : { class: item.class }),
})

const policyNameOf = (planning: Planning, cluster: string, session: string | null): string => {
  if (session !== null) return session
  for (const area of planning.areasOf.get(cluster) ?? []) {
    const name = planning.book.policyName(area)
    if (name !== undefined) return name
  }
  return DEFAULT_POLICY_NAME
}

/** What one cluster is to do, complete but for its revision (0 here). */
export function bodyFor(planning: Planning, cluster: ClusterRecord): PlanBody {
  const mine = planning.sessions.filter((s) => s.clusters.has(cluster.id))
  const areaPolicy = policyNameOf(planning, cluster.id, null)
  const sessions = mine.flatMap((s) => s.variants.map((v) => ({ ...v, policy: s.policy ?? areaPolicy })))
  // a live broadcast is bounded by the area's, also where no session names it
  const named = new Set([areaPolicy, ...sessions.map((s) => s.policy)])
  const standing = planning.input.standing?.(cluster.id)
  // what may have to sound without a server stays on the box as long as it is armed
  const kept = (standing?.orders ?? []).flatMap((order) => order.parts).flatMap(({ m }) => (m === undefined ? [] : (planning.input.fileOf(m) ?? [])))
  const pinned = new Map([...planning.input.pinned, ...kept].map((f) => [f.sha, f]))
  const wanted = new Set(mine.flatMap((s) => s.media).filter((sha) => !pinned.has(sha)))
  const files = [...wanted].sort().flatMap((sha) => planning.input.fileOf(sha) ?? [])
  return {
    v: 1,
    cluster: cluster.id,
    rev: 0,
    from: planning.from,
    to: planning.to,
    volume: cluster.volume,
    stagger: cluster.stagger,
    budget: cluster.budget,
    policies: Object.fromEntries(Object.entries(planning.policies).filter(([name]) => named.has(name))),
    sessions,
    ...(standing ? { standing } : {}),
    media: [
      ...[...pinned.values()].map(({ sha, bytes, ms }) => ({ sha, bytes, ms, pin: true })),
      ...files.map(({ sha, bytes, ms }) => ({ sha, bytes, ms })),
    ],
  }
}

/** What an occurrence that has begun was to sound on one cluster: the ground line of its evidence. */
export function plannedSlots(
  occurrence: Occurrence,
  items: readonly LaidItem[],
  cluster: { readonly id: string; readonly stagger: number; readonly planRev: number },
  staggerMs: number,
): PlannedSlot[] {
  const shift = staggerMs * cluster.stagger
  const name = `${occurrence.session}.${Math.round(occurrence.start / 1000).toString(36)}`
  return items.map((item, n) => ({
    slot: `${name}.${n}`,
    cluster: cluster.id,
    session: occurrence.session,
    occurrence: occurrence.start,
    due: wallMs(occurrence.start + item.at + shift),
    end: wallMs(occurrence.start + item.at + item.len + shift),
    item: item.name,
    media: item.media,
    stream: item.stream ?? null,
    planRev: cluster.planRev,
  }))
}

/** What a person calls a slot, from the timetable as it stands; null when the session is gone or has changed its items. */
export function titleOfSlot(slot: string, sessions: readonly Session[], find: FindMedia): string | null {
  const m = /^(.+)\.([0-9a-z]+)\.(\d+)$/.exec(slot)
  const session = sessions.find((s) => s.id === m?.[1])
  if (!m || !session) return null
  const start = wallMs(Number.parseInt(m[2] ?? '', 36) * 1000)
  const occurrence = occurrencesBetween(session, start, wallMs(start + 1)).find((o) => o.start === start)
  return (occurrence && layOut(session, occurrence, find).items[Number(m[3])]?.name) ?? null
}
