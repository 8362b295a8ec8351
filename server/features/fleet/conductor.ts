import { wallMs, type Cancel, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import type { Crypto, Deflate } from '../../../shared/core/crypto.ts'
import type { FindMedia } from '../../../shared/core/layout.ts'
import type { Log } from '../../../shared/core/log.ts'
import { DAY_MS } from '../../../shared/core/civil.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import { isSignedUnder } from '../../../shared/protocol/orders.ts'
import { topicOf, type TopicName } from '../../../shared/protocol/topics.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import { bodyFor, planTimetable, RENEW_BELOW_MS, type MediaFile, type PlanInput, type Planning } from '../../core/plan.ts'
import type { BodyStore, ServerLink } from '../../core/ports.ts'
import { nextRevision } from '../../core/revision.ts'
import type { ClusterRecord, PlanRecord, Stores } from '../../core/stores.ts'
import { nextStart } from '../../../shared/core/recurrence.ts'
import { createNowOrders } from './now-orders.ts'
import { noteDue } from './note-due.ts'
import { makePlan } from './make-plan.ts'

export interface ConductorDeps {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly deflate: Deflate
  readonly signing: SigningKey
  readonly link: ServerLink
  readonly stores: Pick<Stores, 'areas' | 'groups' | 'policies' | 'clusters' | 'sessions' | 'plans' | 'planned' | 'meta'>
  readonly bodies: BodyStore
  readonly find: FindMedia
  readonly fileOf: (sha: string) => MediaFile | null
  readonly pinned: () => readonly MediaFile[]
  /** Orders that are armed, asked anew for every planning; absent = none. */
  readonly standing?: () => NonNullable<PlanInput['standing']>
  readonly log: Log
}

export interface Conductor {
  /** Sessions, policies, areas, groups or programmes changed. */
  timetableChanged(): void
  clusterChanged(cluster: string): void
  /** An agent said which revisions it holds: it is sent what is newer. */
  heldBy(cluster: string, revs: { plan: number; now: number }): void
  /** Once a second, by the wall clock that may step. */
  heartbeat(): void
  lastHeartbeat(): WallMs | null
  stop(): void
}

/** Changes that come together are planned together. */
const GATHER_MS = 100
/** Clusters planned in one go: the thread that serves everybody is free again after some 20 ms. */
const CLUSTERS_AT_ONCE = 25
const SEEN_KEY = 'heartbeat'
const UNSENT_RETRY_MS = 10_000
/** A whole province has heard its heads again within a minute, and the thread is free again after some 10 ms. */
const RESENT_AT_ONCE = 500
const UNPLANNED_RETRY_MS = 10_000
/** A clock that is set back by less is waited for; by more, it was wrong before and what it saw does not count. */
const SET_BACK_MS = 60_000
/** Occurrences that began while the server was away are noted for as long as clusters go on without it. */
const CATCH_UP_DAYS = 10

const inputOf = ({ clock, stores, find, fileOf, pinned, standing }: ConductorDeps): PlanInput => ({
  now: clock.wall(),
  sessions: stores.sessions.all(),
  policies: stores.policies.all(),
  areas: stores.areas.all(),
  groups: stores.groups.all(),
  memberships: stores.clusters.memberships(),
  clusters: stores.clusters.active(),
  find,
  fileOf,
  pinned: pinned(),
  ...(standing ? { standing: standing() } : {}),
})

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
  const queue = new Set<string>()
  const unsent = new Set<string>()
  const heldRev = new Map<string, number>()
  let gather: Cancel | null = null
  let planning: Planning | null = null
  let beaten: WallMs | null = null
  let [retriedAt, wasConnected] = [Number.NEGATIVE_INFINITY, false]
  /** Nothing begins before: the timetable is not expanded anew every second. */
  let quietUntil = wallMs(0)
  let stopped = false
  let atOnce = CLUSTERS_AT_ONCE

  const publish = (cluster: string, name: TopicName, order: string): void => {
    link.publish(topicOf(name, cluster), utf8(order), { qos: 1, retain: true }).catch((error: unknown) => {
      unsent.add(cluster)
      log.warn({ cluster, name, error: String(error) }, 'not sent, it is sent again')
    })
  }

  const planOne = (cluster: ClusterRecord, current: Planning): PlanRecord | null => {
    const body = bodyFor(current, cluster)
    const bodyHash = toBase64Url(crypto.sha256(utf8(JSON.stringify(body))))
    const inForce = stores.plans.current(cluster.id)
    // a power cut may have taken a body whose head was kept
    const stands = inForce?.bodyHash === bodyHash && deps.bodies.read(inForce.sha) !== null && isSignedUnder(inForce.order, deps.signing)
    if (stands) return null
    const now = clock.wall()
    const rev = nextRevision(inForce?.rev ?? 0, heldRev.get(cluster.id) ?? 0, now)
    return makePlan(deps, { ...body, rev }, { bodyHash, now })
  }

  const immediate = createNowOrders({
    clock, crypto, clusters: stores.clusters,
    get signing() { return deps.signing },
    publish: (cluster, order) => publish(cluster, 'now', order),
  })

  const silence = (cluster: ClusterRecord): void => {
    const now = silentFrom(cluster, clock.wall())
    stores.clusters.setNow(cluster.id, now)
    immediate.say({ ...cluster, now })
  }

  const work = (): void => {
    gather = null
    if (stopped || queue.size === 0) return
    planning ??= planTimetable(inputOf(deps))
    const current = planning
    const issued: PlanRecord[] = []
    for (const id of [...queue].slice(0, atOnce)) {
      queue.delete(id)
      const cluster = stores.clusters.byId(id)
      if (!cluster || cluster.revokedAt !== null) continue
      const plan = planOne(cluster, current)
      if (plan) issued.push(plan)
      immediate.say(cluster)
    }
    // one commit for all of them: each alone would wait for the disk
    if (issued.length > 0) stores.plans.saveMany(issued)
    for (const plan of issued) publish(plan.cluster, 'plan', plan.order)
    if (queue.size > 0) gather = clock.after(0, tryWork)
    else {
      atOnce = CLUSTERS_AT_ONCE
      planning = null
      deps.bodies.keepOnly(new Set(stores.plans.allCurrent().map((p) => p.sha)))
    }
  }

  const enqueue = (ids: Iterable<string>): void => {
    for (const id of ids) queue.add(id)
    gather ??= clock.after(GATHER_MS, tryWork)
  }

  /** A full disk must not end the server of all: what could not be planned goes to the end, alone, and is tried again. */
  function tryWork(): void {
    const batch = [...queue].slice(0, atOnce)
    try {
      work()
    } catch (error) {
      log.error({ clusters: batch.length, error: String(error) }, 'plans could not be made, they are tried again')
      planning = null
      atOnce = 1
      for (const id of batch) {
        queue.delete(id)
        queue.add(id)
      }
      gather = clock.after(UNPLANNED_RETRY_MS, tryWork)
    }
  }

  const resendUnsent = (): void => {
    if (unsent.size === 0 || !link.connected() || clock.mono() - retriedAt < UNSENT_RETRY_MS) return
    retriedAt = clock.mono()
    for (const id of [...unsent].slice(0, RESENT_AT_ONCE)) {
      unsent.delete(id)
      const [plan, cluster] = [stores.plans.current(id), stores.clusters.byId(id)]
      if (!cluster || cluster.revokedAt !== null) continue
      if (plan) publish(id, 'plan', plan.order)
      immediate.unsaid(id)
      immediate.say(cluster)
    }
  }

  const renew = (now: WallMs): void => enqueue(stores.plans.allCurrent().filter((p) => p.horizon - now < RENEW_BELOW_MS).map((p) => p.cluster))

  const replanAll = (): void => {
    planning = null
    quietUntil = wallMs(0)
    enqueue(stores.clusters.active().map((c) => c.id))
  }

  return {
    timetableChanged: replanAll,
    clusterChanged: (cluster) => {
      const record = stores.clusters.byId(cluster)
      if (record?.revokedAt) return silence(record)
      immediate.hurry(cluster)
      planning = null
      enqueue([cluster])
    },
    heldBy: (id, revs) => {
      const cluster = stores.clusters.byId(id)
      if (!cluster || cluster.revokedAt !== null) return
      heldRev.set(id, revs.plan)
      const plan = stores.plans.current(id)
      if (!plan || revs.plan > plan.rev) return enqueueAfresh(id)
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
      if (isConnected && !wasConnected) for (const { cluster } of stores.plans.allCurrent()) unsent.add(cluster)
      wasConnected = isConnected
      resendUnsent()
    },
    lastHeartbeat: () => beaten,
    stop: () => {
      stopped = true
      gather?.()
      immediate.stop()
      if (beaten !== null) stores.meta.set(SEEN_KEY, String(beaten))
    },
  }

  /** The agent holds a newer plan than we know, after a restore: only a still newer one will be taken. */
  function enqueueAfresh(id: string): void {
    const plan = stores.plans.current(id)
    if (plan) stores.plans.save({ ...plan, rev: plan.rev, bodyHash: '' })
    enqueue([id])
  }
}
