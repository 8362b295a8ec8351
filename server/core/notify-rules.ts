import { CIVIL_OFFSET_MS, DAY_MS, MINUTE_MS, msOfDay, startOfDayNumber, civilDayNumber } from '../../shared/core/civil.ts'
import { wallMs, type Random, type WallMs } from '../../shared/core/clock.ts'
import { severityRank, type Severity } from './incident-kinds.ts'
import type { Notice, NotifyProfile, Pending } from './notify-store.ts'

/** What one cause brings down comes within a beat of each other: that long an incident's news waits for its company. */
export const HOLD_MS = 45_000
/** Nobody wants more in an hour; what is more waits for the next. */
export const MOST_PER_HOUR = 12
/** Two days of tries, the last ones half an hour apart, are enough. */
export const MOST_TRIES = 12
const FIRST_RETRY_MS = 15_000
const LONGEST_RETRY_MS = 30 * MINUTE_MS
/** Lines of a message that bundles many. */
const MOST_LINES = 6

const HOURS: Pick<NotifyProfile, 'fromMinute' | 'toMinute'> = { fromMinute: 5 * 60, toMinute: 21 * 60 }
/** Of somebody who has not said anything yet: faults at once, the rest by day. */
export const defaultProfile = (actor: string): NotifyProfile => ({ actor, channels: [], severity: 'warning', ...HOURS, faultsAtNight: true, digestMinutes: 0, onDuty: false })

const isAwake = ({ fromMinute, toMinute }: Pick<NotifyProfile, 'fromMinute' | 'toMinute'>, now: WallMs): boolean => {
  const minute = Math.floor(msOfDay(now) / MINUTE_MS)
  if (fromMinute === toMinute) return true
  return fromMinute < toMinute ? minute >= fromMinute && minute < toMinute : minute >= fromMinute || minute < toMinute
}

/** The next instant at which somebody's hours begin. */
function nextAwake({ fromMinute }: Pick<NotifyProfile, 'fromMinute'>, now: WallMs): WallMs {
  const today = wallMs(startOfDayNumber(civilDayNumber(now)) + fromMinute * MINUTE_MS)
  return today > now ? today : wallMs(today + DAY_MS)
}

export const wants = (profile: NotifyProfile, severity: Severity): boolean => severityRank(severity) >= severityRank(profile.severity)

/** When somebody is to be told: at once what is urgent, faults also at night, the rest in their hours and bundled as they like. */
export function dueFor(profile: NotifyProfile, severity: Severity, now: WallMs): WallMs {
  if (severity === 'urgent') return now
  const loud = severityRank(severity) >= severityRank('fault') && profile.faultsAtNight
  if (!loud && !isAwake(profile, now)) return nextAwake(profile, now)
  return wallMs(now + Math.max(HOLD_MS, profile.digestMinutes * MINUTE_MS))
}

/** Everything that waits for one person, as one message: the worst first, at most six by name. */
export function bundle(waiting: readonly Pending[]): Omit<Notice, 'subject'> | null {
  const notices = waiting.map(({ notice }) => notice).sort((a, b) => severityRank(b.severity) - severityRank(a.severity))
  const [first] = notices
  if (!first) return null
  if (notices.length === 1) return { title: first.title, lines: first.lines, path: first.path, severity: first.severity }
  const more = notices.length - MOST_LINES
  return {
    title: `${notices.length} tin cần xem`,
    lines: [...notices.slice(0, MOST_LINES).map(({ title }) => title), ...(more > 0 ? [`… và ${more} tin khác`] : [])],
    path: null,
    severity: first.severity,
  }
}

/** How long to wait after a failed try: doubling, at most half an hour, and never all at the same instant. */
export const retryAfterMs = (tries: number, random: Random): number => Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries, 20)) * (0.5 + random())

const two = (n: number): string => String(n).padStart(2, '0')
/** `05:12 ngày 23/11`. */
export function whenText(at: WallMs): string {
  const civil = new Date(at + CIVIL_OFFSET_MS)
  return `${two(civil.getUTCHours())}:${two(civil.getUTCMinutes())} ngày ${two(civil.getUTCDate())}/${two(civil.getUTCMonth() + 1)}`
}
