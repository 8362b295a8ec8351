/**
 * What is left of an hour or a day of one cluster. Everything in it is a sum, a least or a greatest, so that hours give a
 * day, and days a month, in any order and any grouping, to the last digit. What goes into a ring has its means in whole
 * units (a tenth of a dB, a ms): `inWholeMeans`.
 */

/** Measured figures, in whole units: dB, dBm and °C × 10, level in dBFS × 10, ms, permille, percent. New ones go to the end. */
export const FIGURES = ['rsrp', 'rsrq', 'sinr', 'rssi', 'rtt', 'clock', 'buffer', 'level', 'held', 'temp', 'volume'] as const
export type RingFigure = (typeof FIGURES)[number]
/** Such figures are kept × 10. */
export const IN_TENTHS: ReadonlySet<RingFigure> = new Set(['rsrp', 'rsrq', 'sinr', 'rssi', 'level', 'temp'])

/**
 * Counts. Seconds are of the clock: `onlineS` ≥ `playingS`, and `goodS + fairS + poorS` ≤ `onlineS` (a cluster without a
 * modem has none of them); `weakS`, `noisyS` and `crowdedS` are of those that are not good, by their reason. New ones go to the end.
 */
export const COUNTS = [
  'beats', 'onlineS', 'playingS', 'goodS', 'fairS', 'poorS', 'weakS', 'noisyS', 'crowdedS',
  'dataBytes', 'connects', 'lateBeats', 'vitals', 'batteryVitals', 'mutedVitals',
] as const
export type RingCount = (typeof COUNTS)[number]

export interface Spread {
  readonly n: number
  readonly sum: number
  readonly min: number
  readonly max: number
}
export interface Bucket {
  readonly counts: Readonly<Record<RingCount, number>>
  /** Absent where nothing was measured. */
  readonly figures: Readonly<Partial<Record<RingFigure, Spread>>>
}
/** A bucket with its place: hours or civil days since 1970. */
export interface RingBucket extends Bucket {
  readonly at: number
}

const joined = (a: Spread, b: Spread): Spread => ({ n: a.n + b.n, sum: a.sum + b.sum, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) })

export const noCounts = (): Record<RingCount, number> => Object.fromEntries(COUNTS.map((count) => [count, 0])) as Record<RingCount, number>

/** A spread that is being made. */
export interface GrowingSpread {
  n: number
  sum: number
  min: number
  max: number
}
/** Adds one reading. */
export function noteFigure(into: Partial<Record<RingFigure, GrowingSpread>>, figure: RingFigure, value: number): void {
  const before = into[figure]
  if (before === undefined) return void (into[figure] = { n: 1, sum: value, min: value, max: value })
  before.n++
  before.sum += value
  if (value < before.min) before.min = value
  if (value > before.max) before.max = value
}

/** The bucket as a ring keeps it: its means cost a byte instead of three. */
export function inWholeMeans({ counts, figures }: Bucket): Bucket {
  const whole: Partial<Record<RingFigure, Spread>> = {}
  for (const figure of FIGURES) {
    const spread = figures[figure]
    if (spread !== undefined) whole[figure] = { ...spread, sum: spread.n * Math.round(spread.sum / spread.n) }
  }
  return { counts, figures: whole }
}

/** All of them as one; of none: an empty one. */
export function foldBuckets(buckets: readonly Bucket[]): Bucket {
  const counts = noCounts()
  const figures: Partial<Record<RingFigure, Spread>> = {}
  for (const bucket of buckets) {
    for (const count of COUNTS) counts[count] += bucket.counts[count]
    for (const figure of FIGURES) {
      const [more, before] = [bucket.figures[figure], figures[figure]]
      if (more !== undefined) figures[figure] = before === undefined ? more : joined(before, more)
    }
  }
  return { counts, figures }
}

/** Least, mean and greatest in the figure's own unit (dB, ms, °C …), one decimal more than it is measured in. */
export function readSpread(figure: RingFigure, { n, sum, min, max }: Spread): { readonly min: number; readonly mean: number; readonly max: number } {
  const unit = IN_TENTHS.has(figure) ? 10 : 1
  return { min: min / unit, mean: Math.round((sum / n / unit) * 100) / 100, max: max / unit }
}
