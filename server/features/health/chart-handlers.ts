import { civilDayNumber, DAY_MS, isoWithOffset, startOfDayNumber } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { classify } from '../../../shared/core/signal-class.ts'
import type { BeatSample } from '../../core/beat-packing.ts'
import type { Tenure } from '../../core/cluster-line.ts'
import { CHART_FIGURES, chartColumns, chartGrid, chartSteps, type ChartBucket, type ChartFigure, type ChartGrid } from '../../core/chart.ts'
import type { Identity } from '../../core/identity.ts'
import { instantOf } from '../../core/instant.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import { hourOf } from '../../core/ring-hour.ts'
import { HOUR_MS, hourNumber, startOfHour } from '../../core/ring-places.ts'
import type { RingStore } from '../../core/ring-store.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { signalWords } from '../../core/signal-words.ts'
import type { ClusterRecord } from '../../core/stores.ts'
import { TREND_HOURS, TREND_WEEKS, trendOf, WEEK_H } from '../../core/trend.ts'
import type { VitalSample } from '../../core/vital-packing.ts'
import { CLUSTER, EMPTY_SPAN, noSuchFigure, noSuchInstant } from './desk-refusals.ts'
import type { ChartView, SignalDetail } from './desk-views.ts'
import { bucketsTo } from './ring-now.ts'

export interface ChartQuery {
  readonly figure: string
  readonly from?: string
  readonly to?: string
  readonly points?: number
}
export type ChartDeps = Pick<ServerDeps, 'stores' | 'clock' | 'access'>
export interface ChartHandlers {
  chart(who: Identity, cluster: string, query: ChartQuery): Outcome<ChartView>
  signal(who: Identity, cluster: string): Outcome<SignalDetail>
}

const POINTS = 300
const LONGEST_MS = 3_660 * DAY_MS

const isFigure = (name: string): name is ChartFigure => (CHART_FIGURES as readonly string[]).includes(name)

/** A cluster that `who` may see, or the answer. */
export function clusterFor(deps: Pick<ServerDeps, 'stores' | 'access'>, who: Identity, id: string): Outcome<ClusterRecord> {
  const cluster = deps.stores.clusters.byId(id)
  if (!cluster) return notFound(CLUSTER, id)
  const refusal = deps.access.refusal(who, 'cluster.read', deps.access.areasOfCluster(id))
  return refusal ? refused(refusal) : accepted(cluster)
}

export function createChartHandlers(deps: ChartDeps): ChartHandlers {
  return {
    chart(who, id, query) {
      const cluster = clusterFor(deps, who, id)
      if (!cluster.ok) return cluster
      const names = [...new Set(query.figure.split(','))]
      const unknown = names.find((name) => !isFigure(name))
      if (unknown !== undefined) return refused(noSuchFigure(unknown))
      const span = spanOf(query, deps.clock.wall())
      return span.ok ? accepted(chartOf(deps, cluster.value, names.filter(isFigure), { ...span.value, points: query.points ?? POINTS })) : span
    },
    signal(who, id) {
      const cluster = clusterFor(deps, who, id)
      return cluster.ok ? accepted(signalOf(deps, cluster.value)) : cluster
    },
  }
}

/** A day up to now where nothing is said. */
function spanOf(query: ChartQuery, now: WallMs): Outcome<{ readonly from: WallMs; readonly to: WallMs }> {
  const to = query.to === undefined ? now : instantOf(query.to)
  if (to === null) return refused(noSuchInstant('to', query.to ?? ''))
  const from = query.from === undefined ? wallMs(to - DAY_MS) : instantOf(query.from)
  if (from === null) return refused(noSuchInstant('from', query.from ?? ''))
  return from < to && to - from <= LONGEST_MS ? accepted({ from, to }) : refused(EMPTY_SPAN)
}

function chartOf({ stores, clock }: ChartDeps, cluster: ClusterRecord, figures: readonly ChartFigure[], span: { readonly from: WallMs; readonly to: WallMs; readonly points: number }): ChartView {
  const now = clock.wall()
  const grid = chartGrid({ ...span, now })
  const boxes = stores.care.succession.lines().tenures(cluster.id)
  const steps = chartSteps(grid, boxes.flatMap((box) => bucketsOf(stores.rings, box, grid, now)))
  const on = { grid, now, created: stores.clusters.byId(boxes.at(-1)?.cluster ?? cluster.id)?.created ?? cluster.created }
  return {
    cluster: cluster.id, ring: grid.ring, start: grid.start / 1000, stepS: grid.stepMs / 1000, steps: grid.steps,
    figures: Object.fromEntries(figures.map((figure) => [figure, chartColumns(figure, steps, on)])),
  }
}

/** What a box had in its own time; the hour or the day in which another took its place is both boxes'. */
function bucketsOf(rings: RingStore, { cluster, from, until }: Tenure, grid: ChartGrid, now: WallMs): ChartBucket[] {
  const end = grid.start + grid.steps * grid.stepMs
  const own = { start: wallMs(Math.max(grid.start, from)), end: wallMs(Math.min(end, until)) }
  if (own.start >= own.end) return []
  const places = (placeOf: (at: WallMs) => number): { readonly from: number; readonly to: number } => ({ from: placeOf(own.start), to: placeOf(wallMs(own.end - 1)) + 1 })
  switch (grid.ring) {
    case 'minute':
      return minutesOf(rings, cluster, grid, { start: own.start, end: wallMs(Math.min(own.end, now + 1)) })
    case 'hour':
      return bucketsTo(rings, cluster, { ring: 'hour', ...places(hourNumber) }, now).map((bucket) => ({ ...bucket, at: startOfHour(bucket.at) }))
    case 'day':
      return bucketsTo(rings, cluster, { ring: 'day', ...places(civilDayNumber) }, now).map((bucket) => ({ ...bucket, at: startOfDayNumber(bucket.at) }))
  }
}

interface StepSamples {
  readonly beats: BeatSample[]
  readonly vitals: VitalSample[]
}

/** Samples of each step, by the rule that makes hours of them. */
function minutesOf(rings: RingStore, cluster: string, grid: ChartGrid, { start, end }: { readonly start: WallMs; readonly end: WallMs }): ChartBucket[] {
  const steps = new Map<number, StepSamples>()
  const of = (at: number): { readonly step: StepSamples; readonly second: number } | null => {
    if (at < start || at >= end) return null
    const n = Math.floor((at - grid.start) / grid.stepMs)
    const step = steps.get(n) ?? { beats: [], vitals: [] }
    steps.set(n, step)
    return { step, second: Math.floor((at - grid.start - n * grid.stepMs) / 1000) }
  }
  for (const { hour, beats, vitals } of rings.hours(cluster, hourNumber(start), hourNumber(wallMs(end - 1)))) {
    for (const beat of beats) {
      const place = of(hour * HOUR_MS + beat.second * 1000)
      place?.step.beats.push({ ...beat, second: place.second })
    }
    for (const vital of vitals) of(hour * HOUR_MS + vital.second * 1000)?.step.vitals.push(vital)
  }
  return [...steps].map(([n, { beats, vitals }]) => {
    const at = grid.start + n * grid.stepMs
    return { at: wallMs(at), ...hourOf(beats, vitals, Math.min(grid.stepMs, end - at) / 1000) }
  })
}

function signalOf({ stores, clock }: ChartDeps, cluster: ClusterRecord): SignalDetail {
  const now = clock.wall()
  const { beat, health } = stores.telemetry.latest(cluster.id)
  const figures = stores.lately.radio(cluster.id, now) ?? beat?.r ?? health?.radio?.figures ?? [null, null, null, null]
  const verdict = classify(figures)
  const [rsrp, rsrq, sinr, rssi] = figures
  const { vi, en } = signalWords({ ...verdict, figures })
  const last = hourNumber(now) - 1
  const first = last - TREND_WEEKS * WEEK_H - TREND_HOURS
  // the weeks before are the place's: they may be another box's
  const weeks = stores.care.succession.lines().tenures(cluster.id).flatMap(({ cluster: box, from, until }) => stores.rings.buckets(box, 'hour', first, last + 1).filter(({ at }) => startOfHour(at) + HOUR_MS > from && startOfHour(at) < until))
  const trend = trendOf(weeks, last)
  return {
    cluster: cluster.id, class: verdict.class, worst: verdict.worst, reason: verdict.reason, rsrp, rsrq, sinr, rssi, vi, en, trend,
    operator: health?.radio?.operator ?? null, cell: health?.radio?.cell ?? null, band: health?.radio?.band ?? null, tech: health?.radio?.tech ?? null,
    simulated: cluster.simulated || health?.simulated === true,
    cells: stores.rings.cells(cluster.id).map(({ first, last: until, ...cell }) => ({ ...cell, first: isoWithOffset(first), last: isoWithOffset(until) })),
  }
}
