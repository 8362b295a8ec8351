import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { occurrencesBetween, type Occurrence } from '../../../shared/core/recurrence.ts'
import type { Slot } from '../../../shared/core/slot.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import { readinessOf, type LackingFile, type ReadyFacts, type SessionReadiness } from '../../core/readiness.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord } from '../../core/stores.ts'

export type ReadinessDeps = Pick<ServerDeps, 'stores' | 'access' | 'slotsFor'>

/** Sessions that begin within this are asked after. */
const AHEAD_MS = 24 * 3_600_000
/** A day of a province has some 300; a screen shows the next ones. */
export const MOST_SESSIONS = 20

/**
 * How the next sessions stand: those that begin within a day from `at`, soonest first, of the clusters that `shown` lets
 * through. Sessions that no such cluster hears are left out.
 */
export function readinessAt(deps: ReadinessDeps, at: WallMs, shown: (cluster: string) => boolean, most = MOST_SESSIONS): SessionReadiness[] {
  const { sessions, clusters } = deps.stores
  const upcoming = sessions.all().flatMap((session) => occurrencesBetween(session, at, wallMs(at + AHEAD_MS)).filter(({ start }) => start >= at).map((occurrence) => ({ session, occurrence })))
  upcoming.sort((a, b) => a.occurrence.start - b.occurrence.start)
  const active = new Map(clusters.active().map((cluster) => [cluster.id, cluster]))
  const found: SessionReadiness[] = []
  const revs = new Map<string, number | null>()
  const revOf = (id: string): number | null => {
    const rev = revs.get(id) ?? deps.stores.plans.current(id)?.rev ?? null
    revs.set(id, rev)
    return rev
  }
  for (const { session, occurrence } of upcoming) {
    if (found.length >= most) break
    const heard = deps.access.audience(session.targets).clusters.filter(shown).flatMap((id) => active.get(id) ?? [])
    if (heard.length === 0) continue
    found.push(readinessOf({ session: session.id, name: session.name, start: occurrence.start, end: occurrence.end }, heard.map((cluster) => ({ ...factsOf(deps, cluster, session, occurrence), planRev: revOf(cluster.id) }))))
  }
  return found
}

function factsOf(deps: ReadinessDeps, cluster: ClusterRecord, session: Session, occurrence: Occurrence): Omit<ReadyFacts, 'planRev'> {
  const { stores } = deps
  return {
    cluster: cluster.id,
    name: cluster.name,
    presence: stores.presence.byCluster(cluster.id),
    telemetry: stores.telemetry.latest(cluster.id),
    muted: cluster.now.mute,
    sim: stores.sims.standing(cluster.id),
    lacking: lackingOf(deps, cluster, occurrence),
    relays: session.items.some((item) => 'relay' in item),
  }
}

/** Plans are read only for clusters that have said that they lack something. */
function lackingOf({ stores, slotsFor }: ReadinessDeps, cluster: ClusterRecord, occurrence: Occurrence): LackingFile[] {
  const missing = new Set(stores.lately.missing(cluster.id))
  if (missing.size === 0) return []
  const planned = slotsFor(cluster.id, occurrence.start)
  if (!planned) return []
  return planned.slots.filter((slot) => slot.sessionStart === occurrence.start && slot.session.startsWith(occurrence.session)).flatMap((slot) => {
    const media = mediaOf(slot)
    return media !== null && missing.has(media) ? [{ title: planned.titleOf(slot.id) ?? slot.id, due: slot.start, substitute: slot.source.kind === 'stream' }] : []
  })
}

const mediaOf = ({ source }: Slot): string | null => (source.kind === 'file' ? source.media : source.kind === 'stream' ? source.substitute : null)
