import { wallMs, type MonoMs, type WallMs } from '../../shared/core/clock.ts'

/**
 * Estimates the server's time on this box: server = offset + mono × (1 + drift). Each burst of exchanges keeps the one
 * with the smallest round trip (the least queueing); offset comes from the most certain of them, drift from the rates
 * that all of them allow. Pure: every function takes a state and returns the next.
 */
export interface Exchange {
  /** Question left, answer came: this box's monotonic clock. */
  readonly asked: MonoMs
  readonly answered: MonoMs
  /** Question came, answer left: server's wall clock. */
  readonly received: WallMs
  readonly sent: WallMs
}

interface Sample {
  readonly mono: number
  /** server wall − mono, ms. */
  readonly offset: number
  readonly rttMs: number
  readonly burst: number
}

export interface ClockSync {
  readonly samples: readonly Sample[]
  readonly estimate: Estimate | null
  /** An estimate that differs by more than MAX_STEP_MS and waits for a second source. */
  readonly suspect: boolean
}

export interface Estimate {
  /** Server's wall ms minus mono at `at`. */
  readonly offset: number
  readonly at: number
  /** Parts per million by which the server's clock runs faster than this one. */
  readonly driftPpm: number
  /** Bound of the error at `at`, ms: half the round trip. */
  readonly errorMs: number
  readonly rttMs: number
  /** How sure the drift is, ppm: the error bound grows by this with age. */
  readonly driftErrorPpm: number
}

/** Bests of this many bursts are kept: at one burst each five minutes about three hours. */
export const MAX_BURSTS = 32
/** Slower exchanges say nothing about the time that the cluster could use. */
export const MAX_ROUND_TRIP_MS = 5_000
/** DESIGN §6: a step of more than this needs a second source. */
export const MAX_STEP_MS = 60_000
/** Cheap crystals stay within the second; what is beyond the first, and allowed by the samples, is a bad one. */
const MAX_DRIFT_PPM = 300
const DRIFT_UNKNOWN_PPM = 100
/** A crystal's rate moves this much with the temperature of a day. */
const MIN_DRIFT_ERROR_PPM = 2

export const unsynced: ClockSync = { samples: [], estimate: null, suspect: false }

/** Adds one exchange of burst number `burst`. An impossible or too slow exchange leaves the state as it is. */
export function noteExchange(sync: ClockSync, exchange: Exchange, burst: number): ClockSync {
  const { asked, answered, received, sent } = exchange
  const rttMs = answered - asked - (sent - received)
  if (rttMs < 0 || rttMs > MAX_ROUND_TRIP_MS || sent < received) return sync
  const sample: Sample = {
    mono: (asked + answered) / 2,
    offset: (received - asked + (sent - answered)) / 2,
    rttMs,
    burst,
  }
  const rival = sync.samples.find((s) => s.burst === burst)
  if (rival && rival.rttMs <= rttMs) return sync
  const samples = [...sync.samples.filter((s) => s.burst !== burst), sample].slice(-MAX_BURSTS)
  const estimate = estimateFrom(samples)
  const step = sync.estimate ? Math.abs(serverOffset(sync.estimate, sample.mono) - serverOffset(estimate, sample.mono)) : 0
  if (step > MAX_STEP_MS) return { ...sync, samples: [...sync.samples], suspect: true }
  return { samples, estimate, suspect: false }
}

/** Takes a new time although it differs by more than MAX_STEP_MS: a second source agreed. Starts a new epoch. */
export function acceptStep(exchange: Exchange, burst: number): ClockSync {
  return noteExchange(unsynced, exchange, burst)
}

/** Resumes from what was stored: `wallNow` is what the RTC and the stored offset give, `errorMs` its bound. */
export const resumed = (serverNow: WallMs, mono: MonoMs, errorMs: number, driftPpm: number): ClockSync => ({
  samples: [],
  suspect: false,
  estimate: { offset: serverNow - mono, at: mono, driftPpm, errorMs, rttMs: 0, driftErrorPpm: DRIFT_UNKNOWN_PPM },
})

function estimateFrom(samples: readonly Sample[]): Estimate {
  const last = samples[samples.length - 1] as Sample
  const { driftPpm, driftErrorPpm } = fitDrift(samples)
  // the certain sample of long ago against the uncertain one of now: age costs what the drift may hide
  let best = last
  let bestError = Number.POSITIVE_INFINITY
  for (const s of samples) {
    const error = s.rttMs / 2 + ((last.mono - s.mono) * driftErrorPpm) / 1e6
    if (error <= bestError) [best, bestError] = [s, error]
  }
  const offset = best.offset + ((last.mono - best.mono) * driftPpm) / 1e6
  return { offset, at: last.mono, driftPpm, errorMs: bestError, rttMs: last.rttMs, driftErrorPpm }
}

/**
 * The rates that all samples allow: each offset is wrong by at most half its round trip, so every pair bounds the slope
 * between them. The middle is the estimate, half the width its error: a true bound, where a regression has none.
 */
function fitDrift(samples: readonly Sample[]): { driftPpm: number; driftErrorPpm: number } {
  const [likely, possible] = [{ low: -DRIFT_UNKNOWN_PPM, high: DRIFT_UNKNOWN_PPM }, { low: -MAX_DRIFT_PPM, high: MAX_DRIFT_PPM }]
  const allowed = slopesAllowed(samples, likely) ?? slopesAllowed(samples, possible)
  // a crystal that warmed up has no one rate: then the bound alone says so
  if (!allowed) return { driftPpm: 0, driftErrorPpm: MAX_DRIFT_PPM }
  return { driftPpm: (allowed.low + allowed.high) / 2, driftErrorPpm: Math.max(MIN_DRIFT_ERROR_PPM, (allowed.high - allowed.low) / 2) }
}

interface Slopes {
  readonly low: number
  readonly high: number
}

/** null when no rate within the bounds fits all samples. */
function slopesAllowed(samples: readonly Sample[], bounds: Slopes): Slopes | null {
  let { low, high } = bounds
  for (let j = 1; j < samples.length; j++) {
    const later = samples[j] as Sample
    for (let i = 0; i < j; i++) {
      const earlier = samples[i] as Sample
      const span = later.mono - earlier.mono
      const slope = (later.offset - earlier.offset) / span
      const slack = (later.rttMs + earlier.rttMs) / 2 / span + MIN_DRIFT_ERROR_PPM / 1e6
      low = Math.max(low, (slope - slack) * 1e6)
      high = Math.min(high, (slope + slack) * 1e6)
    }
  }
  return low <= high ? { low, high } : null
}

const serverOffset = (e: Estimate, mono: number): number => e.offset + ((mono - e.at) * e.driftPpm) / 1e6

/** The server's wall time at a monotonic instant of this box. */
export const serverAt = (e: Estimate, mono: MonoMs): WallMs => wallMs(mono + serverOffset(e, mono))

/** The monotonic instant of this box at which the server's clock shows `wall`. */
export const monoAt = (e: Estimate, wall: WallMs): MonoMs =>
  ((wall - e.offset + (e.at * e.driftPpm) / 1e6) / (1 + e.driftPpm / 1e6)) as MonoMs

/** Bound of the error at an instant, ms. */
export const errorAt = (e: Estimate, mono: MonoMs): number =>
  e.errorMs + (Math.max(0, mono - e.at) * e.driftErrorPpm) / 1e6
