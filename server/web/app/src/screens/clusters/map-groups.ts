import { MOODS, type ClusterMood } from '../../lib/clusters.ts'

/** A cluster on the ground, degrees (WGS 84). */
export interface Spot {
  readonly id: string
  readonly name: string
  readonly mood: ClusterMood
  readonly lat: number
  readonly lon: number
}
export interface Bounds {
  readonly south: number
  readonly west: number
  readonly north: number
  readonly east: number
}
/** What is drawn at one place: one cluster, or several that would lie upon each other. */
export interface Group {
  /** Stays the same while the same clusters are drawn at the same scale. */
  readonly key: string
  readonly lat: number
  readonly lon: number
  readonly spots: readonly Spot[]
  /** The worst of them: a fault is never hidden among the healthy. */
  readonly mood: ClusterMood
}

/** Of the whole world at scale 0, as web maps have it. */
const WORLD_PX = 256
/** Part of a cell's breadth by which the middles of two markers are apart. */
const APART = 0.8
const clampSin = (lat: number): number => Math.min(0.9999, Math.max(-0.9999, Math.sin((lat * Math.PI) / 180)))

/** Pixels from the north-west corner of the world, Web Mercator. */
export function pixelOf({ lat, lon }: { readonly lat: number; readonly lon: number }, zoom: number): readonly [number, number] {
  const size = WORLD_PX * 2 ** zoom
  const sin = clampSin(lat)
  return [((lon + 180) / 360) * size, (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * size]
}

const lies = ({ lat, lon }: Spot, { south, west, north, east }: Bounds): boolean => lat >= south && lat <= north && lon >= west && lon <= east
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const worst = (spots: readonly Spot[]): ClusterMood => MOODS.find((mood) => spots.some((spot) => spot.mood === mood)) ?? 'online'

/**
 * Gathers what lies in the same cell of `cellPx` pixels of the map's own grid, so that markers stay apart and few however many
 * clusters there are. The grid lies on the world, not on the window: nothing jumps while the map is moved.
 */
export function groupSpots(spots: readonly Spot[], view: { readonly zoom: number; readonly bounds: Bounds; readonly cellPx: number }): Group[] {
  const cells = new Map<string, Spot[]>()
  for (const spot of spots) {
    if (!lies(spot, view.bounds)) continue
    const [x, y] = pixelOf(spot, view.zoom)
    const key = `${Math.floor(x / view.cellPx)}.${Math.floor(y / view.cellPx)}`
    const held = cells.get(key)
    if (held) held.push(spot)
    else cells.set(key, [spot])
  }
  return apart([...cells.values()].map((held) => place(held, view.zoom)), view).map(({ held, lat, lon }) => {
    const [first] = held
    return { key: held.length === 1 ? (first?.id ?? '') : `${view.zoom}.${first?.id ?? ''}.${held.length}`, lat, lon, spots: held, mood: worst(held) }
  })
}

interface Placed {
  readonly held: readonly Spot[]
  readonly lat: number
  readonly lon: number
  readonly x: number
  readonly y: number
}
function place(held: readonly Spot[], zoom: number): Placed {
  const at = { lat: mean(held.map(({ lat }) => lat)), lon: mean(held.map(({ lon }) => lon)) }
  const [x, y] = pixelOf(at, zoom)
  return { held, ...at, x, y }
}

/** Markers of neighbouring cells may still touch: what a finger could not tell apart becomes one. Each round has fewer, so it ends. */
function apart(placed: readonly Placed[], { zoom, cellPx }: { readonly zoom: number; readonly cellPx: number }): readonly Placed[] {
  const least = cellPx * APART
  const kept: Placed[] = []
  for (const one of placed) {
    const n = kept.findIndex(({ x, y }) => Math.abs(x - one.x) < least && Math.abs(y - one.y) < least)
    const near = kept[n]
    if (near) kept[n] = place([...near.held, ...one.held], zoom)
    else kept.push(one)
  }
  return kept.length === placed.length ? kept : apart(kept, { zoom, cellPx })
}

/** Whether they stand so close that no scale of the map sets them apart (some metres). */
export const areTogether = (spots: readonly Spot[]): boolean => {
  const span = (values: readonly number[]): number => Math.max(...values) - Math.min(...values)
  return span(spots.map(({ lat }) => lat)) < 1e-4 && span(spots.map(({ lon }) => lon)) < 1e-4
}

/** The ground of a view: all spots with a margin; a commune's breadth around a single one. null without any. */
export function boundsOf(spots: readonly Pick<Spot, 'lat' | 'lon'>[]): Bounds | null {
  if (spots.length === 0) return null
  const LEAST = 0.01
  const of = (values: readonly number[]): readonly [number, number] => {
    let [low, high] = [Infinity, -Infinity]
    for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)]
    const margin = Math.max(LEAST, (high - low) * 0.08)
    return [low - margin, high + margin]
  }
  const [south, north] = of(spots.map(({ lat }) => lat))
  const [west, east] = of(spots.map(({ lon }) => lon))
  return { south, west, north, east }
}

/** The corners of the smallest ground that holds all points, counter-clockwise; what has no area has none. */
export function hullOf(points: readonly { readonly lat: number; readonly lon: number }[]): (readonly [lat: number, lon: number])[] {
  const sorted = [...new Map(points.map(({ lat, lon }) => [`${lat} ${lon}`, [lat, lon] as const])).values()].sort((a, b) => a[1] - b[1] || a[0] - b[0])
  if (sorted.length < 3) return []
  const turn = (o: readonly [number, number], a: readonly [number, number], b: readonly [number, number]): number => (a[1] - o[1]) * (b[0] - o[0]) - (a[0] - o[0]) * (b[1] - o[1])
  const half = (list: readonly (readonly [number, number])[]): (readonly [number, number])[] => {
    const out: (readonly [number, number])[] = []
    for (const point of list) {
      for (let n = out.length; n >= 2; n = out.length) {
        const [before, last] = [out[n - 2], out[n - 1]]
        if (!before || !last || turn(before, last, point) > 0) break
        out.pop()
      }
      out.push(point)
    }
    out.pop()
    return out
  }
  const hull = [...half(sorted), ...half([...sorted].reverse())]
  return hull.length < 3 ? [] : hull
}
