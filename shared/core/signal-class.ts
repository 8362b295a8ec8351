import type { MonoMs } from './clock.ts'

/** RSRP dBm, RSRQ dB, SINR dB, RSSI dBm; null where the modem does not tell. */
export type RadioFigures = readonly [rsrp: number | null, rsrq: number | null, sinr: number | null, rssi: number | null]

/** From good to unusable; `none` where nothing is known. */
export type SignalClass = 'good' | 'fair' | 'poor' | 'none'
export type SignalFigure = 'rsrp' | 'rsrq' | 'sinr' | 'rssi'
/**
 * What to do about it: a weak cell asks for a better or higher aerial, a noisy one for another direction or band,
 * a crowded one for another operator. `fine` where the class is good.
 */
export type SignalReason = 'fine' | 'weak-cell' | 'noisy-cell' | 'crowded-cell' | 'no-figures'

export interface SignalVerdict {
  readonly class: SignalClass
  /** The figure that decided; null without figures. */
  readonly worst: SignalFigure | null
  readonly reason: SignalReason
}

interface Bounds {
  readonly figure: SignalFigure
  readonly at: 0 | 1 | 2 | 3
  readonly good: number
  readonly fair: number
  /** A better class needs so many dB beyond its bound: a figure on the edge does not flap. */
  readonly hysteresisDb: number
  readonly reason: SignalReason
}

/** Of two equally bad figures the first explains the other: a weak cell is also a noisy one. */
const BOUNDS: readonly Bounds[] = [
  { figure: 'rsrp', at: 0, good: -95, fair: -110, hysteresisDb: 3, reason: 'weak-cell' },
  { figure: 'sinr', at: 2, good: 10, fair: 0, hysteresisDb: 3, reason: 'noisy-cell' },
  // RSRQ of a healthy, loaded cell is −8 … −11 dB: 3 dB more would keep it from ever coming back
  { figure: 'rsrq', at: 1, good: -10, fair: -15, hysteresisDb: 1, reason: 'crowded-cell' },
]
/** RSSI holds noise and neighbours too: it decides only where there is no RSRP (2G, 3G, simple modems). */
const RSSI_BOUNDS: Bounds = { figure: 'rssi', at: 3, good: -75, fair: -95, hysteresisDb: 3, reason: 'weak-cell' }

const RANK: Record<SignalClass, number> = { none: 0, poor: 1, fair: 2, good: 3 }
const NO_FIGURES: SignalVerdict = { class: 'none', worst: null, reason: 'no-figures' }

/** The worst of RSRP, RSRQ and SINR decides, and is named with the reason. */
export const classify = (figures: RadioFigures): SignalVerdict => classifyWith(figures, 0)

function classifyWith(figures: RadioFigures, hysteresis: 0 | 1): SignalVerdict {
  let verdict = NO_FIGURES
  for (const bounds of figures[0] === null ? [...BOUNDS, RSSI_BOUNDS] : BOUNDS) {
    const value = figures[bounds.at]
    if (value === null || !Number.isFinite(value)) continue
    const counted = value - hysteresis * bounds.hysteresisDb
    const found: SignalClass = counted >= bounds.good ? 'good' : counted >= bounds.fair ? 'fair' : 'poor'
    if (verdict.class !== 'none' && RANK[found] >= RANK[verdict.class]) continue
    verdict = { class: found, worst: bounds.figure, reason: found === 'good' ? 'fine' : bounds.reason }
  }
  return verdict
}

/** The median is taken over so long: a lorry that passes is no fault. */
export const SIGNAL_WINDOW_MS = 60_000
/** One reading per second at most; older ones are dropped first. */
export const MAX_SIGNAL_SAMPLES = 60

export interface SignalSample {
  readonly at: MonoMs
  readonly figures: RadioFigures
}
export interface SignalTrend {
  readonly samples: readonly SignalSample[]
  /** Median of each figure over the window. */
  readonly median: RadioFigures
  readonly verdict: SignalVerdict
}

export const NO_TREND: SignalTrend = { samples: [], median: [null, null, null, null], verdict: NO_FIGURES }

/**
 * Takes in a reading, or `null` for "none came", at the instant `at`. The class worsens as soon as the 60 s median says
 * so and improves only beyond the hysteresis.
 */
export function stepSignal(trend: SignalTrend, at: MonoMs, figures: RadioFigures | null): SignalTrend {
  const recent = trend.samples.filter((s) => at - s.at < SIGNAL_WINDOW_MS)
  const samples = (figures === null ? recent : [...recent, { at, figures }]).slice(-MAX_SIGNAL_SAMPLES)
  const median: RadioFigures = [medianOf(samples, 0), medianOf(samples, 1), medianOf(samples, 2), medianOf(samples, 3)]
  return { samples, median, verdict: nextVerdict(trend.verdict, median) }
}

function nextVerdict(shown: SignalVerdict, median: RadioFigures): SignalVerdict {
  const plain = classifyWith(median, 0)
  if (plain.class === 'none' || shown.class === 'none' || RANK[plain.class] <= RANK[shown.class]) return plain
  const surely = classifyWith(median, 1)
  return RANK[surely.class] > RANK[shown.class] ? surely : shown
}

function medianOf(samples: readonly SignalSample[], at: 0 | 1 | 2 | 3): number | null {
  const values = samples.flatMap((s) => s.figures[at] ?? []).sort((a, b) => a - b)
  const middle = values.length >> 1
  const [low, high] = [values[middle - 1], values[middle]]
  if (high === undefined) return null
  return values.length % 2 === 0 && low !== undefined ? (low + high) / 2 : high
}
