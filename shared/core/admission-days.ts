import { TIMES, type Finding, type Sentence } from './admission-sentences.ts'
import { dayNumberOf, secondOfDay } from './civil.ts'
import { daySpan, durationMs } from './durations.ts'
import { rhythmOf, spanSeconds } from './recurrence.ts'
import type { Area, Exception, PolicyText, Session } from './timetable.ts'

/** A session may come round at most so often in a day: every three minutes, all day long. */
export const MAX_ROUNDS_PER_DAY = 480
const YEAR_DAYS = 366

type Say = (path: string, sentence: Sentence) => void

const isDate = (text: string): boolean => !Number.isNaN(dayNumberOf(text))

function checkRange(range: { from?: string; to?: string }, path: string, say: Say): void {
  for (const field of ['from', 'to'] as const) {
    const date = range[field]
    if (date !== undefined && !isDate(date)) say(`${path}/${field}`, TIMES.noSuchDate(date))
  }
  if (range.from !== undefined && range.to !== undefined && dayNumberOf(range.from) > dayNumberOf(range.to)) {
    say(`${path}/from`, TIMES.emptyRange(range.from, range.to))
  }
}

const checkLunar = (text: string, path: string, say: Say): void => {
  if (text.startsWith('30/')) say(path, TIMES.lunarThirty(text))
}

function checkDays({ name, days }: Session, path: string, say: Say): void {
  if (days === 'daily') return
  const { once, ...others } = days
  if (once !== undefined && Object.keys(others).length > 0) say(`${path}/days/once`, TIMES.onceAlone(name))
  if (typeof once === 'string' && !isDate(once)) say(`${path}/days/once`, TIMES.noSuchDate(once))
  if (Array.isArray(once)) once.forEach((d, n) => isDate(d) || say(`${path}/days/once/${n}`, TIMES.noSuchDate(d)))
  checkRange(days, `${path}/days`, say)
  days.lunar?.forEach((text, n) => checkLunar(text, `${path}/days/lunar/${n}`, say))
}

function checkException(e: Exception, path: string, say: Say): void {
  if (typeof e === 'string') {
    if (!isDate(e)) say(path, TIMES.noSuchDate(e))
  } else if ('lunar' in e) checkLunar(e.lunar, `${path}/lunar`, say)
  else checkRange(e, path, say)
}

function checkTimes(session: Session, path: string, say: Say): void {
  const { name, at, until, repeat } = session
  if (secondOfDay(at) === 86_400) say(`${path}/at`, TIMES.startsAt24(name))
  if (spanSeconds(at, until) === 0) say(`${path}/until`, TIMES.zeroLength(name))
  const durations: [string, string | undefined][] = [['repeat/every', repeat?.every], ['repeat/length', repeat?.length]]
  const broken = durations.filter(([, text]) => text !== undefined && Number.isNaN(durationMs(text)))
  for (const [field, text] of broken) say(`${path}/${field}`, TIMES.badDuration(text ?? ''))
  if (session.stagger !== undefined && !(durationMs(session.stagger) <= 3_600_000)) say(`${path}/stagger`, TIMES.badDuration(session.stagger))
  session.items.forEach((item, n) => {
    if ('relay' in item && Number.isNaN(durationMs(item.length))) say(`${path}/items/${n}/length`, TIMES.badDuration(item.length))
  })
  if (!repeat || broken.length > 0) return
  const [every, length] = [durationMs(repeat.every) / 1000, durationMs(repeat.length) / 1000]
  const rounds = Math.floor((spanSeconds(at, until) - length) / every) + 1
  if (length > every) say(`${path}/repeat/every`, TIMES.repeatTooShort(repeat.every, repeat.length))
  else if (rounds < 1) say(`${path}/repeat/length`, TIMES.neverFits(name))
  else if (rounds > MAX_ROUNDS_PER_DAY || every < 60) say(`${path}/repeat/every`, TIMES.tooManyRounds(name, rounds, MAX_ROUNDS_PER_DAY))
}

/** Times, dates and recurrence of a session, apart from any policy. */
export function checkDates(session: Session, path: string, today: number): Finding[] {
  const findings: Finding[] = []
  const say: Say = (at, sentence) => void findings.push({ ...sentence, path: at })
  checkTimes(session, path, say)
  checkDays(session, path, say)
  session.except?.forEach((e, n) => checkException(e, `${path}/except/${n}`, say))
  session.extend?.forEach((e, n) => {
    if (!isDate(e.date)) say(`${path}/extend/${n}/date`, TIMES.noSuchDate(e.date))
    else if (spanSeconds(session.at, e.until) <= spanSeconds(session.at, session.until)) say(`${path}/extend/${n}/until`, TIMES.shortens(e.date))
  })
  if (findings.some((f) => f.level === 'refused')) return findings
  const rhythm = rhythmOf(session)
  // yesterday counts: a session that crosses midnight may still be running
  const comesRound = Array.from({ length: YEAR_DAYS + 1 }, (_, n) => today - 1 + n).some((day) => rhythm.on(day) !== null)
  if (!comesRound) say(`${path}/days`, TIMES.never(session.name))
  return findings
}

/** Spans and dates of a written policy. */
export function checkPolicyText(policy: PolicyText, path: string): Finding[] {
  const findings: Finding[] = []
  const say: Say = (at, sentence) => void findings.push({ ...sentence, path: at })
  for (const field of ['windows', 'quiet', 'warn'] as const) {
    policy[field]?.forEach((text, n) => daySpan(text) ?? say(`${path}/${field}/${n}`, TIMES.badSpan(text)))
  }
  policy.volume?.forEach((v, n) => daySpan(v.at) ?? say(`${path}/volume/${n}/at`, TIMES.badSpan(v.at)))
  policy.mourning?.forEach((d, n) => isDate(d) || say(`${path}/mourning/${n}`, TIMES.noSuchDate(d)))
  return findings
}

/** Dates from which and until which an area is in force. */
export function checkAreaDates(area: Area, path: string): Finding[] {
  const findings: Finding[] = []
  checkRange(area, path, (at, sentence) => void findings.push({ ...sentence, path: at }))
  return findings
}
