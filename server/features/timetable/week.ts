import { civilDayNumber, dayNumberOf, isoWithOffset, weekdayOf } from '../../../shared/core/civil.ts'
import { audienceOf } from '../../../shared/core/languages.ts'
import { DEFAULT_POLICY, type Policy } from '../../../shared/core/policy.ts'
import { DEFAULT_POLICY_NAME, policyFrom } from '../../../shared/core/policy-text.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import { policySentences } from '../../core/policy-words.ts'
import { accepted, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { calendarDay, weekOf, type WeekOccurrence } from '../../core/timetable-week.ts'
import { createFindMedia } from '../programmes/plugin.ts'
import { findingsOfSessions, fitnessOf, sessionsBeside } from '../sessions/plugin.ts'
import type { DraftDesk } from './draft-desk.ts'
import { noSuchDate, unknownArea } from './refusals.ts'
import type { WeekQuery, WeekView } from './week-views.ts'

export interface WeekHandlers {
  week(who: Identity, query: WeekQuery): Outcome<WeekView>
}

const WEEK = 7
/** A person looks at a commune or two; a province at once would hold up those who are speaking. */
const MAX_SHOWN = 60
const TOO_WIDE: Refusal = {
  status: 422,
  code: 'too-wide',
  field: 'area',
  en: `More than ${MAX_SHOWN} sessions would be shown: choose a smaller area.`,
  vi: `Có hơn ${MAX_SHOWN} buổi phát: hãy chọn địa bàn nhỏ hơn.`,
}

export function createWeekHandlers(deps: ServerDeps, desk: DraftDesk): WeekHandlers {
  const { stores, access, clock, crypto } = deps

  /** Clusters in the area; null = wherever. */
  const clustersIn = (area: string | undefined): ReadonlySet<string> | null => (area === undefined ? null : new Set(access.audience({ areas: [area] }).clusters))

  /** Sessions that the area hears, or that name it while no cluster stands there yet. */
  const heardIn = (sessions: readonly Session[], area: string | undefined, who: Identity): Session[] => {
    const concerned = access.concerns(who, 'station.read')
    const mine = sessions.filter(({ targets }) => concerned(access.areasOfTargets(targets)))
    const here = clustersIn(area)
    if (area === undefined || !here) return mine
    const book = access.book()
    return mine.filter(({ targets }) => {
      if (access.audience(targets).clusters.some((id) => here.has(id))) return true
      const areas = access.areasOfTargets(targets)
      return here.size === 0 && (areas === 'all' || areas.some((code) => book.within(code, area) || book.within(area, code)))
    })
  }

  const rulesOf = (sessions: readonly Session[], area: string | undefined, days: readonly WeekOccurrence[]): WeekView['rules'] => {
    const book = access.book()
    const codes = area === undefined ? sessions.flatMap(({ targets }) => (targets === 'all' ? [] : (targets.areas ?? []))) : [area]
    const named = [...codes.map((code) => book.policyName(code) ?? DEFAULT_POLICY_NAME), ...sessions.flatMap(({ policy }) => policy ?? [])]
    return [...new Set(named.length > 0 ? named : [DEFAULT_POLICY_NAME])].map((id) => {
      const text = stores.policies.byId(id)?.text
      const policy: Policy = text ? policyFrom(text) : DEFAULT_POLICY
      // one without a name of its own is not the usual one
      const label = text ? (text.label ?? id) : policy.label
      return { policy: id, label, caps: text?.caps ?? {}, sentences: policySentences(policy, text?.caps), used: usedOn(days.filter(({ session }) => bindsTo(id, sessions.find((s) => s.id === session), book.policyName(area ?? '')))) }
    })
  }

  return {
    week(who, { from, area, draft }) {
      const first = from === undefined ? mondayOf(civilDayNumber(clock.wall())) : dayNumberOf(from)
      if (Number.isNaN(first)) return refused(noSuchDate(from ?? '', 'from'))
      const book = access.book()
      if (area !== undefined && book.on(book.merged(area)) === undefined) return refused({ ...unknownArea(area, 'area'), status: 404 })
      const opened = draft === undefined ? null : desk.open(who, draft)
      if (opened && !opened.ok) return opened
      const all = opened?.value.merged ?? stores.sessions.all()
      const shown = heardIn(all, area ?? opened?.value.draft.area ?? undefined, who)
      if (shown.length > MAX_SHOWN) return refused(TOO_WIDE)
      const chain = area === undefined ? [] : book.chain(area)
      const occurrences = weekOf({
        shown, all: sessionsBeside(deps, all, shown), from: first, days: WEEK,
        fitness: fitnessOf(deps),
        find: createFindMedia(stores.programmes, crypto).findFor(audienceOf(null, chain)),
        clustersOf: (targets) => access.audience(targets).clusters,
      })
      const changed = new Set(opened?.value.changes.map(({ session }) => session) ?? [])
      return accepted({
        from: calendarDay(first).date,
        area: area ?? null,
        draft: draft ?? null,
        days: Array.from({ length: WEEK }, (_, n) => calendarDay(first + n)),
        sessions: occurrences.map((one) => viewOf(one, changed)),
        findings: findingsOfSessions(deps, all, shown),
        rules: rulesOf(shown, area, occurrences),
      })
    },
  }
}

const mondayOf = (day: number): number => day - (weekdayOf(day) - 1)
const bindsTo = (policy: string, session: Session | undefined, ofArea: string | undefined): boolean => (session?.policy ?? ofArea ?? DEFAULT_POLICY_NAME) === policy

/** What caps count, by day. */
function usedOn(occurrences: readonly WeekOccurrence[]): WeekView['rules'][number]['used'] {
  const days = new Map<string, { sessions: number; minutes: number }>()
  for (const { date, lengthMs } of occurrences) {
    const day = days.get(date) ?? { sessions: 0, minutes: 0 }
    days.set(date, { sessions: day.sessions + 1, minutes: day.minutes + lengthMs / 60_000 })
  }
  return [...days].map(([date, { sessions, minutes }]) => ({ date, sessions, minutes: Math.ceil(minutes) }))
}

const viewOf = (one: WeekOccurrence, changed: ReadonlySet<string>): WeekView['sessions'][number] => ({
  session: one.session, name: one.name, date: one.date, start: isoWithOffset(one.start), end: isoWithOffset(one.end),
  lengthMs: one.lengthMs, filledMs: one.filledMs, overS: one.overS, underS: one.underS, clusters: one.clusters, draft: changed.has(one.session),
  fill: fillWords(one),
  items: one.items.map(({ start, ...item }) => ({ ...item, start: start === null ? null : isoWithOffset(start) })),
  clashes: one.clashes.map(({ from, to, ...clash }) => ({ ...clash, from: isoWithOffset(from), to: isoWithOffset(to) })),
})

function fillWords({ overS, underS }: WeekOccurrence): WeekView['sessions'][number]['fill'] {
  if (overS > 0) return { en: `${overS} s too long`, vi: `thừa ${overS} giây` }
  if (underS > 0) return { en: `${underS} s empty`, vi: `thiếu ${underS} giây` }
  return { en: 'exactly full', vi: 'vừa đủ' }
}
