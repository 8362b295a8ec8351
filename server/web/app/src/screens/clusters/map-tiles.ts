import { tileLayer, type Map as GroundMap } from 'leaflet'
import type { MapTiles } from '../../../../../core/map-tiles.ts'
import { ask } from '../../lib/ask.ts'

const KEY = 'map-ground'
/** Pictures end there; the map goes nearer with those enlarged. */
const MOST_ZOOM = 19

/** Whether this device shows the ground that another machine keeps: as was chosen on it, and else unless it was told to spare data. */
export function wantsGround(): boolean {
  const chosen = localStorage.getItem(KEY)
  if (chosen !== null) return chosen === 'yes'
  return (navigator as Navigator & { readonly connection?: { readonly saveData?: boolean } }).connection?.saveData !== true
}
export const keepGround = (wanted: boolean): void => localStorage.setItem(KEY, wanted ? 'yes' : 'no')

/** What the station chose; null where it chose none, and while nobody can say. */
export async function askTiles(): Promise<MapTiles | null> {
  const answer = await ask<{ readonly tiles: MapTiles | null }>('GET', '/map-tiles')
  return answer.ok ? answer.value.tiles : null
}

/**
 * Lays the pictures under everything else; what is answered takes them away. One that does not come leaves the plain ground. Whoever
 * lays them says beside the map whose they are.
 */
export function layTiles(map: GroundMap, { url }: MapTiles): () => void {
  // a weak link: only what is looked at, once the map stands still. Some keepers give nothing to whoever does not say from where they ask.
  const tiles = tileLayer(url, { maxZoom: MOST_ZOOM, updateWhenIdle: true, updateWhenZooming: false, keepBuffer: 1, referrerPolicy: 'origin' }).addTo(map)
  return () => void tiles.remove()
}
