import { CIVIL_OFFSET_MS, DAY_MS } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { foldBuckets, readSpread, type Bucket, type RingFigure } from './ring-bucket.ts'
import { HOUR_MS } from './ring-places.ts'
import { KEPT_DAYS } from './ring-store.ts'

/** What a chart can show. `signal`: shares of the classes of the signal; `data`: MB through the modem. */
export const CHART_FIGURES = ['rsrp', 'rsrq', 'sinr', 'rssi', 'rtt', 'level', 'clock', 'buffer', 'held', 'temp', 'volume', 'online', 'playing', 'data', 'signal'] as const
export type ChartFigure = (typeof CHART_FIGURES)[number]

export const CHART_UNITS: Readonly<Record<ChartFigure, string>> = {
  rsrp: 'dBm', rsrq: 'dB', sinr: 'dB', rssi: 'dBm', rtt: 'ms', level: 'dBFS', clock: 'ms', buffer: 'ms', held: '‰', temp: '°C', volume: '%',
  online: '%', playing: '%', data: 'MB', signal: '%',
}

type Column = (number | null)[]
/** One value for each step; null where nothing was measured. */
export type ChartColumns =
  | { readonly unit: string; readonly min: Column; readonly mean: Column; readonly max: Column }
  | { readonly unit: string; readonly value: Column }
  | { readonly unit: string; readonly good: Column; readonly fair: Column; readonly poor: Column }

export type ChartRing = 'minute' | 'hour' | 'day'
const STEP_MS: Readonly<Record<ChartRing, number>> = { minute: 60_000, hour: HOUR_MS, day: DAY_MS }
/** The span over which a ring is read: a finer one would be read in vain. */
const LONGEST_MS: Readonly<Record<Exclude<ChartRing, 'day'>, number>> = { minute: 2 * DAY_MS, hour: 45 * DAY_MS }

export interface ChartGrid {
  readonly ring: ChartRing
  /** Start of the first step. */
  readonly start: WallMs
  readonly stepMs: number
  readonly steps: number
}

/** Which ring, and steps that begin with civil minutes, hours or days: at most `points` of them over [from, to). */
export function chartGrid(span: { readonly from: WallMs; readonly to: WallMs; readonly points: number; readonly now: WallMs }): ChartGrid {
  const { from, to, points, now } = span
  const kept = (ring: 'minute' | 'hour'): boolean => from >= now - KEPT_DAYS[ring] * DAY_MS && to - from <= LONGEST_MS[ring]
  const ring: ChartRing = kept('minute') ? 'minute' : kept('hour') ? 'hour' : 'day'
  const unit = STEP_MS[ring]
  const begin = (at: number): number => Math.floor((at + CIVIL_OFFSET_MS) / unit) * unit - CIVIL_OFFSET_MS
  const start = begin(from)
  const units = Math.max(1, Math.ceil((to - start) / unit))
  const each = Math.ceil(units / points)
  return { ring, start: wallMs(start), stepMs: each * unit, steps: Math.ceil(units / each) }
}

/** A stretch of a ring, `at` its beginning. */
export interface ChartBucket extends Bucket {
  readonly at: WallMs
}

/** What lies in the same step becomes one. A step without any bucket is null: a gap stays a gap. */
export function chartSteps(grid: ChartGrid, buckets: readonly ChartBucket[]): (Bucket | null)[] {
  const steps: ChartBucket[][] = Array.from({ length: grid.steps }, () => [])
  for (const bucket of buckets) steps[Math.floor((bucket.at - grid.start) / grid.stepMs)]?.push(bucket)
  return steps.map((list) => (list.length === 0 ? null : list.length === 1 ? (list[0] ?? null) : foldBuckets(list)))
}

const share = (part: number, whole: number): number | null => (whole <= 0 ? null : Math.min(100, Math.round((1_000 * part) / whole) / 10))

export interface ChartSpan {
  readonly grid: ChartGrid
  readonly now: WallMs
  /** Before it there was no cluster: then it is not "offline". */
  readonly created: WallMs
}

/** The columns of one figure. */
export function chartColumns(figure: ChartFigure, steps: readonly (Bucket | null)[], span: ChartSpan): ChartColumns {
  const unit = CHART_UNITS[figure]
  switch (figure) {
    case 'online':
    case 'playing':
      return { unit, value: steps.map((step, n) => share(step?.counts[figure === 'online' ? 'onlineS' : 'playingS'] ?? 0, secondsOf(n, span))) }
    case 'data':
      return { unit, value: steps.map((step) => (step === null || step.counts.vitals === 0 ? null : Math.round(step.counts.dataBytes / 10_000) / 100)) }
    case 'signal': {
      const of = (of: 'goodS' | 'fairS' | 'poorS') => (step: Bucket | null): number | null => (step === null ? null : share(step.counts[of], step.counts.goodS + step.counts.fairS + step.counts.poorS))
      return { unit, good: steps.map(of('goodS')), fair: steps.map(of('fairS')), poor: steps.map(of('poorS')) }
    }
    default:
      return { unit, ...spreads(figure, steps) }
  }
}

/** Seconds of a step that the cluster has been in use and that are over. */
function secondsOf(step: number, { grid, now, created }: ChartSpan): number {
  const from = Math.max(grid.start + step * grid.stepMs, created)
  return (Math.min(grid.start + (step + 1) * grid.stepMs, now) - from) / 1000
}

function spreads(figure: RingFigure, steps: readonly (Bucket | null)[]): { min: Column; mean: Column; max: Column } {
  const columns: { min: Column; mean: Column; max: Column } = { min: [], mean: [], max: [] }
  for (const step of steps) {
    const spread = step?.figures[figure]
    const read = spread === undefined ? { min: null, mean: null, max: null } : readSpread(figure, spread)
    columns.min.push(read.min)
    columns.mean.push(read.mean)
    columns.max.push(read.max)
  }
  return columns
}
