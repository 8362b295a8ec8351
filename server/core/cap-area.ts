import { areaBook, inForce } from '../../shared/core/area.ts'
import { distanceM } from '../../shared/core/horn-delay.ts'
import type { Directory } from '../../shared/core/targets.ts'
import { audienceOn } from '../../shared/core/targets.ts'
import type { CapArea, CapPoint } from './cap-message.ts'

export interface PlacedCluster {
  readonly id: string
  readonly name: string
  readonly lat: number | null
  readonly lon: number | null
}
export interface CapGround extends Omit<Directory, 'clusters'> {
  readonly clusters: readonly PlacedCluster[]
  /** Civil day, days since 1970. */
  readonly day: number
  /** Names of geocodes that hold our codes. */
  readonly geocodes: readonly string[]
}
export interface CapAudience {
  /** Ids, sorted, each once. */
  readonly clusters: readonly string[]
  /** Geocodes of a configured name that lead nowhere. */
  readonly unknown: readonly string[]
  /** Clusters of which it cannot be told whether a shape holds them: neither they nor a neighbour in their commune has coordinates. */
  readonly unplaced: readonly string[]
}

/** Even–odd rule on latitude and longitude: over the length of a province the error of a flat map is below that of the map itself. */
export function inPolygon({ lat, lon }: CapPoint, ring: readonly CapPoint[]): boolean {
  let inside = false
  for (let i = 1; i < ring.length; i++) {
    const [a, b] = [ring[i - 1] as CapPoint, ring[i] as CapPoint]
    if (a.lat > lat !== b.lat > lat && lon < ((b.lon - a.lon) * (lat - a.lat)) / (b.lat - a.lat) + a.lon) inside = !inside
  }
  return inside
}

const holds = (areas: readonly CapArea[], at: CapPoint): boolean =>
  areas.some(({ polygons, circles }) => polygons.some((ring) => inPolygon(at, ring)) || circles.some(({ centre, radiusKm }) => distanceM(at, centre) <= radiusKm * 1_000))

/**
 * Who is meant: all clusters of the geocodes, and all that stand inside a polygon or circle. A cluster without coordinates goes with its
 * neighbours: it hears what one of its hamlet hears, or where none of them is placed either, one of its commune. Rather a horn too many next to the
 * danger than a silent one within it.
 */
export function capAudience(areas: readonly CapArea[], ground: CapGround): CapAudience {
  const book = areaBook(ground.areas, ground.day)
  const codes = [...new Set(areas.flatMap((area) => area.geocodes.filter(({ name }) => ground.geocodes.includes(name)).map(({ value }) => value)))]
  const known = codes.filter((code) => book.on(book.merged(code)) !== undefined)
  const named = audienceOn(ground, ground.day)({ areas: known }).clusters
  const hasShapes = areas.some(({ polygons, circles }) => polygons.length + circles.length > 0)
  const byShape = hasShapes ? inShapes(areas, ground) : { inside: [], unplaced: [] }
  return {
    clusters: [...new Set([...named, ...byShape.inside])].sort(),
    unknown: codes.filter((code) => !known.includes(code)),
    unplaced: byShape.unplaced.filter((id) => !named.includes(id)),
  }
}

function inShapes(areas: readonly CapArea[], ground: CapGround): { inside: string[]; unplaced: string[] } {
  const book = areaBook(ground.areas, ground.day)
  const stands = new Map(ground.memberships.filter((m) => inForce(m, ground.day)).map((m) => [m.cluster, m.area]))
  /** Of hamlet and commune, nearest first: neighbours further away say nothing. */
  const homesOf = (id: string): string[] => book.chain(stands.get(id) ?? '').filter((area) => area.kind !== 'province').map((area) => area.code)
  const placedIn = new Map<string, { inside: boolean }>()
  const inside: string[] = []
  const without: string[] = []
  for (const { id, lat, lon } of ground.clusters) {
    if (lat === null || lon === null) {
      without.push(id)
      continue
    }
    const is = holds(areas, { lat, lon })
    if (is) inside.push(id)
    for (const code of homesOf(id)) placedIn.set(code, { inside: is || placedIn.get(code)?.inside === true })
  }
  const unplaced: string[] = []
  for (const id of without) {
    const home = homesOf(id).map((code) => placedIn.get(code)).find((found) => found !== undefined)
    if (!home) unplaced.push(id)
    else if (home.inside) inside.push(id)
  }
  return { inside, unplaced }
}
