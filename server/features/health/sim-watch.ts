import { civilDayNumber } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { Tenure } from '../../core/cluster-line.ts'
import { nextRevision } from '../../core/revision.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { simSpan, simStanding, type DayBytes } from '../../core/sim-card.ts'
import type { SimPlan, SimStanding } from '../../core/sim-standing.ts'
import { bytesByDay } from './ring-now.ts'

export type SimDeps = Pick<ServerDeps, 'stores' | 'clock' | 'decide' | 'events' | 'access' | 'listener'>

/** Clusters that are looked at in one go: 3,000 have their turn within two minutes, and no look takes long. */
const AT_ONCE = 25

/** The SIM that a box was seen with last; null where it does not say. */
function simIn({ care }: SimDeps['stores'], box: string): string | null {
  const sims = care.whereabouts.of(box).filter(({ what }) => what === 'sim')
  return sims.sort((a, b) => b.lastAt - a.lastAt)[0]?.value ?? null
}
/** What the SIM of a place has used: a box that was replaced gave its SIM to the one that stands there now, unless that is known to have another. */
function bytesOfPlace({ stores }: Pick<ServerDeps, 'stores'>, cluster: string, span: ReturnType<typeof simSpan>, now: WallMs): DayBytes[] {
  const tenures = stores.care.succession.lines().tenures(cluster)
  const sim = tenures.length > 1 ? simIn(stores, cluster) : null
  const isSame = ({ cluster: box }: Tenure): boolean => box === cluster || sim === null || (simIn(stores, box) ?? sim) === sim
  const days = new Map<number, number>()
  for (const { cluster: box, from, until } of tenures.filter(isSame)) {
    const first = Math.max(span.from, Number.isFinite(from) ? civilDayNumber(wallMs(from)) : span.from)
    const end = Math.min(span.to, Number.isFinite(until) ? civilDayNumber(wallMs(until)) + 1 : span.to)
    if (first < end) for (const { day, bytes } of bytesByDay(stores.rings, box, { from: first, to: end }, now)) days.set(day, (days.get(day) ?? 0) + bytes)
  }
  return [...days].map(([day, bytes]) => ({ day, bytes })).sort((a, b) => a.day - b.day)
}

/** How far the data of a cluster's SIM goes, by what is known this moment. */
export function standingOf(deps: Pick<ServerDeps, 'stores'>, cluster: string, plan: SimPlan, now: WallMs): SimStanding {
  return simStanding(plan, bytesOfPlace(deps, cluster, simSpan(plan, now), now), now)
}

export interface SimWatch {
  /** The next clusters' turn. */
  look(): void
  /** This cluster's turn: its plan is another one. */
  lookAt(cluster: string): void
}

/**
 * Looks how far each SIM goes, and tells the cluster to spare it when only the reserve is left: it sounds what it has and
 * what emergencies bring. Over when the month begins anew, or when the plan gives more.
 */
export function createSimWatch(deps: SimDeps): SimWatch {
  const { stores, clock } = deps
  let turn: string[] = []

  const spare = (cluster: string, standing: SimStanding | null): void => {
    const record = stores.clusters.byId(cluster)
    const frugal = standing?.frugal ?? false
    if (!record || record.revokedAt !== null || (record.now.frugal ?? false) === frugal) return
    const rev = nextRevision(record.now.rev, stores.presence.byCluster(cluster)?.nowRev ?? 0, clock.wall())
    const { frugal: _, ...now } = record.now
    const detail = standing && { usedBytes: standing.usedBytes, leftBytes: standing.leftBytes }
    deps.decide({ actor: 'server', action: frugal ? 'sim.spare' : 'sim.free', subject: cluster, detail }, () => stores.clusters.setNow(cluster, { ...now, rev, ...(frugal ? { frugal } : {}) }))
    deps.listener.clusterChanged(cluster)
    deps.events.tell({ kind: frugal ? 'sim.spared' : 'sim.freed', at: clock.wall(), areas: deps.access.areasOfCluster(cluster), subject: cluster, detail })
  }

  const lookAt = (cluster: string): void => {
    const plan = stores.sims.plan(cluster)
    if (plan === null) return spare(cluster, null)
    const standing = standingOf(deps, cluster, plan, clock.wall())
    stores.sims.noteStanding(cluster, standing)
    spare(cluster, standing)
  }
  return {
    lookAt,
    look() {
      if (turn.length === 0) turn = [...stores.sims.all().keys()]
      turn.splice(0, AT_ONCE).forEach(lookAt)
    },
  }
}
