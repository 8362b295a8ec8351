import { areaBook, inForce } from '../../../shared/core/area.ts'
import { civilDayNumber } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import { audienceOf } from '../../../shared/core/languages.ts'
import { durationMs } from '../../../shared/core/durations.ts'
import { layOut, type FindMediaFor, type LaidItem } from '../../../shared/core/layout.ts'
import type { Log } from '../../../shared/core/log.ts'
import { dueOccurrences } from '../../../shared/core/recurrence.ts'
import { audienceOn } from '../../../shared/core/targets.ts'
import { plannedSlots } from '../../core/planned-slots.ts'
import type { ClusterRecord, Stores } from '../../core/stores.ts'

export interface NoteDueDeps {
  readonly stores: Pick<Stores, 'areas' | 'groups' | 'clusters' | 'sessions' | 'plans' | 'planned'>
  readonly findFor: FindMediaFor
  readonly log: Log
}

/** What began in (since, now] becomes the ground line of evidence: a day at most, by the timetable as it stands. */
export function noteDue({ stores, findFor, log }: NoteDueDeps, since: WallMs, now: WallMs): void {
  const sessions = stores.sessions.all()
  const due = dueOccurrences(sessions, since, now)
  if (due.length === 0) return
  const clusters = stores.clusters.active()
  const memberships = stores.clusters.memberships()
  const day = civilDayNumber(now)
  const areas = stores.areas.all()
  const book = areaBook(areas, day)
  const home = new Map(memberships.filter((m) => inForce(m, day)).map((m) => [m.cluster, m.area]))
  const audience = audienceOn({ areas, groups: stores.groups.all(), memberships, clusters }, day)
  for (const occurrence of due) {
    const session = sessions.find((s) => s.id === occurrence.session)
    if (!session) continue
    const staggerMs = session.stagger === undefined ? 0 : durationMs(session.stagger)
    const targets = new Set(audience(session.targets).clusters)
    // neighbours hear the same, but not in the same language
    const laid = new Map<string, readonly LaidItem[]>()
    const itemsFor = ({ id, languages }: ClusterRecord): readonly LaidItem[] => {
      const heard = audienceOf(languages, book.chain(home.get(id) ?? ''))
      const key = heard.join(' ')
      const items = laid.get(key) ?? layOut(session, occurrence, findFor(heard)).items
      laid.set(key, items)
      return items
    }
    const rows = clusters.filter((c) => targets.has(c.id)).flatMap((c) =>
      plannedSlots(occurrence, itemsFor(c), { id: c.id, stagger: c.stagger, planRev: stores.plans.current(c.id)?.rev ?? 0 }, staggerMs))
    stores.planned.insertMany(rows)
    log.info({ session: occurrence.session, clusters: targets.size, slots: rows.length }, 'session begins')
  }
}
