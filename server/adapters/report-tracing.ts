import { civilDayNumber } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { SlotEvidence } from '../core/evidence-report.ts'
import type { LogEntry, ReportWork, RowFilter, RowOfReport, RowPage, Scope, SessionOfReport } from '../core/report-jobs.ts'
import { groupBy, isSettled, kindOf, verdictOf } from '../core/report-tally.ts'
import type { ReportReading } from './report-reading.ts'

/** A question adds up all that matches as long as it has no more cluster days than this. */
const MOST_ADDED_UP = 12_000

interface StationDay {
  readonly day: number
  readonly station: string
  readonly clusters: readonly string[]
}

/** What is over of a station's day, in order of due, then cluster. */
export interface Tracer {
  days(scope: Scope, from?: number): Generator<StationDay>
  rowsOf(place: StationDay, now: number, filter: RowFilter): RowOfReport[]
  rows(ask: ReportWork['rows']['ask']): RowPage
  sessions(ask: ReportWork['sessions']['ask']): ReportWork['sessions']['answer']
  log(ask: ReportWork['log']['ask']): ReportWork['log']['answer']
  logOf(place: StationDay, now: number): LogEntry[]
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number => values.reduce((all, value) => all + of(value), 0)
const most = (values: readonly number[]): number => values.reduce((all, value) => Math.max(all, value), 0)
const plannedMsOf = ({ planned, due, end }: SlotEvidence): number => (planned ? end - due : 0)

export function matches({ evidence, ...row }: RowOfReport, filter: RowFilter): boolean {
  const same = <T>(wanted: T | undefined, found: T): boolean => wanted === undefined || wanted === found
  return (
    same(filter.cluster, evidence.cluster) && same(filter.source, row.source) && same(filter.class, row.class) && same(filter.language, row.language) &&
    same(filter.rung, evidence.rung as string) && same(filter.reason, (evidence.reason ?? '') as string) &&
    same(filter.session, evidence.planned?.session ?? '') && same(filter.occurrence, (evidence.planned?.occurrence ?? 0) as number) &&
    same(filter.played, evidence.playedMs > 0) && same(filter.late, (evidence.startErrorMs ?? 0) > 2_000) && same(filter.underruns, evidence.underruns > 0) &&
    same(filter.substitute, evidence.stretches.some(({ via }) => via === 'substitute'))
  )
}

/** A place in a list: day, station, and how many of its rows have been given. */
const placeText = (day: number, station: string, given: number): string => `${day}.${station}.${given}`
function placeOf(text: string | undefined): { readonly day: number; readonly station: string; readonly given: number } | null {
  const [, day, station = '', given] = /^(\d+)\.([^.]*)\.(\d+)$/.exec(text ?? '') ?? []
  return day === undefined ? null : { day: Number(day), station, given: Number(given) }
}

export function createTracer({ reader, directory, stationsOn, areaName, nameOf }: ReportReading): Tracer {
  function* days({ area, from, to, now }: Scope, first = from): Generator<StationDay> {
    const last = Math.min(to, civilDayNumber(wallMs(now)))
    for (let day = Math.max(from, first); day <= last; day++) for (const one of stationsOn(area, day)) yield { day, ...one }
  }
  const evidenceOf = ({ day, clusters }: StationDay, now: number): SlotEvidence[] =>
    clusters.flatMap((cluster) => reader.evidence(cluster, day, now)).filter((slot) => isSettled(slot, now)).sort((a, b) => a.due - b.due || (a.cluster < b.cluster ? -1 : 1))
  const kindAt = ({ day, station }: StationDay, slot: SlotEvidence): ReturnType<typeof kindOf> => kindOf(slot, (owner) => station === '' || directory().places.book(day).within(owner, station))
  const rowsOf: Tracer['rowsOf'] = (place, now, filter) => {
    const { cluster } = filter
    const head = cluster === undefined ? {} : { cluster: directory().lines.headOf(cluster) }
    const clusters = head.cluster === undefined ? place.clusters : place.clusters.filter((id) => id === head.cluster)
    const stationName = areaName(place.station, place.day)
    return evidenceOf({ ...place, clusters }, now)
      .map((evidence): RowOfReport => ({ day: place.day, station: place.station, stationName, clusterName: nameOf(evidence.cluster), ...kindAt(place, evidence), evidence }))
      .filter((row) => matches(row, { ...filter, ...head }))
  }
  const logOf: Tracer['logOf'] = (place, now) => {
    const stationName = areaName(place.station, place.day)
    return [...groupBy(evidenceOf(place, now), (slot) => slot.slot).values()].map((slots): LogEntry => {
      const [first] = slots as [SlotEvidence]
      const began = slots.flatMap((slot) => slot.began ?? [])
      return {
        day: place.day, station: place.station, stationName, slot: first.slot, session: first.planned?.session ?? null, item: first.planned?.item ?? first.slot, ...kindAt(place, first),
        due: first.due, plannedMs: most(slots.map(plannedMsOf)), began: began.length === 0 ? null : Math.min(...began), playedMs: most(slots.map((slot) => slot.playedMs)),
        clusters: slots.length, clustersPlayed: slots.filter((slot) => slot.playedMs > 0).length, media: first.planned?.stream ? null : (first.planned?.media ?? null),
      }
    })
  }
  /** Goes through station days and gives pages of what each has. */
  const paged = <T>(scope: Scope, { after, limit }: { readonly after?: string; readonly limit: number }, of: (place: StationDay) => readonly T[]): { found: T[]; next: string | null } => {
    const begin = placeOf(after)
    const found: T[] = []
    for (const place of days(scope, begin?.day)) {
      const isFirst = begin !== null && place.day === begin.day && place.station === begin.station
      if (begin !== null && place.day === begin.day && place.station < begin.station) continue
      const skipped = isFirst ? begin.given : 0
      const here = of(place)
      const taken = here.slice(skipped, skipped + limit - found.length)
      found.push(...taken)
      if (found.length >= limit) return { found, next: placeText(place.day, place.station, skipped + taken.length) }
    }
    return { found, next: null }
  }
  return {
    days, rowsOf, logOf,
    rows: (ask) => {
      const { found, next } = paged(ask, ask, (place) => rowsOf(place, ask.now, ask.filter))
      return { rows: found, next, all: addedUp({ days, rowsOf }, ask) }
    },
    sessions: (ask) => {
      const { found, next } = paged(ask, ask, (place) => sessionsOf(place, evidenceOf(place, ask.now), areaName(place.station, place.day)).filter(({ verdict }) => ask.verdict === undefined || ask.verdict === verdict))
      return { sessions: found, next }
    },
    log: (ask) => {
      const { found, next } = paged(ask, ask, (place) => logOf(place, ask.now))
      return { entries: found, next }
    },
  }
}

function addedUp({ days, rowsOf }: Pick<Tracer, 'days' | 'rowsOf'>, ask: ReportWork['rows']['ask']): RowPage['all'] {
  const all = { rows: 0, plannedMs: 0, playedMs: 0 }
  let clusterDays = 0
  for (const place of days(ask)) {
    clusterDays += ask.filter.cluster === undefined ? place.clusters.length : 1
    if (clusterDays > MOST_ADDED_UP) return null
    const rows = rowsOf(place, ask.now, ask.filter)
    all.rows += rows.length
    all.plannedMs += sum(rows, ({ evidence }) => plannedMsOf(evidence))
    all.playedMs += sum(rows, ({ evidence }) => evidence.playedMs)
  }
  return all
}

function sessionsOf({ day, station }: StationDay, slots: readonly SlotEvidence[], stationName: string): SessionOfReport[] {
  const planned = slots.filter((slot) => slot.planned)
  return [...groupBy(planned, ({ planned: p }) => `${p?.occurrence} ${p?.session}`).values()].map((own): SessionOfReport => {
    const byCluster = [...groupBy(own, (slot) => slot.cluster).values()]
    const verdicts = byCluster.map(verdictOf)
    return {
      day, station, stationName, session: own[0]?.planned?.session ?? '', occurrence: own[0]?.planned?.occurrence ?? 0, verdict: verdictOf(own), clusters: byCluster.length,
      whole: verdicts.filter((one) => one === 'whole').length, part: verdicts.filter((one) => one === 'part').length,
      plannedMs: most(byCluster.map((cluster) => sum(cluster, plannedMsOf))), playedMs: most(byCluster.map((cluster) => sum(cluster, (slot) => slot.playedMs))),
    }
  })
}
