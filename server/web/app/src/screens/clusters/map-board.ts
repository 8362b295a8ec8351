import { canvas, control, divIcon, latLngBounds, layerGroup, map as makeMap, marker as makeMarker, polygon, tooltip, type DivIcon, type FitBoundsOptions, type Map as GroundMap, type Marker } from 'leaflet'
import 'leaflet/dist/leaflet.css'
import type { ClusterMood } from '../../lib/clusters.ts'
import { areTogether, boundsOf, groupSpots, hullOf, pixelOf, type Bounds, type Group, type Spot } from './map-groups.ts'
import './map.css'

/** A window on the ground, kept while somebody looks at a cluster and comes back. */
export interface View {
  readonly lat: number
  readonly lon: number
  readonly zoom: number
}
/** Clusters that stand in one area. */
export interface Ground {
  readonly name: string
  readonly spots: readonly Spot[]
}
export interface BoardWords {
  readonly nearer: string
  readonly farther: string
  labelOf(group: Group): string
}
export interface MapBoard {
  show(spots: readonly Spot[], grounds: readonly Ground[]): void
  readonly map: GroundMap
  readonly view: View
  remove(): void
}

/** A thumb's breadth, and some more. */
const CELL_PX = 72
const SIZE_PX = 48
/** Names are written where so few stand alone. */
const MOST_NAMES = 25
/** An area is named where it is so broad. */
const NAMED_PX = 70
/** What is shown at first lies beside the buttons and above the scale. */
const BESIDE_BUTTONS: FitBoundsOptions = { paddingTopLeft: [84, 24], paddingBottomRight: [24, 48] }
/** The middle of the country, while nothing else is known. */
const VIET_NAM: Bounds = { south: 8.4, west: 102.1, north: 23.4, east: 109.5 }

/** A shape for each state: who does not tell colours apart tells these. */
const SHAPES: Readonly<Record<ClusterMood, string>> = {
  fault: '<path d="M24 3 45 24 24 45 3 24z"/>',
  offline: '<path d="M7 7h34v34H7z"/>',
  muted: '<path d="M24 44 4 8h40z"/>',
  playing: '<path d="M14 5h20l11 19-11 19H14L3 24z"/>',
  online: '<circle cx="24" cy="24" r="19"/>',
}
const SIGNS: Readonly<Record<ClusterMood, string>> = { fault: '!', offline: '×', muted: '–', playing: '▶', online: '✓' }
const textY = (mood: ClusterMood): number => (mood === 'muted' ? 25 : 31)
export const shapeOf = (mood: ClusterMood, text: string = SIGNS[mood]): string => `<svg viewBox="0 0 48 48" width="100%" height="100%" aria-hidden="true" class="shape ${mood}">${SHAPES[mood]}<text x="24" y="${textY(mood)}"${text.length > 2 ? ' class="long"' : ''}>${text}</text></svg>`

/** A name as text: Leaflet takes strings for markup. */
export function nameTag(name: string): HTMLElement {
  const tag = document.createElement('span')
  tag.textContent = name
  return tag
}

const boundsAt = ({ south, west, north, east }: Bounds) => latLngBounds([south, west], [north, east])

/** Of the line that says how long a kilometre is: its words, in letters for old eyes, fit into the shortest one. */
const SCALE_PX = 180

/** An empty ground with large buttons and a scale; pictures come only where `layTiles` lays them. */
export function openGround(box: HTMLElement, words: Pick<BoardWords, 'nearer' | 'farther'>, at: View | Bounds | null): GroundMap {
  const ground = makeMap(box, { attributionControl: false, zoomControl: false, minZoom: 5, maxZoom: 19, zoomSnap: 0.5, renderer: canvas({ padding: 0.5 }), worldCopyJump: false })
  control.zoom({ zoomInTitle: words.nearer, zoomOutTitle: words.farther }).addTo(ground)
  control.scale({ imperial: false, maxWidth: SCALE_PX }).addTo(ground)
  if (at && 'zoom' in at) ground.setView([at.lat, at.lon], at.zoom)
  else ground.fitBounds(boundsAt(at ?? VIET_NAM), BESIDE_BUTTONS)
  return ground
}

/** A marker on the map, and what it shows. */
interface Shown {
  readonly marker: Marker
  group: Group
  drawn: string
}
function iconOf({ mood, spots }: Group): DivIcon {
  const size = spots.length === 1 ? SIZE_PX : SIZE_PX + 12
  return divIcon({ className: 'spot', html: shapeOf(mood, spots.length === 1 ? undefined : String(spots.length)), iconSize: [size, size] })
}

export interface BoardOptions {
  readonly words: BoardWords
  readonly open: (id: string) => void
  readonly kept: View | null
  readonly spots: readonly Spot[]
  /** What comes of choosing several that stand on one pole: a list of links to them, or the first of them is opened. */
  readonly together?: 'list' | 'first'
}

/** Clusters on a plain ground, gathered where they would lie upon each other. `open` is called with the one that somebody chose. */
export function createMapBoard(box: HTMLElement, { words, open, kept, spots: first, together = 'list' }: BoardOptions): MapBoard {
  const map = openGround(box, words, kept ?? boundsOf(first))
  const areas = layerGroup().addTo(map)
  const markers = new Map<string, Shown>()
  let spots: readonly Spot[] = first
  let grounds: readonly Ground[] = []
  /** The scale from which somebody goes nearer by keyboard: they go on from the marker in the middle. */
  let nearerFrom: number | null = null

  function choose({ spots: held, lat, lon }: Group): void {
    const [one] = held
    if (!one) return
    const bounds = boundsOf(held)
    const isHeap = areTogether(held) || map.getZoom() >= map.getMaxZoom()
    if (held.length === 1 || !bounds || (isHeap && together === 'first')) open(one.id)
    else if (isHeap) list(held)
    else map.setView([lat, lon], Math.min(map.getMaxZoom(), Math.max(map.getZoom() + 1, map.getBoundsZoom(boundsAt(bounds)))))
  }
  function focusMiddle(): void {
    const middle = map.getCenter()
    const [nearest] = [...markers.values()].map(({ marker }) => marker).sort((a, b) => a.getLatLng().distanceTo(middle) - b.getLatLng().distanceTo(middle))
    nearest?.getElement()?.focus({ preventScroll: true })
  }
  /** Several on one pole: a list of their names. */
  function list(held: readonly Spot[]): void {
    const [one] = held
    if (!one) return
    const names = document.createElement('ul')
    for (const { id, name } of held) {
      const link = document.createElement('a')
      link.href = `/cum-loa/${id}`
      link.textContent = name
      names.appendChild(document.createElement('li')).appendChild(link)
    }
    map.openPopup(names, [one.lat, one.lon])
  }
  function draw(): void {
    const seen = map.getBounds().pad(0.2)
    const bounds: Bounds = { south: seen.getSouth(), west: seen.getWest(), north: seen.getNorth(), east: seen.getEast() }
    const groups = groupSpots(spots, { zoom: map.getZoom(), bounds, cellPx: CELL_PX })
    const isNamed = groups.filter(({ spots: held }) => held.length === 1).length <= MOST_NAMES
    const wanted = new Map(groups.map((group) => [group.key, group]))
    for (const [key, { marker }] of markers) {
      if (wanted.has(key)) continue
      marker.remove()
      markers.delete(key)
    }
    for (const group of groups) put(group, isNamed)
    // a movement that was under way ends as well, at the old scale
    if (nearerFrom === null || map.getZoom() === nearerFrom) return
    nearerFrom = null
    requestAnimationFrame(() => void (markers.size > 0 && focusMiddle()))
  }
  /** A marker stays the same element while its clusters do: whoever stands on it by keyboard stays there. */
  function put(group: Group, isNamed: boolean): void {
    const { key, lat, lon, mood, spots: held } = group
    const label = words.labelOf(group)
    const drawn = `${lat} ${lon} ${mood} ${label}`
    const shown = markers.get(key) ?? appear(group)
    shown.group = group
    if (shown.drawn !== drawn) {
      shown.marker.setLatLng([lat, lon]).setIcon(iconOf(group))
      shown.marker.getElement()?.setAttribute('aria-label', label)
      shown.drawn = drawn
    }
    const [one] = held
    const isWanted = isNamed && held.length === 1
    if (one && isWanted && !shown.marker.getTooltip()) shown.marker.bindTooltip(nameTag(one.name), { permanent: true, direction: 'bottom', offset: [0, SIZE_PX / 2 - 4], className: 'spot-name' })
    else if (!isWanted) shown.marker.unbindTooltip()
  }
  function appear(group: Group): Shown {
    const marker = makeMarker([group.lat, group.lon], { icon: iconOf(group), keyboard: true }).addTo(map)
    const shown: Shown = { marker, group, drawn: '' }
    marker.on('click', () => choose(shown.group))
    marker.getElement()?.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return
      event.preventDefault()
      nearerFrom = map.getZoom()
      choose(shown.group)
    })
    markers.set(group.key, shown)
    return shown
  }
  function drawAreas(): void {
    areas.clearLayers()
    for (const { name, spots: held } of grounds) {
      const hull = hullOf(held)
      const bounds = boundsOf(held)
      if (hull.length > 0) polygon(hull.map(([lat, lon]) => [lat, lon] as [number, number]), { interactive: false, className: 'area', color: '#7a8a83', weight: 1, fillOpacity: 0.12 }).addTo(areas)
      if (!bounds) continue
      const broad = pixelOf({ lat: bounds.south, lon: bounds.east }, map.getZoom())[0] - pixelOf({ lat: bounds.south, lon: bounds.west }, map.getZoom())[0]
      if (broad >= NAMED_PX && broad < box.clientWidth * 3) tooltip({ permanent: true, direction: 'top', className: 'area-name', interactive: false }).setLatLng([bounds.north, (bounds.west + bounds.east) / 2]).setContent(nameTag(name)).addTo(areas)
    }
  }
  map.on('moveend', draw)
  map.on('zoomend', drawAreas)
  return {
    map,
    show(newSpots, newGrounds) {
      const isFirst = spots.length === 0 && kept === null
      spots = newSpots
      grounds = newGrounds
      const bounds = boundsOf(spots)
      if (isFirst && bounds) map.fitBounds(boundsAt(bounds), BESIDE_BUTTONS)
      draw()
      drawAreas()
    },
    get view() {
      const { lat, lng } = map.getCenter()
      return { lat, lon: lng, zoom: map.getZoom() }
    },
    remove() {
      map.off()
      markers.clear()
      map.remove()
    },
  }
}
