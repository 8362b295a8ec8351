import { civilDayNumber } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { DEFAULT_STATION, resultOf, type SessionResult } from '../core/result-of-session.ts'
import type { ReportWork } from '../core/report-jobs.ts'
import type { ReportReading } from './report-reading.ts'

/** What came of occurrences, at each station that was to hear them. */
export const resultsFrom = ({ reader, databases, directory, areaName, nameOf }: ReportReading) => {
  // slots of an occurrence are named after its session and start
  const planned = databases.decisions.prepare<[string, string], { cluster: string }>('SELECT DISTINCT cluster FROM evidence_planned WHERE slot >= ? AND slot < ?')
  return ({ occurrences, now, online, calls }: ReportWork['results']['ask']): SessionResult[] =>
    occurrences.flatMap(({ session, title, occurrence }) => {
      const name = `${session}.${Math.round(occurrence / 1000).toString(36)}`
      const day = civilDayNumber(wallMs(occurrence))
      const stations = new Map<string, string[]>()
      const heads = planned.all(`${name}.`, `${name}/`).map(({ cluster }) => directory().lines.headOf(cluster))
      for (const cluster of new Set(heads)) {
        const station = directory().places.stationOf(cluster, day)
        stations.set(station, [...(stations.get(station) ?? []), cluster])
      }
      return [...stations].sort(([a], [b]) => (a < b ? -1 : 1)).map(([area, clusters]) =>
        resultOf({
          session, title, occurrence: wallMs(occurrence), area, areaName: area === '' ? DEFAULT_STATION : areaName(area, day), nameOf,
          slots: clusters.flatMap((cluster) => reader.evidence(cluster, day, now).filter(({ planned: p }) => p?.session === session && p.occurrence === occurrence)),
          isOnline: (cluster) => online.has(cluster),
          callFor: (cluster) => calls.get(cluster) ?? null,
        }))
    })
}
