/** GET /clusters/:id/chart, the part that is drawn. */
export interface ChartView {
  /** Of the first step, seconds since 1970. */
  readonly start: number
  readonly stepS: number
  readonly steps: number
  readonly figures: Readonly<Record<string, ChartColumns>>
}
type Column = readonly (number | null)[]
export type ChartColumns =
  | { readonly unit: string; readonly min: Column; readonly mean: Column; readonly max: Column }
  | { readonly unit: string; readonly value: Column }
  | { readonly unit: string; readonly good: Column; readonly fair: Column; readonly poor: Column }

export const SPANS = ['hour', 'day', 'month', 'year'] as const
export type Span = (typeof SPANS)[number]
const HOUR_MS = 3_600_000
const SPAN_MS: Readonly<Record<Span, number>> = { hour: HOUR_MS, day: 24 * HOUR_MS, month: 30 * 24 * HOUR_MS, year: 365 * 24 * HOUR_MS }
/** Steps of a minute, five minutes, three hours, a day: what a phone's breadth can show. */
const POINTS: Readonly<Record<Span, number>> = { hour: 61, day: 289, month: 241, year: 366 }

/** What is shown of a cluster, in the order of how often it is asked for. */
export const FIGURES = ['signal', 'rsrp', 'online', 'level', 'data', 'rtt', 'temp'] as const
export type Figure = (typeof FIGURES)[number]

export function chartQuery(figure: Figure, span: Span, now: number): string {
  const iso = (at: number): string => new Date(at).toISOString()
  return `figure=${figure}&from=${encodeURIComponent(iso(now - SPAN_MS[span]))}&to=${encodeURIComponent(iso(now))}&points=${POINTS[span]}`
}

export interface Line {
  readonly name: 'mean' | 'min' | 'max' | 'good' | 'fair' | 'poor'
  readonly values: Column
}
/** The lines of a figure, the main one first. */
export function linesOf(columns: ChartColumns): Line[] {
  if ('good' in columns) return [{ name: 'good', values: columns.good }, { name: 'fair', values: columns.fair }, { name: 'poor', values: columns.poor }]
  if ('value' in columns) return [{ name: 'mean', values: columns.value }]
  return [{ name: 'mean', values: columns.mean }, { name: 'min', values: columns.min }, { name: 'max', values: columns.max }]
}

export interface Summary {
  readonly mean: number
  readonly least: number
  readonly most: number
  /** The newest value that is known. */
  readonly last: number
  /** Percent of the steps in which nothing was measured. */
  readonly gaps: number
}
const known = (values: Column): number[] => values.filter((value) => value !== null)
const tenth = (value: number): number => Math.round(value * 10) / 10

/** What a picture says, in numbers; null where nothing was measured. Sums up the main line, its extremes by the others where there are any. */
export function summaryOf(columns: ChartColumns): Summary | null {
  const [main, low, high] = 'good' in columns ? [columns.good, columns.good, columns.good] : 'value' in columns ? [columns.value, columns.value, columns.value] : [columns.mean, columns.min, columns.max]
  const values = known(main)
  const last = values.at(-1)
  if (last === undefined) return null
  return {
    mean: tenth(values.reduce((sum, value) => sum + value, 0) / values.length),
    least: tenth(Math.min(...known(low))), most: tenth(Math.max(...known(high))), last: tenth(last),
    gaps: Math.round((100 * (main.length - values.length)) / main.length),
  }
}

/** All that was measured, summed: of what adds up, such as data. */
export const sumOf = (columns: ChartColumns): number => ('value' in columns ? tenth(known(columns.value).reduce((sum, value) => sum + value, 0)) : 0)

export interface Row {
  /** Seconds since 1970. */
  readonly at: number
  readonly value: number | null
}
/** The same as a table of at most `most` rows, for whoever does not see pictures: means of steps that lie together, or their sum. */
export function tableOf(view: Pick<ChartView, 'start' | 'stepS'>, columns: ChartColumns, { most, adds }: { readonly most: number; readonly adds: boolean }): Row[] {
  const [main] = linesOf(columns)
  const values = main?.values ?? []
  const each = Math.max(1, Math.ceil(values.length / most))
  const rows: Row[] = []
  for (let n = 0; n < values.length; n += each) {
    const part = known(values.slice(n, n + each))
    const sum = part.reduce((all, value) => all + value, 0)
    rows.push({ at: view.start + n * view.stepS, value: part.length === 0 ? null : tenth(adds ? sum : sum / part.length) })
  }
  return rows
}

const ZONE_S = 7 * 3_600
const two = (n: number): string => String(n).padStart(2, '0')
/** What stands below a day's or month's tick: `23/11`, over a year `11/26`. `at`: seconds since 1970. */
export function chartDay(at: number, span: Span): string {
  const day = new Date((at + ZONE_S) * 1_000)
  return span === 'year' ? `${two(day.getUTCMonth() + 1)}/${two(day.getUTCFullYear() % 100)}` : `${two(day.getUTCDate())}/${two(day.getUTCMonth() + 1)}`
}
