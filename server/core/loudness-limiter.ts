/** Holds true peaks (BS.1770, four-fold oversampling) below a ceiling. Mono, 48 kHz. */
export interface Limiter {
  /** As many samples as came in, `delaySamples` later; full scale is ±1. */
  process(samples: Float32Array): Float32Array
  readonly delaySamples: number
  /** Present reduction, dB ≥ 0. */
  reductionDb(): number
}
export interface LimiterOptions {
  /** dBTP, −24 … 0. */
  readonly ceilingDb?: number
  /** How long the gain takes back to one after a peak, ms. */
  readonly releaseMs?: number
}

/** 1.5 dB below the ceiling of programmes: an Opus encoder behind it moves peaks, and live there is no second try. */
export const LIVE_CEILING_DB = -3
const RATE_HZ = 48_000
/** 5 ms: long enough that the gain moves without a click, short enough for a voice that is heard at once. */
const AHEAD = 240
const DEFAULT_RELEASE_MS = 120

/** BS.1770-4 annex 2, table 1: the second half of the phases is the first one backwards. */
const PHASE_0 = [
  0.001708984375, 0.010986328125, -0.0196533203125, 0.033203125, -0.0594482421875, 0.1373291015625,
  0.97216796875, -0.102294921875, 0.047607421875, -0.026611328125, 0.014892578125, -0.00830078125,
]
const PHASE_1 = [
  -0.0291748046875, 0.029296875, -0.0517578125, 0.089111328125, -0.16650390625, 0.465087890625,
  0.77978515625, -0.2003173828125, 0.1015625, -0.0582275390625, 0.0330810546875, -0.0189208984375,
]
const TAPS = 12
/** The filter lies around the instant between the sixth and the seventh of its samples. */
const FILTER_DELAY = 6
const PHASES = [PHASE_0, PHASE_1, [...PHASE_1].reverse(), [...PHASE_0].reverse()].map((phase) => Float64Array.from(phase))
/** No interpolated peak is larger than the largest sample times this: the sum of a phase's sizes. */
const WORST_OVERSHOOT = Math.max(...PHASES.map((phase) => phase.reduce((sum, tap) => sum + Math.abs(tap), 0)))

/** Largest size near the newest of the samples in `history`, a ring whose oldest one is at `at`. */
function truePeak(history: Float64Array, at: number): number {
  let peak = 0
  for (const phase of PHASES) {
    let sum = 0
    for (let n = 0, from = at; n < TAPS; n++) {
      from = from === 0 ? TAPS - 1 : from - 1
      sum += (phase[n] as number) * (history[from] as number)
    }
    peak = Math.max(peak, Math.abs(sum))
  }
  return peak
}

/** The smallest of the last `length` values, in amortised constant time. */
function slidingMinimum(length: number): (value: number) => number {
  const values = new Float64Array(length)
  const times = new Float64Array(length)
  let [head, size, now] = [0, 0, 0]
  return (value) => {
    if (size > 0 && (times[head] as number) <= now - length) {
      head = (head + 1) % length
      size--
    }
    while (size > 0 && (values[(head + size - 1) % length] as number) >= value) size--
    const tail = (head + size) % length
    values[tail] = value
    times[tail] = now++
    size++
    return values[head] as number
  }
}

export function createLimiter(options: LimiterOptions = {}): Limiter {
  const ceiling = 10 ** ((options.ceilingDb ?? LIVE_CEILING_DB) / 20)
  const release = 1 - Math.exp(-1000 / (RATE_HZ * (options.releaseMs ?? DEFAULT_RELEASE_MS)))
  const history = new Float64Array(TAPS)
  const delaySamples = AHEAD - 1 + FILTER_DELAY
  const delayed = new Float64Array(delaySamples)
  const gains = new Float64Array(AHEAD).fill(1)
  const least = slidingMinimum(AHEAD + 1)
  let [at, delayedAt, gainsAt, gainSum, envelope, quietFor] = [0, 0, 0, AHEAD, 1, TAPS]

  const next = (sample: number): number => {
    history[at] = sample
    at = (at + 1) % TAPS
    // most samples are far below the ceiling: nothing between them can reach it either
    quietFor = Math.abs(sample) * WORST_OVERSHOOT < ceiling ? quietFor + 1 : 0
    const peak = quietFor >= TAPS ? 0 : Math.max(truePeak(history, at), Math.abs(history[(at + TAPS - FILTER_DELAY) % TAPS] as number))
    const wanted = least(peak > ceiling ? ceiling / peak : 1)
    envelope = wanted < envelope ? wanted : envelope + (wanted - envelope) * release
    gainSum += envelope - (gains[gainsAt] as number)
    gains[gainsAt] = envelope
    gainsAt = (gainsAt + 1) % AHEAD
    const out = (delayed[delayedAt] as number) * (gainSum / AHEAD)
    delayed[delayedAt] = sample
    delayedAt = (delayedAt + 1) % delaySamples
    return out
  }
  return {
    delaySamples,
    process: (samples) => samples.map(next),
    reductionDb: () => Math.max(0, -20 * Math.log10(gainSum / AHEAD)),
  }
}
