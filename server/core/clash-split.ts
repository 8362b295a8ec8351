import { clockText, dateOfDayNumber, dayNumberOf, weekdayOf } from '../../shared/core/civil.ts'
import { rhythmOf, type DayPattern } from '../../shared/core/recurrence.ts'
import type { Exception, Session } from '../../shared/core/timetable.ts'
import { yearOfSession } from './clash.ts'

/** What a session may list at most; see the schema. */
const MAX_DATES = 400
const WEEK = [1, 2, 3, 4, 5, 6, 7]
const DAY_SECONDS = 86_400

/** A session in two: as it is on the days that are asked about, and as it is on all others (null = there are none). */
export interface Split {
  readonly these: Session
  readonly rest: Session | null
}

/** Consecutive days as ranges, the rest as dates. */
function exceptionsOf(days: readonly number[]): Exception[] {
  const runs: [number, number][] = []
  for (const day of days) {
    const last = runs.at(-1)
    if (last && last[1] + 1 === day) last[1] = day
    else runs.push([day, day])
  }
  return runs.map(([from, to]) => (from === to ? dateOfDayNumber(from) : { from: dateOfDayNumber(from), to: dateOfDayNumber(to) }))
}

/** Is it over at some time? A session of dates or with a last day is. */
export const comesToAnEnd = ({ days }: Session): boolean => days !== 'daily' && (days.once !== undefined || days.to !== undefined)

function byWeekday(session: Session, days: readonly number[], all: readonly number[]): Split | null {
  const { days: own } = session
  if (own !== 'daily' && own.once !== undefined) return null
  const chosen = new Set<number>(days.map(weekdayOf))
  if (all.filter((day) => chosen.has(weekdayOf(day))).length !== days.length) return null
  const may = own === 'daily' ? WEEK : (own.weekdays ?? WEEK)
  const on = (weekdays: number[]): Session => ({ ...session, days: { ...(own === 'daily' ? {} : own), weekdays } })
  return { these: on(may.filter((w) => chosen.has(w))), rest: on(may.filter((w) => !chosen.has(w))) }
}

function byDate(session: Session, days: readonly number[]): Split | null {
  const { except = [], extend = [], ...plain } = session
  const more = [...except, ...exceptionsOf(days)]
  if (more.length > MAX_DATES || days.length > MAX_DATES) return null
  const isHere = (e: { readonly date: string }): boolean => days.includes(dayNumberOf(e.date))
  const withExtend = (one: Session, list: NonNullable<Session['extend']>): Session => (list.length > 0 ? { ...one, extend: list } : one)
  return {
    these: withExtend({ ...plain, days: { once: days.map(dateOfDayNumber) } }, extend.filter(isHere)),
    rest: withExtend({ ...plain, except: more }, extend.filter((e) => !isHere(e))),
  }
}

/**
 * Cuts a session in two by days. Where it is split for something that has no end, so has the split: whole, or by weekdays where
 * they tell the days apart; else by dates. null where it would have more dates than a session may list.
 */
export function splitByDays(session: Session, days: readonly number[], options: { readonly forEver: boolean; readonly today: number }): Split | null {
  const all = yearOfSession(session, options.today).days
  const lasting = options.forEver || comesToAnEnd(session)
  if (lasting && days.length === all.length) return { these: session, rest: null }
  return (options.forEver ? byWeekday(session, days, all) : null) ?? byDate(session, days)
}

function roundsHit(pattern: DayPattern, theirs: DayPattern, shift: number): number[] {
  const found: number[] = []
  for (let n = 0; n < pattern.count; n++) {
    const from = pattern.firstSecond + n * pattern.everySeconds
    for (let m = 0; m < theirs.count; m++) {
      const begin = theirs.firstSecond + m * theirs.everySeconds + shift
      if (begin < from + pattern.lengthSeconds && from < begin + theirs.lengthSeconds) found.push(n)
    }
  }
  return found
}

/** The session's longest day among these, and which of its rounds meet the other session on any of them. */
function roundsOf(session: Session, days: readonly number[], placed: Session): { readonly pattern: DayPattern; readonly hit: ReadonlySet<number> } | null {
  const [rhythm, own] = [rhythmOf(session), rhythmOf(placed)]
  const hit = new Set<number>()
  let longest: DayPattern | null = null
  for (const day of days) {
    const pattern = rhythm.on(day)
    if (!pattern) continue
    if (!longest || pattern.count > longest.count) longest = pattern
    for (const shift of [-1, 0, 1]) {
      const theirs = own.on(day + shift)
      if (theirs) roundsHit(pattern, theirs, shift * DAY_SECONDS).forEach((n) => hit.add(n))
    }
  }
  return longest && { pattern: longest, hit }
}

/**
 * The rounds of a repeating session that do not meet `placed` on these days, as spans of their own; lengths stay. Empty for one
 * without rounds. A round that begins after midnight goes with those that are lost.
 */
export function survivingRounds(session: Session, days: readonly number[], placed: Session): Pick<Session, 'at' | 'until' | 'repeat'>[] {
  const { repeat } = session
  const rounds = repeat ? roundsOf(session, days, placed) : null
  if (!repeat || !rounds) return []
  const { firstSecond, everySeconds, lengthSeconds, count } = rounds.pattern
  const runs: number[][] = []
  for (let n = 0; n < count; n++) {
    if (rounds.hit.has(n)) continue
    const last = runs.at(-1)
    if (last?.at(-1) === n - 1) last.push(n)
    else runs.push([n])
  }
  return runs.flatMap((run) => {
    const from = firstSecond + (run[0] as number) * everySeconds
    if (from >= DAY_SECONDS) return []
    const to = from + (run.length - 1) * everySeconds + lengthSeconds
    const until = to % DAY_SECONDS === 0 ? '24:00' : clockText(to % DAY_SECONDS)
    return [{ at: clockText(from), until, ...(run.length > 1 ? { repeat } : {}) }]
  })
}
