/** Where a pole stands, degrees (WGS 84). */
export interface Place {
  readonly lat: number
  readonly lon: number
}

/** About a metre: finer is noise of the phone. */
const DIGITS = 5
const round = (degrees: number): number => Number(degrees.toFixed(DIGITS))
export const placeOf = (lat: number, lon: number): Place => ({ lat: round(lat), lon: round(lon) })

/** `11.74512, 108.37345`, as maps show it to be copied. */
export const placeText = ({ lat, lon }: Place): string => `${lat}, ${lon}`

/**
 * Reads what a person copied or typed: two numbers, north first, with a point or a comma in them. Of two numbers that only
 * fit the other way round (108 is no latitude) the order is mended. null where it is no place.
 */
export function readPlace(text: string): Place | null {
  const found = text.match(/-?\d+(?:[.,]\d+)?/g)
  if (found?.length !== 2) return null
  const [a = Number.NaN, b = Number.NaN] = found.map((one) => Number(one.replace(',', '.')))
  const [lat, lon] = Math.abs(a) > 90 ? [b, a] : [a, b]
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? placeOf(lat, lon) : null
}
