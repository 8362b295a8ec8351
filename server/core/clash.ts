import { overlaps, shareClass } from '../../shared/core/admission-load.ts'
import { clockText, secondOfDay } from '../../shared/core/civil.ts'
import { rhythmOf, spanSeconds, type DayPattern } from '../../shared/core/recurrence.ts'
import type { Session, Targets } from '../../shared/core/timetable.ts'

/** The sessions that a new one has to find its place among. */
export interface ClashWorld {
  /** Without the one that is placed. */
  readonly sessions: readonly Session[]
  readonly clustersOf: (targets: Targets) => readonly string[]
  /** Civil day number from which on it counts. */
  readonly today: number
}

export interface Clash {
  readonly session: Session
  /** Civil day numbers of the other session on which the two meet, ascending. */
  readonly days: readonly number[]
  /** Clusters that hear both. */
  readonly clusters: readonly string[]
}

/** A lunar year of thirteen months, and a little more. */
export const CLASH_DAYS = 400
const DAY_SECONDS = 86_400

/** What a session does on yesterday and each day of the horizon; one object per distinct pattern. */
export interface YearOfSession {
  on(day: number): DayPattern | null
  readonly days: readonly number[]
}

export function yearOfSession(session: Session, today: number): YearOfSession {
  const rhythm = rhythmOf(session)
  const days = new Map<number, DayPattern>()
  for (let day = today - 1; day < today + CLASH_DAYS; day++) {
    const pattern = rhythm.on(day)
    if (pattern) days.set(day, pattern)
  }
  return { on: (day) => days.get(day) ?? null, days: [...days.keys()] }
}

/** Remembers the answers for two patterns and a shift: a year has few that differ. */
function overlapTable(): (a: DayPattern, b: DayPattern, shift: number) => boolean {
  const ids = new Map<DayPattern, number>()
  const idOf = (p: DayPattern): number => ids.get(p) ?? (ids.set(p, ids.size), ids.size - 1)
  const known = new Map<string, boolean>()
  return (a, b, shift) => {
    const key = `${idOf(a)} ${idOf(b)} ${shift}`
    const answer = known.get(key) ?? overlaps(a, b, shift * DAY_SECONDS)
    known.set(key, answer)
    return answer
  }
}

/** Days of `other` on which it meets `placed`. */
function meetingDays(placed: YearOfSession, other: YearOfSession): number[] {
  const meet = overlapTable()
  return other.days.filter((day) => {
    const pattern = other.on(day)
    return pattern !== null && [-1, 0, 1].some((shift) => {
      const own = placed.on(day - shift)
      return own !== null && meet(own, pattern, shift)
    })
  })
}

/** The sessions that overlap with it on a cluster that hears both, where neither outranks the other. In order of their time of day. */
export function clashesOf(placed: Session, world: ClashWorld): Clash[] {
  const own = yearOfSession(placed, world.today)
  const hear = new Set(world.clustersOf(placed.targets))
  return world.sessions
    .flatMap((session): Clash[] => {
      if (session.id === placed.id || !shareClass(placed, session)) return []
      const clusters = world.clustersOf(session.targets).filter((id) => hear.has(id))
      const days = clusters.length === 0 ? [] : meetingDays(own, yearOfSession(session, world.today))
      return days.length === 0 ? [] : [{ session, days, clusters }]
    })
    .sort((a, b) => secondOfDay(a.session.at) - secondOfDay(b.session.at))
}

const clockOf = (second: number): string => clockText(((second % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS)
/** An end at midnight is written 24:00 where the session lasts the whole day. */
const endOf = (from: number, seconds: number): string => (seconds === DAY_SECONDS && from === 0 ? '24:00' : clockOf(from + seconds))

/** The same session beginning at another second of the same day (0 … 86 399); every length stays. */
export function shiftedTo(session: Session, second: number): Session {
  const by = second - secondOfDay(session.at)
  return {
    ...session,
    at: clockText(second),
    until: endOf(second, spanSeconds(session.at, session.until)),
    ...(session.extend ? { extend: session.extend.map((e) => ({ ...e, until: clockOf(secondOfDay(e.until) + by) })) } : {}),
  }
}

interface Stretch {
  readonly from: number
  readonly to: number
}
const stretchesOf = (pattern: DayPattern, shift: number): Stretch[] =>
  Array.from({ length: pattern.count }, (_, n) => {
    const from = pattern.firstSecond + n * pattern.everySeconds + shift
    return { from, to: from + pattern.lengthSeconds }
  })

/** By how many seconds the pattern must be later to be clear of the first obstacle that it meets; 0 = it is clear. */
function pushedBy(pattern: DayPattern, by: number, obstacles: readonly Stretch[]): number {
  for (let n = 0; n < pattern.count; n++) {
    const from = pattern.firstSecond + by + n * pattern.everySeconds
    const hit = obstacles.find((o) => o.from < from + pattern.lengthSeconds && from < o.to)
    if (hit) return hit.to - from
  }
  return 0
}

/**
 * The first second of the day, `notBefore` or later, at which the session overlaps with none of its world on any day of the
 * horizon; null where there is none before midnight.
 */
export function firstFree(session: Session, notBefore: number, world: ClashWorld): number | null {
  const hear = new Set(world.clustersOf(session.targets))
  const others = world.sessions
    .filter((other) => other.id !== session.id && shareClass(session, other) && world.clustersOf(other.targets).some((id) => hear.has(id)))
    .map((other) => yearOfSession(other, world.today))
  const own = yearOfSession(session, world.today)
  const cases = new Map<string, { pattern: DayPattern; obstacles: Stretch[] }>()
  for (const day of own.days) {
    const pattern = own.on(day)
    if (!pattern) continue
    const obstacles = others.flatMap((other) => [-1, 0, 1].flatMap((shift) => {
      const theirs = other.on(day + shift)
      return theirs ? stretchesOf(theirs, shift * DAY_SECONDS) : []
    }))
    cases.set(JSON.stringify([pattern, obstacles]), { pattern, obstacles })
  }
  const first = secondOfDay(session.at)
  let at = notBefore
  for (;;) {
    if (at >= DAY_SECONDS) return null
    const by = at - first
    const pushed = Math.max(0, ...[...cases.values()].map(({ pattern, obstacles }) => pushedBy(pattern, by, obstacles)))
    if (pushed === 0) return at
    at += pushed
  }
}
