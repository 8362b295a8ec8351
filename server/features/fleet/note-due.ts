import { civilDayNumber } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import { durationMs } from '../../../shared/core/durations.ts'
import { layOut, type FindMedia } from '../../../shared/core/layout.ts'
import type { Log } from '../../../shared/core/log.ts'
import { dueOccurrences } from '../../../shared/core/recurrence.ts'
import { audienceOn } from '../../../shared/core/targets.ts'
import { plannedSlots } from '../../core/plan.ts'
import type { Stores } from '../../core/stores.ts'

export interface NoteDueDeps {
  readonly stores: Pick<Stores, 'areas' | 'groups' | 'clusters' | 'sessions' | 'plans' | 'planned'>
  readonly find: FindMedia
  readonly log: Log
}

/** What began in (since, now] becomes the ground line of evidence: a day at most, by the timetable as it stands. */
export function noteDue({ stores, find, log }: NoteDueDeps, since: WallMs, now: WallMs): void {
  const sessions = stores.sessions.all()
  const due = dueOccurrences(sessions, since, now)
  if (due.length === 0) return
  const clusters = stores.clusters.active()
  const audience = audienceOn({ areas: stores.areas.all(), groups: stores.groups.all(), memberships: stores.clusters.memberships(), clusters }, civilDayNumber(now))
  for (const occurrence of due) {
    const session = sessions.find((s) => s.id === occurrence.session)
    if (!session) continue
    const { items } = layOut(session, occurrence, find)
    const staggerMs = session.stagger === undefined ? 0 : durationMs(session.stagger)
    const targets = new Set(audience(session.targets).clusters)
    const rows = clusters.filter((c) => targets.has(c.id)).flatMap((c) =>
      plannedSlots(occurrence, items, { id: c.id, stagger: c.stagger, planRev: stores.plans.current(c.id)?.rev ?? 0 }, staggerMs))
    stores.planned.insertMany(rows)
    log.info({ session: occurrence.session, clusters: targets.size, items: items.length }, 'session begins')
  }
}
