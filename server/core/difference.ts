import type { AreaBook } from '../../shared/core/area.ts'
import { DAY_MS } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { occurrencesBetween, type Occurrence } from '../../shared/core/recurrence.ts'
import type { Session, Targets } from '../../shared/core/timetable.ts'
import { sameSession } from './timetable-merge.ts'
import type { ReplacedSession } from './timetable-store.ts'

/** How far ahead the instants of a difference are listed: what a cluster always holds. */
export const DIFFERENCE_MS = 8 * DAY_MS

/** Clusters for which a session becomes another one, for which it is new, and for which it is gone. */
export const COHORTS = ['kept', 'joined', 'left'] as const
export type Cohort = (typeof COHORTS)[number]

export interface InstantChange {
  readonly session: string
  readonly cohort: Cohort
  readonly what: 'gained' | 'lost' | 'moved' | 'resized' | 'content'
  /** Where it was, or where it is where it is new. */
  readonly at: WallMs
  readonly end: WallMs
  /** Where it will be; null = nowhere. */
  readonly to: { readonly at: WallMs; readonly end: WallMs } | null
}

export interface SessionDifference {
  readonly session: string
  readonly before: Session | null
  readonly after: Session | null
  readonly cohorts: Readonly<Record<Cohort, readonly string[]>>
}

export interface Difference {
  readonly sessions: readonly SessionDifference[]
  /** In order of time. */
  readonly instants: readonly InstantChange[]
  /** Clusters that hear any difference. */
  readonly clusters: readonly string[]
}

export interface DifferenceQuestion {
  readonly changes: readonly ReplacedSession[]
  readonly clustersOf: (targets: Targets) => readonly string[]
  readonly from: WallMs
}

function cohortsOf({ before, after }: ReplacedSession, clustersOf: DifferenceQuestion['clustersOf']): SessionDifference['cohorts'] {
  const [was, is] = [before ? clustersOf(before.targets) : [], after ? clustersOf(after.targets) : []]
  const [had, has] = [new Set(was), new Set(is)]
  return { kept: is.filter((id) => had.has(id)), joined: is.filter((id) => !had.has(id)), left: was.filter((id) => !has.has(id)) }
}

const spanOf = ({ start, end }: Occurrence): { readonly at: WallMs; readonly end: WallMs } => ({ at: start, end })

const byDate = (list: readonly Occurrence[]): Map<string, Occurrence[]> => {
  const days = new Map<string, Occurrence[]>()
  for (const o of list) days.set(o.date, [...(days.get(o.date) ?? []), o])
  return days
}

/**
 * What begins when something began before is the same; what is left of a day is paired in order, so that a moved session is one
 * move and not a loss and a gain.
 */
function pairs(before: readonly Occurrence[], after: readonly Occurrence[]): [Occurrence | null, Occurrence | null][] {
  const starts = new Map(after.map((o) => [o.start, o]))
  const same = new Set(before.flatMap(({ start }) => (starts.has(start) ? [start] : [])))
  const [was, is] = [byDate(before.filter(({ start }) => !same.has(start))), byDate(after.filter(({ start }) => !same.has(start)))]
  const rest = [...new Set([...was.keys(), ...is.keys()])].flatMap((date) => {
    const [old, now] = [was.get(date) ?? [], is.get(date) ?? []]
    return Array.from({ length: Math.max(old.length, now.length) }, (_, n): [Occurrence | null, Occurrence | null] => [old[n] ?? null, now[n] ?? null])
  })
  return [...before.flatMap((o): [Occurrence, Occurrence | null][] => (same.has(o.start) ? [[o, starts.get(o.start) ?? null]] : [])), ...rest]
}

/** Does it sound differently although it begins and ends as before? */
function soundsDifferent(before: Session, after: Session): boolean {
  const sound = ({ items, policy, stagger, name }: Session): Session => ({ id: '', at: '', until: '', days: 'daily', targets: 'all', name, items, ...(policy === undefined ? {} : { policy }), ...(stagger === undefined ? {} : { stagger }) })
  return !sameSession(sound(before), { ...sound(after), name: before.name })
}

function instantsOf(change: SessionDifference, from: WallMs): InstantChange[] {
  const to = wallMs(from + DIFFERENCE_MS)
  const { session, before, after, cohorts } = change
  const was = before ? occurrencesBetween(before, from, to) : []
  const is = after ? occurrencesBetween(after, from, to) : []
  const found: InstantChange[] = []
  const tell = (cohort: Cohort, what: InstantChange['what'], at: Occurrence, goes: Occurrence | null): void => {
    if (cohorts[cohort].length > 0) found.push({ session, cohort, what, ...spanOf(at), to: goes && spanOf(goes) })
  }
  for (const o of was) tell('left', 'lost', o, null)
  for (const o of is) tell('joined', 'gained', o, o)
  const different = before !== null && after !== null && soundsDifferent(before, after)
  for (const [old, now] of pairs(was, is)) {
    if (old && now) {
      if (old.start !== now.start) tell('kept', 'moved', old, now)
      else if (old.end !== now.end) tell('kept', 'resized', old, now)
      else if (different) tell('kept', 'content', old, now)
    } else if (old) tell('kept', 'lost', old, null)
    else if (now) tell('kept', 'gained', now, now)
  }
  return found
}

/** What would change for whom and when, in the days that clusters hold. */
export function differenceOf({ changes, clustersOf, from }: DifferenceQuestion): Difference {
  const sessions = changes.map((change): SessionDifference => ({ ...change, cohorts: cohortsOf(change, clustersOf) }))
  const instants = sessions.flatMap((one) => instantsOf(one, from)).sort((a, b) => a.at - b.at || (a.session < b.session ? -1 : 1))
  const clusters = [...new Set(sessions.flatMap(({ cohorts }) => COHORTS.flatMap((cohort) => cohorts[cohort])))].sort()
  return { sessions, instants, clusters }
}

export interface ReachCount {
  readonly clusters: number
  /** Codes of the communes in which they stand, sorted. */
  readonly communes: readonly string[]
  readonly en: string
  readonly vi: string
}

/** `3 xã, 41 cụm`: a province counts communes, whatever their kind is called on its signs. */
export function reachOfClusters(clusters: readonly string[], placesOf: (cluster: string) => readonly string[], book: AreaBook): ReachCount {
  const communes = new Set<string>()
  for (const id of clusters) for (const code of communesOf(placesOf(id), book)) communes.add(code)
  return {
    clusters: clusters.length,
    communes: [...communes].sort(),
    en: `${communes.size} communes, ${clusters.length} clusters`,
    vi: `${communes.size} xã, ${clusters.length} cụm`,
  }
}

/** The communes that hold these areas; an area above the communes counts as itself. */
export const communesOf = (codes: readonly string[], book: AreaBook): string[] =>
  codes.map((code) => book.chain(code).find(({ kind }) => kind === 'commune')?.code ?? book.merged(code))
