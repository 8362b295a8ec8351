import type { RingBucket, RingFigure } from './ring-bucket.ts'

/** What a trend is told of: the figures that decide the class. */
export const TREND_FIGURES = ['rsrp', 'sinr', 'rsrq'] as const satisfies readonly RingFigure[]
export type TrendFigure = (typeof TREND_FIGURES)[number]

export interface Trend {
  readonly figure: TrendFigure
  /** dB against the same hours of the weeks before; below 0 = worse. */
  readonly diffDb: number
  /** Weeks that were compared with. */
  readonly weeks: number
  readonly vi: string
  readonly en: string
}

export const WEEK_H = 168
/** Hours that are looked at together, so that one lorry is no trend. */
export const TREND_HOURS = 3
export const TREND_WEEKS = 4
/** Less is within what a modem's own steps and the weather do. */
const LEAST_DB: Readonly<Record<TrendFigure, number>> = { rsrp: 3, sinr: 3, rsrq: 2 }
/** How much further than its usual spread it has to be. */
const SIGMAS = 2
/** Of a normal spread, the standard deviation over the median of the distances. */
const MAD = 1.4826
/** Half an hour of beats. */
const LEAST_BEATS = 45

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 0 ? ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2 : (sorted[middle] ?? 0)
}

/**
 * Against the same hours of the same weekday in the weeks before, since cells breathe with the day; the worst figure, and
 * only where the difference is beyond what these hours differ by anyway. `last`: the newest hour that is over.
 */
export function trendOf(hours: readonly RingBucket[], last: number): Trend | null {
  const byHour = new Map(hours.map((bucket) => [bucket.at, bucket]))
  const found = TREND_FIGURES.flatMap((figure) => trendOfFigure(byHour, last, figure) ?? [])
  return found.reduce<Trend | null>((worst, trend) => (worst === null || trend.diffDb < worst.diffDb ? trend : worst), null)
}

function trendOfFigure(byHour: ReadonlyMap<number, RingBucket>, last: number, figure: TrendFigure): Trend | null {
  const at = (hour: number): number[] => {
    const spread = byHour.get(hour)?.figures[figure]
    return spread === undefined || spread.n < LEAST_BEATS ? [] : [spread.sum / spread.n / 10]
  }
  const span = (before: number): number[] => Array.from({ length: TREND_HOURS }, (_, n) => at(last - before - n)).flat()
  const now = span(0)
  const past = Array.from({ length: TREND_WEEKS }, (_, week) => span((week + 1) * WEEK_H)).filter((values) => values.length >= 2)
  if (now.length < 2 || past.length === 0) return null
  const usual = median(past.flat())
  const spread = MAD * median(past.flat().map((value) => Math.abs(value - usual)))
  const diffDb = Math.round((median(now) - usual) * 10) / 10
  if (Math.abs(diffDb) < Math.max(LEAST_DB[figure], SIGMAS * spread)) return null
  const [dB, name] = [Math.abs(diffDb), figure.toUpperCase()]
  const than = past.length === 1 ? { vi: 'tuần trước', en: 'last week' } : { vi: `${past.length} tuần trước`, en: `the last ${past.length} weeks` }
  return {
    figure, diffDb, weeks: past.length,
    vi: `${name} ${diffDb < 0 ? 'kém' : 'tốt'} hơn ${dB} dB so với cùng giờ ${than.vi}.`,
    en: `${name} is ${dB} dB ${diffDb < 0 ? 'worse' : 'better'} than ${than.en} at this hour.`,
  }
}
