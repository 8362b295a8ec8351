import { DAY_MS } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { Whereabout } from './incident-care.ts'

/** A cell of the last two weeks is home. */
export const HOME_MS = 14 * DAY_MS
/** A box that was put up today has no home yet. */
export const SETTLED_MS = DAY_MS
/** Rural cells reach far; beyond this it is another place. */
export const FAR_KM = 15
const SWAPS_WITHIN_MS = DAY_MS
/** One carrier that changed may be a technician's work; several at once are not. */
const MANY_SWAPS = 2

export interface Position {
  readonly lat: number
  readonly lon: number
}

const EARTH_KM = 6_371
const rad = (degrees: number): number => (degrees * Math.PI) / 180
/** Along the surface, km. */
export function distanceKm(a: Position, b: Position): number {
  const h = Math.sin(rad(b.lat - a.lat) / 2) ** 2 + Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(rad(b.lon - a.lon) / 2) ** 2
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(h)))
}

export interface Seen {
  readonly cluster: string
  readonly position: Position | null
  readonly cell: string | null
  readonly sim: string | null
  readonly carrier: string | null
  /** Everything it was seen with before, this moment's included. */
  readonly known: readonly Whereabout[]
  /** Where the others stand that were seen on this cell. */
  readonly cellAt: readonly Position[]
}

export type TheftSign =
  | { readonly sign: 'far-cell'; readonly cell: string; readonly km: number }
  | { readonly sign: 'sim'; readonly from: string }
  | { readonly sign: 'carrier'; readonly from: string }

const settled = (known: readonly Whereabout[], what: Whereabout['what'], now: WallMs): Whereabout[] => known.filter((w) => w.what === what && now - w.firstAt >= SETTLED_MS && now - w.lastAt < HOME_MS)
const isNew = (known: readonly Whereabout[], what: Whereabout['what'], value: string, now: WallMs): boolean =>
  known.every((w) => w.what !== what || w.value !== value || now - w.firstAt < SETTLED_MS)

/** Does it look as if the box, or its SIM, were elsewhere? */
export function theftSign({ position, cell, sim, carrier, known, cellAt }: Seen, now: WallMs): TheftSign | null {
  const homeSim = settled(known, 'sim', now)[0]
  if (sim !== null && homeSim && isNew(known, 'sim', sim, now)) return { sign: 'sim', from: homeSim.value }
  if (cell !== null && position !== null && settled(known, 'cell', now).length > 0 && isNew(known, 'cell', cell, now) && cellAt.length > 0) {
    const km = Math.min(...cellAt.map((at) => distanceKm(position, at)))
    if (km > FAR_KM) return { sign: 'far-cell', cell, km: Math.round(km) }
  }
  const homeCarrier = settled(known, 'carrier', now)[0]
  if (carrier !== null && homeCarrier && isNew(known, 'carrier', carrier, now)) return { sign: 'carrier', from: homeCarrier.value }
  return null
}

/** Carriers that changed count only where several did within a day. */
export function confirmed(signs: ReadonlyMap<string, TheftSign>, now: WallMs, swappedAt: (cluster: string) => WallMs): Map<string, TheftSign> {
  const swaps = [...signs].filter(([cluster, { sign }]) => sign === 'carrier' && now - swappedAt(cluster) < SWAPS_WITHIN_MS)
  return new Map([...signs].filter(([, { sign }]) => sign !== 'carrier' || swaps.length >= MANY_SWAPS))
}

export function theftWords(sign: TheftSign): { readonly en: string; readonly vi: string } {
  switch (sign.sign) {
    case 'far-cell':
      return { en: `on a 4G cell ${sign.km} km away`, vi: `đang ở trạm 4G cách vị trí lắp đặt ${sign.km} km` }
    case 'sim':
      return { en: 'its SIM was changed', vi: 'SIM đã bị thay' }
    case 'carrier':
      return { en: 'its SIM is of another carrier now', vi: 'SIM đã đổi sang mạng khác' }
  }
}
