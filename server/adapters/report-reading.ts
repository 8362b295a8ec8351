import { civilDayNumber } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { DEFAULT_POLICY_NAME } from '../../shared/core/policy-text.ts'
import { makeReport } from '../core/report.ts'
import type { StationFacts } from '../core/report-facts.ts'
import type { Report } from '../core/report-model.ts'
import { firstDayOf, monthOf, type Period } from '../core/report-period.ts'
import { NOWHERE } from '../core/report-places.ts'
import { addTallies, tallyDay, underHeads, type Tally } from '../core/report-tally.ts'
import { unpackTally, type ReportDatabases } from './report-database.ts'
import { bulletinsOf, capsByPolicy, incidentsOf, simPlansOf } from './report-facts.ts'
import { dueSeconds, linksReader } from './report-links.ts'
import { createDirectory, type Directory } from './report-places.ts'
import { createDayReader, type DayReader } from './report-rows.ts'

export interface ReportQuestion {
  /** Code of the area; NOWHERE = the whole station. */
  readonly area: string
  readonly period: Period
  readonly now: number
}
/** What a thread that makes reports works with. */
export interface ReportReading {
  readonly reader: DayReader
  readonly databases: ReportDatabases
  directory(): Directory
  /** Stations of an area on a day, and which of their clusters count. */
  stationsOn(area: string, day: number): readonly { readonly station: string; readonly clusters: readonly string[] }[]
  areaName(code: string, day: number): string
  nameOf(cluster: string): string
  /** Incidents of an area in a period; null where none are kept. */
  incidents(question: ReportQuestion): ReturnType<typeof incidentsOf>
  report(question: ReportQuestion): Report
}

export function createReportReading(databases: ReportDatabases): ReportReading {
  const { decisions, archive } = databases
  const reader = createDayReader(databases)
  const directory = createDirectory(decisions)
  const names = decisions.prepare<[string], { name: string }>('SELECT name FROM cluster WHERE id = ?')
  const stationsOf = archive.prepare<[number, number], { station: string }>('SELECT DISTINCT station FROM report_day WHERE day >= ? AND day <= ?')
  const linksOf = linksReader(databases)

  const isWithin = (station: string, area: string, day: number): boolean => area === NOWHERE || (station !== NOWHERE && directory().places.book(day).within(station, area))
  const isHamlet = (area: string, day: number): boolean => {
    const book = directory().places.book(day)
    return book.on(book.merged(area))?.kind === 'hamlet'
  }
  const allStations = (day: number): string[] => [...new Set(directory().clusters.map((cluster) => directory().places.stationOf(cluster, day)))].sort()
  const areaName = (code: string, day: number): string => (code === NOWHERE ? 'Toàn hệ thống' : (directory().places.book(day).on(directory().places.book(day).merged(code))?.name ?? code))
  const stationsOn: ReportReading['stationsOn'] = (area, day) => {
    const { places } = directory()
    if (area !== NOWHERE && isHamlet(area, day)) {
      const clusters = directory().clusters.filter((cluster) => places.standsIn(cluster, area, day)).sort()
      return clusters.length === 0 ? [] : [{ station: places.stationOf(clusters[0] ?? '', day), clusters }]
    }
    return allStations(day).filter((station) => isWithin(station, area, day)).map((station) => ({ station, clusters: places.clustersOf(station, day) }))
  }
  const nameOf = (cluster: string): string => names.get(cluster)?.name ?? cluster
  const reading = { reader, databases, directory, stationsOn, areaName, nameOf }

  /** Sums by station: whole months where they are made, days elsewhere. */
  const sumsOf = ({ area, period, now }: ReportQuestion): Map<string, Tally> => {
    const last = Math.min(period.to, civilDayNumber(wallMs(now)))
    if (area !== NOWHERE && isHamlet(area, last)) return hamletSums(reading, { area, period: { ...period, to: last }, now })
    const found = new Map<string, Tally[]>()
    const wanted = new Set(stationsOf.all(period.from, last).map(({ station }) => station).filter((station) => isWithin(station, area, last)))
    const add = (station: string, doc: Uint8Array): void => {
      if (wanted.has(station)) found.set(station, [...(found.get(station) ?? []), unpackTally(doc)])
    }
    readSums(databases, period, add)
    // what was added up before a box was replaced stands under the old one
    return new Map([...found].map(([station, tallies]) => [station, underHeads(addTallies(tallies), directory().lines.headOf)]))
  }
  const clustersOf = ({ area, period, now }: ReportQuestion): Set<string> => {
    const day = Math.min(period.to, civilDayNumber(wallMs(now)))
    return new Set([...[...sumsOf({ area, period, now }).values()].flatMap((tally) => Object.keys(tally.clusters)), ...stationsOn(area, day).flatMap(({ clusters }) => clusters)])
  }
  return {
    ...reading,
    incidents: (question) => incidentsOf(decisions, question.period, { clusters: clustersOf(question), lines: directory().lines }),
    report: (question) => {
      const { area, period, now } = question
      const day = Math.min(period.to, civilDayNumber(wallMs(now)))
      const sums = sumsOf(question)
      const standing = new Map(stationsOn(area, day).map(({ station, clusters }) => [station, clusters]))
      const caps = capsByPolicy(decisions)
      const { places, lines } = directory()
      const book = places.book(day)
      const stations = [...new Set([...sums.keys(), ...standing.keys()])].sort().map((code): StationFacts => {
        const tally = sums.get(code) ?? addTallies([])
        return { code, name: areaName(code, day), tally, clusters: [...new Set([...Object.keys(tally.clusters), ...(standing.get(code) ?? [])])].sort(), caps: caps.get(book.policyName(code) ?? DEFAULT_POLICY_NAME) ?? null }
      })
      const clusters = new Set(stations.flatMap((station) => station.clusters))
      const dueS = dueSeconds(databases, { period, now, lines })
      return makeReport({
        area: { code: area, name: areaName(area, day) }, stations, dueS, nameOf,
        links: linksOf({ clusters, period, now, lines }),
        incidents: incidentsOf(decisions, period, { clusters, lines }),
        bulletins: bulletinsOf(decisions, period, (commune) => isWithin(commune, area, day)),
        // a plan is of a month: over any other time there is nothing to hold it against
        simPlans: period.kind === 'month' ? simPlansOf(decisions, lines) : new Map(),
      }, period, wallMs(now))
    },
  }
}

function readSums({ archive }: ReportDatabases, { from, to }: Period, add: (station: string, doc: Uint8Array) => void): void {
  const months = archive.prepare<[number], { station: string; doc: Uint8Array }>('SELECT station, doc FROM report_month WHERE month = ?')
  const days = archive.prepare<[number, number], { station: string; doc: Uint8Array }>('SELECT station, doc FROM report_day WHERE day >= ? AND day <= ? ORDER BY day, station')
  for (let month = monthOf(from); month <= monthOf(to); month++) {
    const [first, last] = [Math.max(from, firstDayOf(month)), Math.min(to, firstDayOf(month + 1) - 1)]
    const whole = first === firstDayOf(month) && last === firstDayOf(month + 1) - 1
    // a month is taken from its days where one of its stations is being added up anew
    const made = whole ? months.all(month) : []
    const done = new Set(made.map(({ station }) => station))
    for (const { station, doc } of made) add(station, doc)
    if (whole && done.size > 0 && done.size === archive.prepare<[number, number], { n: number }>('SELECT count(DISTINCT station) AS n FROM report_day WHERE day >= ? AND day <= ?').get(first, last)?.n) continue
    for (const { station, doc } of days.all(first, last)) if (!done.has(station)) add(station, doc)
  }
}

/** A hamlet has no station of its own: its few clusters are added up from their rows. */
function hamletSums({ reader, stationsOn, directory }: Pick<ReportReading, 'reader' | 'stationsOn' | 'directory'>, { area, period, now }: ReportQuestion): Map<string, Tally> {
  const tallies: Tally[] = []
  for (let day = period.from; day <= period.to; day++) {
    const slots = stationsOn(area, day).flatMap(({ clusters }) => clusters.flatMap((cluster) => reader.evidence(cluster, day, now)))
    const [station] = stationsOn(area, day)
    if (slots.length > 0) tallies.push(tallyDay(slots, { day, now, isOwn: (owner) => directory().places.book(day).within(owner, station?.station ?? area) }).tally)
  }
  return tallies.length === 0 ? new Map() : new Map([[area, addTallies(tallies)]])
}
