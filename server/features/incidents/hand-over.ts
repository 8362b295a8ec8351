import { inForce } from '../../../shared/core/area.ts'
import { civilDate, civilDayNumber } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import type { ClusterRecord, Stores } from '../../core/stores.ts'

/** Two boxes and the instant at which one takes the place of the other. */
interface Turn {
  readonly old: ClusterRecord
  readonly next: ClusterRecord
  readonly now: WallMs
}

/** The same session where it names the old box by its identity: by its name the new one is meant already. */
function renamed(session: Session, { old, next }: Turn): Session {
  const { targets } = session
  if (targets === 'all' || targets.clusters?.includes(old.id) !== true) return session
  return { ...session, targets: { ...targets, clusters: [...new Set(targets.clusters.map((word) => (word === old.id ? next.id : word)))] } }
}

/** What is to sound on this pole, in force and in drafts. */
function timetable({ sessions, desk }: Stores, turn: Turn): void {
  for (const session of sessions.all()) {
    const after = renamed(session, turn)
    if (after !== session) sessions.put(after, turn.now)
  }
  for (const { id } of desk.drafts.open()) {
    const touched = desk.drafts.changes(id).flatMap((change) => {
      const [doc, base] = [change.doc && renamed(change.doc, turn), change.base && renamed(change.base, turn)]
      return doc === change.doc && base === change.base ? [] : [{ ...change, doc, base }]
    })
    for (const change of touched) desk.drafts.putChange(id, change)
    if (touched.length > 0) desk.drafts.touch(id, turn.now)
  }
}

/** Pauses of this pole, openings, and visits of technicians that were announced; and what its SIM gives, which is moved over. */
function dated({ spans, quietTimes, sims }: Stores, { old, next, now }: Turn): void {
  spans.handOver(old.id, next.id, now)
  quietTimes.handOver(old.id, next.id, now)
  const sim = sims.plan(old.id)
  if (sim && sims.plan(next.id) === null) sims.put(next.id, sim)
  sims.remove(old.id)
}

/**
 * The new box takes the old one's place: name, position, area, groups, volume, stagger, languages, SIM plan, caretaker, code on the
 * pole and checks, and whatever names the pole: sessions, drafts, pauses, maintenance. The old identity is shut out for good, and its
 * history stays under it, linked. Inside a transaction.
 */
export function handOver(stores: Stores, turn: Turn): void {
  const { clusters, groups, care } = stores
  const { old, next, now } = turn
  const day = civilDayNumber(now)
  const area = clusters.membershipsOf(old.id).find((membership) => inForce(membership, day))?.area
  // the name becomes free by the revocation
  clusters.revoke(old.id, now)
  const { name, volume, stagger, budget, languages, lat, lon } = old
  clusters.update(next.id, { name, volume, stagger, budget, languages, lat, lon })
  if (area !== undefined) clusters.join(next.id, area, civilDate(now))
  for (const group of groups.all()) {
    if (group.clusters.includes(old.id)) groups.put({ ...group, clusters: [...new Set(group.clusters.map((word) => (word === old.id ? next.id : word)))] })
  }
  const caretaker = care.caretakers.of(old.id)
  if (caretaker) {
    care.caretakers.put({ ...caretaker, cluster: next.id })
    care.caretakers.remove(old.id)
  }
  care.poleCodes.handOver(old.id, next.id)
  care.checks.handOver(old.id, next.id)
  timetable(stores, turn)
  dated(stores, turn)
  care.succession.insert({ cluster: next.id, predecessor: old.id, at: now })
}
