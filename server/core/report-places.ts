import { areaBook, inForce, type AreaBook, type Membership } from '../../shared/core/area.ts'
import { dayNumberOf } from '../../shared/core/civil.ts'
import type { Area } from '../../shared/core/timetable.ts'

/** Where something stands that stands nowhere. */
export const NOWHERE = ''

/** Who stood where on which civil day. */
export interface Places {
  /** The station under which a cluster counts on a day: its commune, else the area that it stands in, else NOWHERE. */
  stationOf(cluster: string, day: number): string
  /** Clusters of a station on a day, in order; empty for a station that has none. */
  clustersOf(station: string, day: number): readonly string[]
  /** Does a cluster stand in an area, or below it, on a day? */
  standsIn(cluster: string, area: string, day: number): boolean
  /** Areas as they stood on that day. */
  book(day: number): AreaBook
  /** Changes when anything about where a cluster stands or stood changes. */
  signature(cluster: string): string
}

/** Days on which something changes, in order. */
const turnsOf = (spans: readonly { readonly from?: string; readonly to?: string }[]): readonly number[] =>
  [...new Set(spans.flatMap(({ from, to }) => [from, to]).flatMap((date) => (date === undefined ? [] : [dayNumberOf(date)])).filter((day) => !Number.isNaN(day)))].sort((a, b) => a - b)
/** Between two turns nothing changes: a year needs a handful of books. */
const eraOf = (turns: readonly number[], day: number): number => turns.filter((turn) => turn <= day).length

export function createPlaces(areas: readonly Area[], memberships: readonly Membership[]): Places {
  const [turns, areaTurns] = [turnsOf([...areas, ...memberships]), turnsOf(areas)]
  const books = new Map<number, AreaBook>()
  const stations = new Map<number, Map<string, string[]>>()
  const own = new Map<string, Membership[]>()
  for (const m of memberships) own.set(m.cluster, [...(own.get(m.cluster) ?? []), m])

  const book = (day: number): AreaBook => {
    const era = eraOf(areaTurns, day)
    const known = books.get(era) ?? areaBook(areas, day)
    books.set(era, known)
    return known
  }
  const areaOf = (cluster: string, day: number): string | undefined => own.get(cluster)?.find((m) => inForce(m, day))?.area
  const stationOf = (cluster: string, day: number): string => {
    const area = areaOf(cluster, day)
    const chain = area === undefined ? [] : book(day).chain(area)
    return (chain.find(({ kind }) => kind === 'commune') ?? chain[0])?.code ?? NOWHERE
  }
  const members = (day: number): Map<string, string[]> => {
    const era = eraOf(turns, day)
    const known = stations.get(era)
    if (known) return known
    const found = new Map<string, string[]>()
    for (const cluster of [...own.keys()].sort()) {
      const station = stationOf(cluster, day)
      const others = found.get(station)
      if (others) others.push(cluster)
      else found.set(station, [cluster])
    }
    stations.set(era, found)
    return found
  }
  return {
    stationOf,
    clustersOf: (station, day) => members(day).get(station) ?? [],
    standsIn: (cluster, area, day) => {
      const stands = areaOf(cluster, day)
      return stands !== undefined && book(day).within(stands, area)
    },
    book,
    signature: (cluster) => JSON.stringify((own.get(cluster) ?? []).map((m) => [m.area, m.from ?? '', m.to ?? '', stationOf(cluster, m.from === undefined ? 0 : dayNumberOf(m.from))])),
  }
}
