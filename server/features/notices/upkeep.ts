import { civilDayNumber, dayNumberOf } from '../../../shared/core/civil.ts'
import { every, type Cancel } from '../../../shared/core/clock.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

type UpkeepDeps = Pick<ServerDeps, 'stores' | 'clock' | 'decide' | 'listener' | 'log'>

const HOUR_MS = 3_600_000
/** Sessions that notices and bulletins make for themselves are called so, and nothing else is. */
const MADE = /^(tb|bt)-[0-9a-f]{12}-[0-9a-f]{4}(-\d+)?$/
/** Complaints of a week are looked into, and plans reach back to yesterday. */
const KEPT_DAYS = 8

const lastDayOf = ({ days }: Session): number | null => (typeof days === 'object' && typeof days.once === 'string' ? dayNumberOf(days.once) : null)

/**
 * Takes sessions out of the timetable that were made for one notice or bulletin and are long over: a commune with a notice a day,
 * and a province whose every bulletin makes one for each commune, would fill it up. What sounded of them stays in evidence and
 * reports. Answers how many.
 */
export function forgetOver({ stores, clock, decide, listener }: UpkeepDeps): number {
  const first = civilDayNumber(clock.wall()) - KEPT_DAYS
  const over = stores.sessions.all().flatMap((session) => {
    const last = MADE.test(session.id) ? lastDayOf(session) : null
    return last !== null && last < first ? [session.id] : []
  })
  if (over.length === 0) return 0
  decide({ actor: 'server', action: 'notice.forget', subject: '', detail: over }, () => over.forEach((id) => stores.sessions.remove(id)))
  listener.timetableChanged({ sessions: over })
  return over.length
}

/** Once an hour, until cancelled. */
export function startNotices(deps: UpkeepDeps): Cancel {
  return every(deps.clock, HOUR_MS, () => {
    try {
      forgetOver(deps)
    } catch (error) {
      deps.log.error({ error: String(error) }, 'sessions of notices that are over were not forgotten')
    }
  })
}
