import type { Listener } from './admission-reach.ts'
import { capBroken, LENGTHS, type CapKind, type Finding } from './admission-sentences.ts'
import { dateOfDayNumber, weekdayOf } from './civil.ts'
import { policyText } from './policy-text.ts'
import { rhythmOf, type DayPattern } from './recurrence.ts'
import type { Session, Timetable } from './timetable.ts'

/** Days ahead for which caps and clashes are looked for: a year, with its feasts. */
const HORIZON_DAYS = 366
const DAY_SECONDS = 86_400

/** What each session does on each day of the horizon. */
export type YearOfPatterns = readonly (readonly (DayPattern | null)[])[]

export function yearOf(sessions: readonly Session[], today: number): YearOfPatterns {
  return sessions.map((s) => {
    const rhythm = rhythmOf(s)
    return Array.from({ length: HORIZON_DAYS }, (_, n) => rhythm.on(today + n))
  })
}

export interface LoadQuestion {
  readonly timetable: Timetable
  readonly listeners: readonly Listener[]
  readonly year: YearOfPatterns
  readonly today: number
}

/** Sessions of a listener, by the policy that counts them. */
function byPolicy(listener: Listener, sessions: readonly Session[]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const n of listener.sessions) {
    const policy = sessions[n]?.policy ?? listener.policy
    groups.set(policy, [...(groups.get(policy) ?? []), n])
  }
  return groups
}

interface DayLoad {
  readonly sessions: number
  readonly minutes: number
  readonly longest: number
  /** The last of the timetable's sessions that comes round this day: a newly added one is blamed first. */
  readonly last: number
}

function loadOn(day: number, sessions: readonly number[], year: YearOfPatterns): DayLoad | null {
  const load = { sessions: 0, minutes: 0, longest: 0, last: -1 }
  for (const n of sessions) {
    const p = year[n]?.[day]
    if (!p) continue
    const minutes = p.lengthSeconds / 60
    load.sessions += p.count
    load.minutes += p.count * minutes
    load.longest = Math.max(load.longest, minutes)
    load.last = n
  }
  return load.sessions > 0 ? load : null
}

/** Caps of the policies, on every day of the coming year; each is told once per session, with the first day. */
export function checkCaps({ timetable, listeners, year, today }: LoadQuestion): Finding[] {
  const findings = new Map<string, Finding>()
  const tell = (kind: CapKind, would: number, may: number | undefined, at: { session: number; day: number }): void => {
    if (may === undefined || would <= may) return
    const key = `${kind} ${at.session}`
    if (findings.has(key)) return
    const date = dateOfDayNumber(today + at.day)
    findings.set(key, { ...capBroken(kind, Math.ceil(would), may, date), path: `/sessions/${at.session}` })
  }
  for (const listener of listeners) {
    for (const [policy, sessions] of byPolicy(listener, timetable.sessions)) {
      const caps = policyText(timetable, policy)?.caps
      if (!caps) continue
      let daysThisWeek = 0
      for (let day = 0; day < HORIZON_DAYS; day++) {
        if (weekdayOf(today + day) === 1) daysThisWeek = 0
        const load = loadOn(day, sessions, year)
        if (!load) continue
        const at = { session: load.last, day }
        tell('sessionsPerDay', load.sessions, caps.sessionsPerDay, at)
        tell('minutesPerSession', load.longest, caps.minutesPerSession, at)
        tell('minutesPerDay', load.minutes, caps.minutesPerDay, at)
        tell('daysPerWeek', ++daysThisWeek, caps.daysPerWeek, at)
      }
    }
  }
  return [...findings.values()]
}

/** Do two patterns overlap when the second one's day begins `shift` seconds after the first one's? */
export function overlaps(a: DayPattern, b: DayPattern, shift: number): boolean {
  for (let n = 0; n < a.count; n++) {
    const from = a.firstSecond + n * a.everySeconds - shift - b.firstSecond
    const to = from + a.lengthSeconds
    // the first round of b that ends after `from`
    const round = Math.max(0, Math.floor((from - b.lengthSeconds) / b.everySeconds) + 1)
    if (round < b.count && round * b.everySeconds < to) return true
  }
  return false
}

function firstClash(a: readonly (DayPattern | null)[], b: readonly (DayPattern | null)[]): number | null {
  const known = new Map<string, boolean>()
  const ids = new Map<DayPattern, number>()
  const id = (p: DayPattern): number => ids.get(p) ?? (ids.set(p, ids.size), ids.size - 1)
  for (let day = 0; day < HORIZON_DAYS; day++) {
    const first = a[day]
    if (!first) continue
    for (const shift of [-1, 0, 1]) {
      const second = b[day + shift]
      if (!second) continue
      const key = `${id(first)} ${id(second)} ${shift}`
      const yes = known.get(key) ?? overlaps(first, second, shift * DAY_SECONDS)
      known.set(key, yes)
      if (yes) return day
    }
  }
  return null
}

/** Few sessions have more than one pattern: whether any two of them meet at all is soon told. */
const mayClash = (a: ReadonlySet<DayPattern>, b: ReadonlySet<DayPattern>): boolean =>
  [...a].some((p) => [...b].some((q) => [-1, 0, 1].some((shift) => overlaps(p, q, shift * DAY_SECONDS))))

/** Clashes told at once; who has more begins with these. */
const MAX_CLASHES = 200

const classesOf = (s: Session): Set<string> => new Set(s.items.map((i) => i.class ?? 'scheduled'))

/** Have they items of the same class, so that none of the two outranks the other when they meet? */
export function shareClass(a: Session, b: Session): boolean {
  const classes = classesOf(b)
  return [...classesOf(a)].some((c) => classes.has(c))
}

/** Sessions that overlap on the same cluster: a warning where neither outranks the other, else worth knowing. */
export function checkClashes({ timetable, listeners, year, today }: LoadQuestion): Finding[] {
  const pairs = new Set(listeners.flatMap((l) => l.sessions.flatMap((b, n) => l.sessions.slice(0, n).map((a) => a * 1_000 + b))))
  const patterns = year.map((days) => new Set(days.filter((p) => p !== null)))
  const none = new Set<DayPattern>()
  const findings: Finding[] = []
  for (const pair of [...pairs].sort((x, y) => x - y)) {
    const [a, b] = [Math.floor(pair / 1_000), pair % 1_000]
    if (findings.length >= MAX_CLASHES) break
    if (!mayClash(patterns[a] ?? none, patterns[b] ?? none)) continue
    const [first, second] = [timetable.sessions[a], timetable.sessions[b]]
    const day = firstClash(year[a] ?? [], year[b] ?? [])
    if (day === null || !first || !second) continue
    const sentence = LENGTHS.clash(second.name, first.name, dateOfDayNumber(today + day), shareClass(first, second) ? 'warning' : 'info')
    findings.push({ ...sentence, path: `/sessions/${b}/at` })
  }
  return findings
}
