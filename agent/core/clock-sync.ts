import { wallMs, type MonoMs, type WallMs } from '../../shared/core/clock.ts'
import { likeliestLine, type Rate, type Ways } from './likely-line.ts'

/**
 * Estimates the server's time on this box: server = offset + mono × (1 + drift). Each burst of exchanges keeps the one
 * with the smallest round trip (the least queueing) and the quickest way of each direction. The bound is what all round trips together
 * leave possible, whatever the links do; the estimate within it is the likeliest line between the quickest ways. What
 * no exchange can show is a constant difference of the two ways: half of it remains as error, within the bound and unseen.
 * Pure: every function takes a state and returns the next.
 */
export interface Exchange {
  /** Question left, answer came: this box's monotonic clock. */
  readonly asked: MonoMs
  readonly answered: MonoMs
  /** Question came, answer left: server's wall clock. */
  readonly received: WallMs
  readonly sent: WallMs
}

/** The quickest exchange of a burst, and its quickest ways. */
interface Sample extends Ways {
  readonly mono: number
  /** server wall − mono, ms. */
  readonly offset: number
  readonly rttMs: number
  readonly burst: number
}

export interface ClockSync {
  readonly samples: readonly Sample[]
  /** What is known of this box's crystal from before the samples; null on a new box. */
  readonly known: Rate | null
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
  /** Bound of the error at `at`, ms: at most half the round trip. */
  readonly errorMs: number
  readonly rttMs: number
  /** How uncertain the drift is likely to be (one standard deviation); the bound of it is `driftErrorPpm`. */
  readonly driftSigmaPpm: number
  /** How sure the drift is, ppm: the error bound grows by this with age. */
  readonly driftErrorPpm: number
  /** What both ways of this link together take longer by chance, mean, ms; 0 before anything was measured. */
  readonly chanceMs: number
}

/** Bests of this many bursts are kept: at one burst each five minutes about five hours. */
export const MAX_BURSTS = 64
/** Slower exchanges say nothing about the time that the cluster could use. */
export const MAX_ROUND_TRIP_MS = 5_000
/** DESIGN §6: a step of more than this needs a second source. */
export const MAX_STEP_MS = 60_000
/** Cheap crystals stay within the second; what is beyond the first, and allowed by the samples, is a bad one. */
const MAX_DRIFT_PPM = 300
const DRIFT_UNKNOWN_PPM = 100
/** A crystal's rate moves this much with the temperature of a day. */
const MIN_DRIFT_ERROR_PPM = 2

/** A crystal of which nothing is known: ±100 ppm, anywhere in it. */
const NEW_CRYSTAL: Rate = { ppm: 0, sigmaPpm: 50 }
/** What was measured before holds within this, in another temperature. */
const KEPT_SIGMA_PPM = 3

/** By its uncertain drift the clock may go wrong by so much until it is asked again. */
const UNSURE_MS = 2
export const ASK_MOST_MS = 300_000
export const ASK_LEAST_MS = 20_000

/** While the crystal is not known, and afterwards: one question more for so much of the link's chance. */
const LEARNT_PPM = 3
const LEARNING = { least: 4, most: 12, eachMs: 5 }
const SETTLED = { least: 1, most: 3, eachMs: 20 }

export const unsynced: ClockSync = { samples: [], known: null, estimate: null, suspect: false }

/**
 * Adds one exchange of burst number `burst`. An impossible or too slow exchange leaves the state as it is, and so does a first one
 * that agrees with what was kept over a restart and is less certain: half of a long round trip would be error.
 */
export function noteExchange(sync: ClockSync, exchange: Exchange, burst: number): ClockSync {
  const { asked, answered, received, sent } = exchange
  const rttMs = answered - asked - (sent - received)
  if (rttMs < 0 || rttMs > MAX_ROUND_TRIP_MS || sent < received) return sync
  if (saysLessThanKept(sync, exchange, rttMs)) return sync
  const mono = (asked + answered) / 2
  const sample: Sample = {
    mono,
    offset: (received - asked + (sent - answered)) / 2,
    rttMs,
    burst,
    count: 1,
    most: { mono, offset: received - asked },
    least: { mono, offset: sent - answered },
  }
  const rival = sync.samples.find((s) => s.burst === burst)
  const others = sync.samples.filter((s) => s.burst !== burst)
  const { samples, rates } = agreeing([...others, rival ? quicker(rival, sample) : sample].slice(-MAX_BURSTS))
  const estimate = estimateFrom(samples, rates, sync.known ?? NEW_CRYSTAL)
  const step = sync.estimate ? Math.abs(serverOffset(sync.estimate, sample.mono) - serverOffset(estimate, sample.mono)) : 0
  if (step > MAX_STEP_MS) return { ...sync, samples: [...sync.samples], suspect: true }
  return { samples, known: sync.known, estimate, suspect: false }
}

/** Nothing was measured since the start, and what was kept is within what this exchange allows, and surer. */
function saysLessThanKept({ samples, estimate }: ClockSync, { asked, answered, received, sent }: Exchange, rttMs: number): boolean {
  if (samples.length > 0 || !estimate) return false
  const mono = (asked + answered) / 2
  const kept = errorAt(estimate, mono as MonoMs)
  const apart = Math.abs(serverOffset(estimate, mono) - (received - asked + (sent - answered)) / 2)
  return kept < rttMs / 2 && apart <= kept + rttMs / 2
}

const quicker = (a: Sample, b: Sample): Sample => ({
  ...(a.rttMs <= b.rttMs ? a : b),
  count: a.count + b.count,
  most: a.most.offset <= b.most.offset ? a.most : b.most,
  least: a.least.offset >= b.least.offset ? a.least : b.least,
})

/** Takes a new time although it differs by more than MAX_STEP_MS: a second source agreed. Starts a new epoch; the crystal stays the same. */
export function acceptStep(sync: ClockSync, exchange: Exchange, burst: number): ClockSync {
  return noteExchange({ ...unsynced, known: sync.known }, exchange, burst)
}

/** Resumes from what was stored: `serverNow` is what the RTC and the stored offset give, `errorMs` its bound. */
export const resumed = (serverNow: WallMs, mono: MonoMs, errorMs: number, rate: Rate): ClockSync => ({
  samples: [],
  known: { ppm: rate.ppm, sigmaPpm: Math.max(KEPT_SIGMA_PPM, rate.sigmaPpm) },
  suspect: false,
  estimate: { offset: serverNow - mono, at: mono, driftPpm: rate.ppm, errorMs, rttMs: 0, driftSigmaPpm: rate.sigmaPpm, driftErrorPpm: DRIFT_UNKNOWN_PPM, chanceMs: 0 },
})

/** Until the next question, ms: soon while the crystal is not known yet, every five minutes once it is. */
export const nextAskMs = ({ estimate }: ClockSync): number =>
  estimate && estimate.driftSigmaPpm > 0 ? Math.min(ASK_MOST_MS, Math.max(ASK_LEAST_MS, (UNSURE_MS / estimate.driftSigmaPpm) * 1e6)) : ASK_LEAST_MS

/**
 * How many questions the next burst asks. The quickest of n ways is late by an n-th of the link's chance, so a link with much of it is asked
 * more: on the worst 864 questions a day instead of 288, 0.26 MB more on the SIM.
 */
export function questionsNow({ estimate }: ClockSync): number {
  const learning = estimate !== null && estimate.driftSigmaPpm > LEARNT_PPM
  const { least, most, eachMs } = learning ? LEARNING : SETTLED
  return Math.min(most, Math.max(least, Math.ceil((estimate?.chanceMs ?? 0) / eachMs)))
}

/** How much longer the best exchange of this burst took than the quickest of all, ms; 0 when the burst has none. */
export function excessMs({ samples }: ClockSync, burst: number): number {
  const own = samples.find((s) => s.burst === burst)
  return own ? own.rttMs - Math.min(...samples.map((s) => s.rttMs)) : 0
}

const within = (value: number, { low, high }: Range): number => Math.min(high, Math.max(low, value))

function estimateFrom(samples: readonly Sample[], rates: Range, known: Rate): Estimate {
  const last = samples[samples.length - 1] as Sample
  const likely = likeliestLine(samples, last.mono, known)
  const driftPpm = within(likely.ppm, rates)
  const { low, high } = offsetsAllowed(samples, rates)
  const offset = within(likely.offset, { low, high })
  return {
    offset, driftPpm,
    at: last.mono,
    errorMs: Math.max(high - offset, offset - low),
    rttMs: last.rttMs,
    driftSigmaPpm: likely.sigmaPpm,
    driftErrorPpm: Math.max(MIN_DRIFT_ERROR_PPM, rates.high - driftPpm, driftPpm - rates.low),
    chanceMs: likely.chanceMs,
  }
}

interface Range {
  readonly low: number
  readonly high: number
}

/** The offsets at the last sample that all samples allow: each is wrong by at most half its round trip, and ages with the rates. */
function offsetsAllowed(samples: readonly Sample[], rates: Range): Range {
  const last = samples[samples.length - 1] as Sample
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  let best = { low, high }
  for (const s of samples) {
    const age = last.mono - s.mono
    const own = { low: s.offset - s.rttMs / 2 + (age * rates.low) / 1e6, high: s.offset + s.rttMs / 2 + (age * rates.high) / 1e6 }
    if (own.high - own.low <= best.high - best.low) best = own
    low = Math.max(low, own.low)
    high = Math.min(high, own.high)
  }
  // a crystal that wandered more than its rates: the most certain sample alone counts
  return low <= high ? { low, high } : best
}

/**
 * The newest samples that one rate of the crystal can explain, and the rates that do, ppm. Each offset is wrong by at most half its
 * round trip, so every pair bounds the slope between them: a true bound, where a regression has none. A crystal that warmed
 * up, or a server whose clock was set, makes the older ones worthless.
 */
function agreeing(all: readonly Sample[]): { readonly samples: readonly Sample[]; readonly rates: Range } {
  const [likely, possible] = [{ low: -DRIFT_UNKNOWN_PPM, high: DRIFT_UNKNOWN_PPM }, { low: -MAX_DRIFT_PPM, high: MAX_DRIFT_PPM }]
  for (let from = 0; from < all.length - 1; from++) {
    const samples = all.slice(from)
    const allowed = slopesAllowed(samples, likely) ?? slopesAllowed(samples, possible)
    if (!allowed) continue
    const middle = (allowed.low + allowed.high) / 2
    return { samples, rates: { low: Math.min(allowed.low, middle - MIN_DRIFT_ERROR_PPM), high: Math.max(allowed.high, middle + MIN_DRIFT_ERROR_PPM) } }
  }
  return { samples: all.slice(-1), rates: likely }
}

/** null when no rate within the bounds fits all samples. */
function slopesAllowed(samples: readonly Sample[], bounds: Range): Range | null {
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
