import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { DAY_MS } from '../../../shared/core/civil.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import { topicOf, type TopicName } from '../../../shared/protocol/topics.ts'
import { utf8 } from '../../../shared/protocol/wire.ts'
import { RENEW_BELOW_MS } from '../../core/plan.ts'
import type { ServerLink } from '../../core/ports.ts'
import { nextRevision } from '../../core/revision.ts'
import type { ClusterRecord, Stores } from '../../core/stores.ts'
import { nextStart } from '../../../shared/core/recurrence.ts'
import { createNowOrders } from './now-orders.ts'
import { noteDue } from './note-due.ts'
import { createPlanner, type PlannerDeps } from './planner.ts'

export interface ConductorDeps extends Omit<PlannerDeps, 'issued' | 'looked' | 'stores'> {
  readonly link: ServerLink
  readonly signing: SigningKey
  readonly stores: PlannerDeps['stores'] & Pick<Stores, 'planned' | 'meta'>
}

export interface Conductor {
  /** Sessions, policies, areas, groups or programmes changed; `only` where nothing but some sessions did. */
  timetableChanged(only?: { readonly sessions: readonly string[] }): void
  clusterChanged(cluster: string): void
  /** An agent said which revisions it holds: it is sent what is newer. */
  heldBy(cluster: string, revs: { plan: number; now: number }): void
  /** Once a second, by the wall clock that may step. */
  heartbeat(): void
  lastHeartbeat(): WallMs | null
  stop(): void
}

const SEEN_KEY = 'heartbeat'
const UNSENT_RETRY_MS = 10_000
/** A whole province has heard its heads again within a minute, and the thread is free again after some 10 ms. */
const RESENT_AT_ONCE = 500
/** A clock that is set back by less is waited for; by more, it was wrong before and what it saw does not count. */
const SET_BACK_MS = 60_000
/** Occurrences that began while the server was away are noted for as long as clusters go on without it. */
const CATCH_UP_DAYS = 10

/** A stop that was dated by a clock that was ahead would silence a cluster until that date. */
function liftFutureStops({ clusters }: Pick<Stores, 'clusters'>, now: WallMs): void {
  for (const { id, now: said } of clusters.active())
    if (said.stop !== null && said.stop > now) clusters.setNow(id, { ...said, stop: null, rev: nextRevision(said.rev, 0, now) })
}

/** The last word to a cluster that is ours no longer: silent for good, whatever plan it still holds. */
const silentFrom = ({ now: said }: ClusterRecord, now: WallMs): ClusterRecord['now'] => ({ rev: nextRevision(said.rev, 0, now), volume: null, mute: true, stop: now })

/** Until when the server before this one has told what was due. */
function seenBefore(meta: Stores['meta'], now: WallMs): WallMs {
  const stored = meta.get(SEEN_KEY)
  return wallMs(stored === null ? now - 1_000 : Number(stored))
}

/** Plan → signed head and body per cluster; what is due becomes the ground line of evidence. */
export function createConductor(deps: ConductorDeps): Conductor {
  const { clock, crypto, link, log, stores } = deps
  const unsent = new Set<string>()
  let beaten: WallMs | null = null
  let [retriedAt, wasConnected] = [Number.NEGATIVE_INFINITY, false]
  /** Nothing begins before: the timetable is not expanded anew every second. */
  let quietUntil = wallMs(0)

  const publish = (cluster: string, name: TopicName, order: string): void => {
    link.publish(topicOf(name, cluster), utf8(order), { qos: 1, retain: true }).catch((error: unknown) => {
      unsent.add(cluster)
      log.warn({ cluster, name, error: String(error) }, 'not sent, it is sent again')
    })
  }

  const immediate = createNowOrders({
    clock, crypto, clusters: stores.clusters,
    get signing() { return deps.signing },
    publish: (cluster, order) => publish(cluster, 'now', order),
  })

  const planner = createPlanner({
    ...deps,
    get signing() { return deps.signing },
    issued: (plan) => publish(plan.cluster, 'plan', plan.order),
    looked: (cluster) => immediate.say(cluster),
  })

  const silence = (cluster: ClusterRecord): void => {
    const now = silentFrom(cluster, clock.wall())
    stores.clusters.setNow(cluster.id, now)
    immediate.say({ ...cluster, now })
  }

  const resendUnsent = (): void => {
    if (unsent.size === 0 || !link.connected() || clock.mono() - retriedAt < UNSENT_RETRY_MS) return
    retriedAt = clock.mono()
    for (const id of [...unsent].slice(0, RESENT_AT_ONCE)) {
      unsent.delete(id)
      const [plan, cluster] = [planner.inForce(id), stores.clusters.byId(id)]
      if (!cluster || cluster.revokedAt !== null) continue
      if (plan) publish(id, 'plan', plan.order)
      immediate.unsaid(id)
      immediate.say(cluster)
    }
  }

  const renew = (now: WallMs): void => {
    const ending = planner.allInForce().filter((p) => p.horizon - now < RENEW_BELOW_MS)
    if (ending.length > 0) planner.clusters(ending.map((p) => p.cluster))
  }

  const replanAll = (): void => {
    quietUntil = wallMs(0)
    planner.all()
  }

  return {
    timetableChanged: (only) => {
      if (!only) return replanAll()
      quietUntil = wallMs(0)
      planner.sessions(only.sessions)
    },
    clusterChanged: (cluster) => {
      const record = stores.clusters.byId(cluster)
      if (record?.revokedAt) return silence(record)
      immediate.hurry(cluster)
      planner.clusters([cluster])
    },
    heldBy: (id, revs) => {
      const cluster = stores.clusters.byId(id)
      if (!cluster || cluster.revokedAt !== null) return
      planner.held(id, revs.plan)
      const plan = planner.inForce(id)
      if (!plan || revs.plan > plan.rev) return planner.afresh(id)
      if (revs.plan < plan.rev) publish(id, 'plan', plan.order)
      // after a restore the cluster may hold a newer word than we know: only a still newer one brings it back to ours
      if (revs.now > cluster.now.rev) stores.clusters.setNow(id, { ...cluster.now, rev: nextRevision(cluster.now.rev, revs.now, clock.wall()) })
      if (revs.now !== cluster.now.rev) {
        immediate.unsaid(id)
        immediate.say(stores.clusters.byId(id) ?? cluster)
      }
    },
    heartbeat: () => {
      const now = clock.wall()
      const seen = beaten ?? seenBefore(stores.meta, now)
      const wasAhead = seen - now > SET_BACK_MS
      if (wasAhead) {
        log.warn({ seen, now }, 'the clock was ahead and has been set right: everything is planned again')
        liftFutureStops(stores, now)
        replanAll()
      }
      // a clock that was set back a little: wait until it has passed what was seen, so that no session begins twice
      if (now <= seen && !wasAhead) return
      const since = wallMs(wasAhead ? now - 1_000 : Math.max(seen, now - CATCH_UP_DAYS * DAY_MS))
      // day by day: what is due is told for one day at most
      if (now >= quietUntil) {
        for (let from = since; from < now; from = wallMs(from + DAY_MS)) noteDue(deps, from, wallMs(Math.min(from + DAY_MS, now)))
        quietUntil = nextStart(stores.sessions.all(), now)
      }
      if (beaten === null || Math.floor(now / 60_000) !== Math.floor(beaten / 60_000)) {
        stores.meta.set(SEEN_KEY, String(now))
        renew(now)
      }
      beaten = now
      // an external broker outlives us: what agents said meanwhile is lost, and what it retains may be old or another's.
      // Who hears again what it holds answers with its state.
      const isConnected = link.connected()
      if (isConnected && !wasConnected) for (const { cluster } of planner.allInForce()) unsent.add(cluster)
      wasConnected = isConnected
      resendUnsent()
    },
    lastHeartbeat: () => beaten,
    stop: () => {
      planner.stop()
      immediate.stop()
      if (beaten !== null) stores.meta.set(SEEN_KEY, String(beaten))
    },
  }
}
