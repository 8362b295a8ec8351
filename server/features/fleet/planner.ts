import { areasOf } from '../../../shared/core/area.ts'
import { civilDayNumber } from '../../../shared/core/civil.ts'
import { sinceMs, type Cancel, type Clock, type MonoMs } from '../../../shared/core/clock.ts'
import type { FindMediaFor } from '../../../shared/core/layout.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import { isSignedUnder } from '../../../shared/protocol/orders.ts'
import { planFor, planTimetable, withSessions, type MediaFile, type OwnOfCluster, type PlanInput, type Planning } from '../../core/plan.ts'
import { nextRevision } from '../../core/revision.ts'
import type { ClusterRecord, PlanRecord, Stores } from '../../core/stores.ts'
import { makeBody, signPlan, type MadeBody, type MakePlanDeps } from './make-plan.ts'

export interface PlannerDeps extends MakePlanDeps {
  readonly clock: Clock
  readonly signing: SigningKey
  readonly stores: Pick<Stores, 'areas' | 'groups' | 'policies' | 'clusters' | 'sessions' | 'plans'>
  readonly findFor: FindMediaFor
  readonly fileOf: (sha: string) => MediaFile | null
  readonly pinned: () => readonly MediaFile[]
  /** What differs from cluster to cluster, asked anew at every change; absent = nothing. */
  readonly own?: () => OwnOfCluster
  /** A new plan is on the disk and goes out. */
  readonly issued: (plan: PlanRecord) => void
  /** A cluster was looked at, whether or not it got a new plan. */
  readonly looked: (cluster: ClusterRecord) => void
}

/** Plans what changed, in slices that leave the thread to others, and keeps in mind what is in force. */
export interface Planner {
  /** Anything may have changed. */
  all(): void
  /** Nothing but these sessions: only clusters that had or have them are planned. */
  sessions(ids: readonly string[]): void
  /** Settings, area, or what else is its own. */
  clusters(ids: Iterable<string>): void
  /** The agent holds this revision, which we do not know: only a newer one will be taken. */
  afresh(cluster: string): void
  /** The newest revision that the agent said it holds. */
  held(cluster: string, rev: number): void
  inForce(cluster: string): PlanRecord | null
  allInForce(): readonly PlanRecord[]
  stop(): void
}

/** Changes that come together are planned together; the first after a rest goes at once. */
const GATHER_MS = 100
/** The thread that serves everybody is free again after this, and after so many clusters: they share one commit. */
const SLICE_MS = 10
const CLUSTERS_AT_ONCE = 200
const UNPLANNED_RETRY_MS = 10_000

const inputOf = ({ clock, stores, findFor, fileOf, pinned, own }: PlannerDeps): PlanInput => ({
  now: clock.wall(),
  sessions: stores.sessions.all(),
  policies: stores.policies.all(),
  areas: stores.areas.all(),
  groups: stores.groups.all(),
  memberships: stores.clusters.memberships(),
  clusters: stores.clusters.active(),
  findFor,
  fileOf,
  pinned: pinned(),
  ...own?.(),
})

export function createPlanner(deps: PlannerDeps): Planner {
  const { clock, stores, log } = deps
  const queue = new Set<string>()
  const heldRev = new Map<string, number>()
  const newer = new Set<string>()
  const plans = new Map<string, PlanRecord>(stores.plans.allCurrent().map((plan) => [plan.cluster, plan]))
  /** Bodies made under `planning`, by what clusters have in common. null = the cluster keeps what it has. */
  const made = new Map<string, MadeBody | null>()
  let planning: Planning | null = null
  let gather: Cancel | null = null
  let plannedAt: MonoMs | null = null
  let atOnce = CLUSTERS_AT_ONCE
  let stopped = false

  const under = (next: Planning | null): void => {
    planning = next
    made.clear()
  }
  const current = (): Planning => {
    if (planning?.day !== civilDayNumber(clock.wall())) under(planTimetable(inputOf(deps)))
    return planning as Planning
  }

  const bodyFor = (cluster: ClusterRecord): MadeBody | null => {
    const { key, body } = planFor(current(), cluster)
    const known = made.get(key)
    if (known !== undefined) return known
    const fresh = makeBody(deps, body(), cluster.id)
    made.set(key, fresh)
    return fresh
  }

  const planOne = (cluster: ClusterRecord): PlanRecord | null => {
    const body = bodyFor(cluster)
    if (!body) return null
    const inForce = plans.get(cluster.id)
    // a power cut may have taken a body whose head was kept
    const stands = inForce?.sha === body.sha && !newer.has(cluster.id) && deps.bodies.read(body.sha) !== null && isSignedUnder(inForce.order, deps.signing)
    if (stands) return null
    const now = clock.wall()
    return signPlan(deps, body, { cluster: cluster.id, rev: nextRevision(inForce?.rev ?? 0, heldRev.get(cluster.id) ?? 0, now), now })
  }

  const work = (taken: string[]): void => {
    const issued: PlanRecord[] = []
    const began = clock.mono()
    for (const id of queue) {
      if (taken.length >= atOnce || sinceMs(began, clock.mono()) > SLICE_MS) break
      queue.delete(id)
      taken.push(id)
      const cluster = stores.clusters.byId(id)
      if (!cluster || cluster.revokedAt !== null) continue
      const plan = planOne(cluster)
      if (plan) issued.push(plan)
      deps.looked(cluster)
    }
    // one commit for all of them: each alone would wait for the disk
    if (issued.length > 0) stores.plans.saveMany(issued)
    for (const plan of issued) {
      plans.set(plan.cluster, plan)
      newer.delete(plan.cluster)
      deps.issued(plan)
    }
  }

  /** A full disk must not end the server of all: what could not be planned goes to the end, alone, and is tried again. */
  function tryWork(): void {
    gather = null
    if (stopped || queue.size === 0) return
    const taken: string[] = []
    try {
      work(taken)
    } catch (error) {
      log.error({ clusters: taken.length, error: String(error) }, 'plans could not be made, they are tried again')
      under(null)
      atOnce = 1
      for (const id of taken) queue.add(id)
      gather = clock.after(UNPLANNED_RETRY_MS, tryWork)
      return
    }
    if (queue.size > 0) {
      gather = clock.after(0, tryWork)
      return
    }
    atOnce = CLUSTERS_AT_ONCE
    plannedAt = clock.mono()
    deps.bodies.keepOnly(new Set([...plans.values()].map(({ sha }) => sha)))
  }

  const enqueue = (ids: Iterable<string>): void => {
    for (const id of ids) queue.add(id)
    const rested = plannedAt === null ? GATHER_MS : sinceMs(plannedAt, clock.mono())
    gather ??= clock.after(Math.max(0, GATHER_MS - rested), tryWork)
  }

  const all = (): void => {
    under(null)
    enqueue(stores.clusters.active().map(({ id }) => id))
  }

  /** A cluster that moved, or is new, changes who hears what; any other one leaves the timetable as it is laid out. */
  const staysWhere = (id: string, { areasOf: known, day }: Planning): boolean =>
    JSON.stringify(known.get(id)) === JSON.stringify(areasOf(id, stores.clusters.membershipsOf(id), day))

  return {
    all,
    sessions: (ids) => {
      if (!planning) return all()
      const next = withSessions(planning, ids.map((id) => ({ id, session: stores.sessions.byId(id) })))
      under(next.planning)
      enqueue(next.concerned)
    },
    clusters: (ids) => {
      const changed = [...ids]
      const before = planning
      if (before) under(changed.every((id) => staysWhere(id, before)) ? { ...before, input: { ...before.input, ...deps.own?.() } } : null)
      enqueue(changed)
    },
    afresh: (id) => {
      newer.add(id)
      enqueue([id])
    },
    held: (id, rev) => void heldRev.set(id, rev),
    inForce: (id) => plans.get(id) ?? null,
    allInForce: () => [...plans.values()],
    stop: () => {
      stopped = true
      gather?.()
    },
  }
}

