import { HOURS, type Finding, type Sentence, type Spoken } from './admission-sentences.ts'
import { dateOfDayNumber, dayNumberOf, secondOfDay, startOfDayNumber } from './civil.ts'
import type { DaySpan, Policy } from './policy.ts'
import { rhythmOf, type DayPattern } from './recurrence.ts'
import type { Session } from './timetable.ts'

/** A span of seconds since the midnight of the session's day; may reach into the next days. `to` exclusive. */
interface Stretch {
  readonly from: number
  readonly to: number
}

const DAY_SECONDS = 86_400
/** Days for which the dates of a session that is not open-ended are looked at one by one. */
const HORIZON_DAYS = 400

/** The span of a policy laid over the days 0 … 2, so that stretches that cross midnight meet it. */
function laidOver(spans: readonly DaySpan[]): { readonly span: DaySpan; readonly from: number; readonly to: number }[] {
  return spans.flatMap((span) => {
    const length = span.to > span.from ? span.to - span.from : span.to - span.from + DAY_SECONDS
    return [-1, 0, 1, 2].map((day) => ({ span, from: day * DAY_SECONDS + span.from, to: day * DAY_SECONDS + span.from + length }))
  })
}

/** The parts of a stretch that none of the spans covers. */
function uncovered(stretch: Stretch, spans: readonly Stretch[]): Stretch[] {
  let left: Stretch[] = [stretch]
  for (const s of spans) {
    left = left.flatMap((l) => [
      { from: l.from, to: Math.min(l.to, s.from) },
      { from: Math.max(l.from, s.to), to: l.to },
    ].filter((part) => part.to > part.from))
  }
  return left
}

/** The first thing that a stretch breaks, or null. */
function offence(stretches: readonly Stretch[], policy: Policy, spoken: Spoken): Sentence | null {
  for (const stretch of stretches) {
    const hit = laidOver(policy.quiet).find((q) => q.from < stretch.to && stretch.from < q.to)
    if (hit) {
      const at = Math.max(hit.from, stretch.from)
      return HOURS.quiet(spoken, hit.span, at % DAY_SECONDS, at % DAY_SECONDS === spoken.from)
    }
    const outside = uncovered(stretch, laidOver(policy.windows))[0]
    if (outside) return HOURS.window(spoken, policy.windows, outside.from % DAY_SECONDS)
  }
  return null
}

const stretchesOf = (p: DayPattern): Stretch[] =>
  Array.from({ length: p.count }, (_, n) => {
    const from = p.firstSecond + n * p.everySeconds
    return { from, to: from + p.lengthSeconds }
  })

function spokenOf(session: Session, pattern: DayPattern, date?: string): Spoken {
  const end = pattern.firstSecond + (pattern.count - 1) * pattern.everySeconds + pattern.lengthSeconds
  const to = end % DAY_SECONDS === 0 ? DAY_SECONDS : end % DAY_SECONDS
  return { name: session.name, from: secondOfDay(session.at), to, ...(date === undefined ? {} : { date }) }
}

/** Stretches of one date less the policy's dated openings, in which neither bound applies. */
function outsideOpenings(pattern: DayPattern, policy: Policy, day: number): Stretch[] {
  const midnight = startOfDayNumber(day)
  const open = policy.openings
    .map((o) => ({ from: (o.from - midnight) / 1000, to: (o.to - midnight) / 1000 }))
    .filter((o) => o.to > 0 && o.from < 3 * DAY_SECONDS)
  return stretchesOf(pattern).flatMap((s) => uncovered(s, open))
}

/** Comes round for ever on ordinary days: an opening of one date cannot make it right. */
const isOpenEnded = ({ days }: Session): boolean =>
  days === 'daily' || (days.once === undefined && days.lunar === undefined && days.to === undefined)

/** Does any part of the session lie outside the allowed windows or in the quiet hours of the policy? Rest hours only warn. */
export function checkHours(session: Session, path: string, policy: Policy, today: number): Finding[] {
  const findings: Finding[] = []
  const { extend: _, ...plainSession } = session
  const pattern = rhythmOf({ ...plainSession, days: 'daily', except: [] }).on(today)
  if (pattern === null) return []
  const spoken = spokenOf(session, pattern)
  const dates = isOpenEnded(session) ? [] : datesAhead(session, today)
  const found =
    dates.length === 0
      ? offence(stretchesOf(pattern), policy, spoken)
      : dates.map((day) => offence(outsideOpenings(pattern, policy, day), policy, { ...spoken, date: dateOfDayNumber(day) })).find((o) => o !== null)
  if (found) findings.push({ ...found, path: `${path}/at` })
  const rest = laidOver(policy.warn).find((w) => stretchesOf(pattern).some((s) => w.from < s.to && s.from < w.to))
  if (!found && rest) findings.push({ ...HOURS.warn(spoken, rest.span), path: `${path}/at` })
  if (found) return findings
  const rhythm = rhythmOf(session)
  session.extend?.forEach((e, n) => {
    const day = dayNumberOf(e.date)
    const longer = day >= today ? rhythm.on(day) : null
    if (longer === null) return
    const broken = offence(outsideOpenings(longer, policy, day), policy, spokenOf(session, longer, e.date))
    if (broken) findings.push({ ...broken, path: `${path}/extend/${n}/until` })
  })
  return findings
}

function datesAhead(session: Session, today: number): number[] {
  const rhythm = rhythmOf(session)
  return Array.from({ length: HORIZON_DAYS }, (_, n) => today + n).filter((day) => rhythm.on(day) !== null)
}

