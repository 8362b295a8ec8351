import { wallMs, type WallMs } from './clock.ts'
import { civilDayNumber, dateOfDayNumber, DAY_MS, dayNumberOf, secondOfDay, startOfDayNumber, weekdayOf, type CivilDate } from './civil.ts'
import { durationMs } from './durations.ts'
import { isLunarDay, lunarWalk, type LunarDate } from './lunar.ts'
import { BrokenInvariant } from './result.ts'
import type { Days, Exception, Session } from './timetable.ts'

/** One coming round of a session: it may sound in [start, end). */
export interface Occurrence {
  /** Id of the session. */
  readonly session: string
  readonly start: WallMs
  /** Exclusive; at most 24 h after `start`. */
  readonly end: WallMs
  /** The civil date on which it comes round; where it crosses midnight, the day on which it begins. */
  readonly date: CivilDate
}

/** What a session does on a day on which it comes round. Seconds count from the day's midnight. */
export interface DayPattern {
  readonly firstSecond: number
  /** Starts on this day, ≥ 1; more than one with `repeat`. */
  readonly count: number
  readonly everySeconds: number
  readonly lengthSeconds: number
}

/** A session's recurrence, ready to be asked about many days. Ask for days in order: the lunar calendar is walked. */
export interface Rhythm {
  readonly session: string
  /** null on a day on which the session does not come round. */
  on(day: number): DayPattern | null
}

/** Longest window that one question may span; a year's calendar fits, a mistaken unit does not. */
const MAX_WINDOW_DAYS = 4_000
/** `repeat` comes round at most once a minute, whatever is written. */
const MIN_EVERY_SECONDS = 60
/** What `dueOccurrences` catches up after a stop or a clock step: a day, the longest that an occurrence lasts. */
export const MAX_CATCH_UP_MS = DAY_MS

type DayTest = (day: number, lunar: (day: number) => LunarDate) => boolean

function dayTest(days: Days): DayTest {
  if (days === 'daily') return () => true
  if (days.once !== undefined) {
    const dates = new Set([days.once].flat().map(dayNumberOf))
    return (day) => dates.has(day)
  }
  // a date that does not exist is NaN, with which every comparison is false: such a session stays silent
  const from = days.from === undefined ? -Infinity : dayNumberOf(days.from)
  const to = days.to === undefined ? Infinity : dayNumberOf(days.to)
  const weekdays = days.weekdays === undefined ? null : new Set<number>(days.weekdays)
  const lunarDays = days.lunar
  return (day, lunar) =>
    day >= from && day <= to && (weekdays === null || weekdays.has(weekdayOf(day))) &&
    (lunarDays === undefined || lunarDays.some((text) => isLunarDay(text, lunar(day))))
}

function exceptionTest(exceptions: readonly Exception[]): DayTest {
  const dates = new Set<number>()
  const ranges: { from: number; to: number }[] = []
  const lunarDays: string[] = []
  for (const e of exceptions) {
    if (typeof e === 'string') dates.add(dayNumberOf(e))
    else if ('lunar' in e) lunarDays.push(e.lunar)
    else ranges.push({ from: dayNumberOf(e.from), to: dayNumberOf(e.to) })
  }
  return (day, lunar) =>
    dates.has(day) || ranges.some((r) => day >= r.from && day <= r.to) || lunarDays.some((text) => isLunarDay(text, lunar(day)))
}

/** Seconds from `at` to `until`, which is the next day's where it is earlier; 0 where both are the same. */
export function spanSeconds(at: string, until: string): number {
  const span = secondOfDay(until) - secondOfDay(at)
  return span < 0 ? span + 86_400 : span
}

function patternOf(session: Session, span: number): DayPattern | null {
  const firstSecond = secondOfDay(session.at)
  if (!session.repeat) return span > 0 ? { firstSecond, count: 1, everySeconds: span, lengthSeconds: span } : null
  const everySeconds = durationMs(session.repeat.every) / 1000
  const lengthSeconds = durationMs(session.repeat.length) / 1000
  if (!(everySeconds >= MIN_EVERY_SECONDS) || !(lengthSeconds <= everySeconds)) return null
  // a round that would be cut off by `until` does not begin
  const count = Math.floor((span - lengthSeconds) / everySeconds) + 1
  return count > 0 ? { firstSecond, count, everySeconds, lengthSeconds } : null
}

/** Prepares a session for questions. What admission would refuse (no length, impossible dates) never comes round. */
export function rhythmOf(session: Session): Rhythm {
  const lunar = lunarWalk()
  const comesRound = dayTest(session.days)
  const isExcepted = exceptionTest(session.except ?? [])
  const span = spanSeconds(session.at, session.until)
  const ordinary = patternOf(session, span)
  const extended = new Map<number, DayPattern | null>()
  for (const e of session.extend ?? []) {
    extended.set(dayNumberOf(e.date), patternOf(session, Math.max(span, spanSeconds(session.at, e.until))))
  }
  return {
    session: session.id,
    on: (day) => {
      if (!comesRound(day, lunar) || isExcepted(day, lunar)) return null
      return extended.get(day) ?? ordinary
    },
  }
}

/** Occurrences that begin on a civil day, in order. */
export function occurrencesOn(rhythm: Rhythm, day: number): Occurrence[] {
  const pattern = rhythm.on(day)
  if (pattern === null) return []
  const midnight = startOfDayNumber(day)
  const date = dateOfDayNumber(day)
  return Array.from({ length: pattern.count }, (_, n) => {
    const start = wallMs(midnight + (pattern.firstSecond + n * pattern.everySeconds) * 1000)
    return { session: rhythm.session, start, end: wallMs(start + pattern.lengthSeconds * 1000), date }
  })
}

/**
 * Occurrences of a session that overlap [from, to), in order of their start. One that began before `from`
 * and still runs is among them. The window may be 4 000 days long; a longer one is a bug of the caller's.
 */
export function occurrencesBetween(session: Session, from: WallMs, to: WallMs): Occurrence[] {
  if (!(to > from)) return []
  if (!(to - from <= MAX_WINDOW_DAYS * DAY_MS)) throw new BrokenInvariant(`window too long: ${from} to ${to}`)
  const rhythm = rhythmOf(session)
  const found: Occurrence[] = []
  // an occurrence begins at most a day after its date's midnight and lasts at most a day
  for (let day = civilDayNumber(from) - 2; day <= civilDayNumber(to); day++) {
    for (const o of occurrencesOn(rhythm, day)) if (o.end > from && o.start < to) found.push(o)
  }
  return found
}

/**
 * Occurrences with since < start ≤ now, in order of start. However the calls split the line of time, each
 * occurrence comes exactly once; none comes while `now ≤ since` (the clock was set back: keep the old `since`).
 * Looks back at most `MAX_CATCH_UP_MS`: whatever began before that is over.
 */
export function dueOccurrences(sessions: readonly Session[], since: WallMs, now: WallMs): Occurrence[] {
  if (!(now > since)) return []
  const after = wallMs(Math.max(since, now - MAX_CATCH_UP_MS))
  return sessions
    .flatMap((s) => occurrencesBetween(s, after, wallMs(now + 1)))
    .filter((o) => o.start > after && o.start <= now)
    .sort((a, b) => a.start - b.start || (a.session < b.session ? -1 : 1))
}

/** The next start after an instant, at most a day away: until then `dueOccurrences` has nothing. */
export function nextStart(sessions: readonly Session[], after: WallMs): WallMs {
  const horizon = wallMs(after + DAY_MS)
  let next = horizon
  for (const session of sessions)
    for (const { start } of occurrencesBetween(session, after, horizon)) if (start > after && start < next) next = start
  return next
}

/** Rotations count from here where the session itself has no first day. */
const ROTATION_EPOCH_DAY = dayNumberOf('2026-01-01')

/** First day from which a session's occurrences are numbered. */
export function firstCountedDay(session: Session): number {
  if (session.days === 'daily') return ROTATION_EPOCH_DAY
  const { once, from } = session.days
  if (once !== undefined) return Math.min(...[once].flat().map(dayNumberOf))
  return from === undefined ? ROTATION_EPOCH_DAY : dayNumberOf(from)
}

/**
 * How many occurrences of the session came before this one, since `from` of its days (or 2026-01-01): the
 * number of the next episode. Depends on the session alone, so every planning gives the same.
 * 0 for an occurrence before the count begins.
 */
export function occurrenceOrdinal(session: Session, occurrence: Occurrence): number {
  const rhythm = rhythmOf(session)
  const today = dayNumberOf(occurrence.date)
  let before = 0
  for (let day = firstCountedDay(session); day < today; day++) before += rhythm.on(day)?.count ?? 0
  const pattern = rhythm.on(today)
  if (pattern === null) return before
  const secondsIn = (occurrence.start - startOfDayNumber(today)) / 1000 - pattern.firstSecond
  return before + Math.round(secondsIn / pattern.everySeconds)
}
