import { civilDate, DAY_MS, clockText, msOfDay } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { DEFAULT_POLICY } from '../../shared/core/policy.ts'
import { occurrencesBetween } from '../../shared/core/recurrence.ts'
import type { Session, Targets } from '../../shared/core/timetable.ts'
import type { Difference } from './difference.ts'
import type { ReplacedSession } from './timetable-store.ts'

/** How far back an hour counts as usual. */
export const USUAL_MS = 30 * DAY_MS
const HOUR_MS = 3_600_000

/** A session as it was in force for a while. */
export interface SessionVersion {
  readonly session: Session
  readonly from: WallMs
  readonly to: WallMs
}

/** What the timetable said in [since, now): the sessions in force, and those that publications replaced meanwhile (newest first). */
export function versionsOf(inForce: readonly Session[], replaced: readonly (ReplacedSession & { readonly at: WallMs })[], span: { readonly from: WallMs; readonly to: WallMs }): SessionVersion[] {
  const state = new Map<string, { readonly doc: Session | null; readonly to: WallMs }>(inForce.map((doc) => [doc.id, { doc, to: span.to }]))
  const versions: SessionVersion[] = []
  for (const { session, before, at } of replaced) {
    if (at <= span.from) continue
    const known = state.get(session)
    if (known?.doc && at < known.to) versions.push({ session: known.doc, from: at, to: known.to })
    state.set(session, { doc: before, to: at })
  }
  for (const { doc, to } of state.values()) if (doc && span.from < to) versions.push({ session: doc, from: span.from, to })
  return versions
}

/** Hours of the day (0 … 23) that a span touches. */
function hoursIn(from: number, to: number): number[] {
  const hours = new Set<number>()
  for (let at = from; at < to && hours.size < 24; at = at - (at % HOUR_MS) + HOUR_MS) hours.add(Math.floor(msOfDay(wallMs(at)) / HOUR_MS))
  return [...hours]
}

/** Where nothing ever sounded, what is allowed by default is usual. */
const DEFAULT_HOURS: ReadonlySet<number> = new Set(DEFAULT_POLICY.windows.flatMap(({ from, to }) => Array.from({ length: (to - from) / 3600 }, (_, n) => from / 3600 + n)))

export interface UnusualQuestion {
  readonly versions: readonly SessionVersion[]
  readonly difference: Difference
  readonly clustersOf: (targets: Targets) => readonly string[]
  readonly communesOf: (cluster: string) => readonly string[]
}

/** The hours in which each commune sounded. */
function usualHours({ versions, clustersOf, communesOf }: UnusualQuestion): Map<string, Set<number>> {
  const usual = new Map<string, Set<number>>()
  for (const { session, from, to } of versions) {
    const hours = new Set(occurrencesBetween(session, from, to).flatMap((o) => hoursIn(Math.max(o.start, from), Math.min(o.end, to))))
    if (hours.size === 0) continue
    for (const commune of new Set(clustersOf(session.targets).flatMap(communesOf))) {
      const known = usual.get(commune) ?? new Set()
      hours.forEach((hour) => known.add(hour))
      usual.set(commune, known)
    }
  }
  return usual
}

export interface UnusualHour {
  readonly session: string
  /** 0 … 23. */
  readonly hour: number
  /** The first time. */
  readonly at: WallMs
  readonly communes: readonly string[]
  readonly en: string
  readonly vi: string
}

const clockOf = (at: WallMs): string => clockText(Math.floor(msOfDay(at) / 1000))

/** What would make a commune sound in an hour in which it never sounded lately: 03:15 is told by itself, before anybody hears it. */
export function unusualHours(question: UnusualQuestion): UnusualHour[] {
  const { difference, communesOf } = question
  const usual = usualHours(question)
  const cohorts = new Map(difference.sessions.map(({ session, cohorts: c }) => [session, c]))
  const found = new Map<string, { session: string; hour: number; at: WallMs; communes: Set<string> }>()
  for (const { session, cohort, to } of difference.instants) {
    if (!to) continue
    const communes = new Set((cohorts.get(session)?.[cohort] ?? []).flatMap(communesOf))
    for (const hour of hoursIn(to.at, to.end)) {
      for (const commune of communes) {
        if ((usual.get(commune) ?? DEFAULT_HOURS).has(hour)) continue
        const key = `${session} ${hour}`
        const known = found.get(key) ?? { session, hour, at: to.at, communes: new Set<string>() }
        known.communes.add(commune)
        found.set(key, known)
      }
    }
  }
  const names = new Map(difference.sessions.map(({ session, after, before }) => [session, (after ?? before)?.name ?? session]))
  return [...found.values()].map(({ communes, ...one }) => {
    const name = names.get(one.session) ?? one.session
    const hours = `${clockText(one.hour * 3600)}–${clockText((one.hour + 1) * 3600)}`
    return {
      ...one,
      communes: [...communes].sort(),
      en: `"${name}" would sound at ${clockOf(one.at)} on ${civilDate(one.at)}: in the last 30 days nothing sounded there between ${hours} (${communes.size} communes). Check that it is meant.`,
      vi: `"${name}" sẽ phát lúc ${clockOf(one.at)} ngày ${civilDate(one.at)}: 30 ngày qua ${communes.size} xã này chưa phát trong khoảng ${hours}. Xin kiểm tra lại.`,
    }
  })
}
