import { createLimiter, LIVE_CEILING_DB } from './loudness-limiter.ts'
import { createLoudnessMeter } from './loudness-meter.ts'

/** Brings foreign sound to the loudness of own programmes while it passes. Mono, 48 kHz. */
export interface Leveller {
  /** As many samples as came in, LEVELLER_DELAY_SAMPLES later. */
  process(pcm: Int16Array): Int16Array
  /** Gain of the moment, dB. */
  gainDb(): number
  /** What came in over the last three seconds of sound, LUFS; null while there was none. */
  sourceLufs(): number | null
}
export interface LevellerOptions {
  /** LUFS. */
  readonly targetLufs?: number
  /** dBTP. */
  readonly ceilingDb?: number
}

/** That of own programmes, so that relay and programme follow each other without a hand at the volume. */
export const LIVE_TARGET_LUFS = -16

const RATE_HZ = 48_000
const FULL_SCALE = 32_768
/** Sound waits as long as its loudness takes to be known, so that a jump is met and not followed. */
const AHEAD = RATE_HZ * 0.4
const STEP_SECONDS = 0.1
const STEP_SAMPLES = RATE_HZ * STEP_SECONDS
export const LEVELLER_DELAY_SAMPLES = AHEAD + createLimiter().delaySamples

/** Softer than this is a pause or the noise of a line, and moves nothing; LUFS. */
const GATE_LUFS = -50
const MAX_GAIN_DB = 24
const MIN_GAIN_DB = -30
/** Speech breathes by so much around its loudness: it is left alone. */
const DEAD_BAND_DB = 0.5
/** A wider difference is another source or a wrong fader, no dynamics. */
const JUMP_DB = 5
/** Above the target for a whole block: nobody speaks like that. */
const SHOUT_DB = 8
const SLOW_DB_PER_SECOND = 1
const FAST_DB_PER_SECOND = 8
const SHOUT_DB_PER_SECOND = 60
/** Until so much sound was heard there is nothing to hold on to; blocks of 100 ms. */
const KNOWN_AFTER_BLOCKS = 10

/** How far the gain moves in one step, dB. `error`: what is wanted more than there is. */
function moveOf(error: number, heardBlocks: number): number {
  if (Math.abs(error) < DEAD_BAND_DB) return 0
  const acquiring = heardBlocks < KNOWN_AFTER_BLOCKS
  const rate = acquiring ? 4 * FAST_DB_PER_SECOND : Math.abs(error) > JUMP_DB ? FAST_DB_PER_SECOND : SLOW_DB_PER_SECOND
  return Math.sign(error) * Math.min(Math.abs(error), rate * STEP_SECONDS)
}

const clamp = (gain: number): number => Math.max(MIN_GAIN_DB, Math.min(MAX_GAIN_DB, gain))
const factorOf = (db: number): number => 10 ** (db / 20)

export function createLeveller({ targetLufs = LIVE_TARGET_LUFS, ceilingDb = LIVE_CEILING_DB }: LevellerOptions = {}): Leveller {
  const limiter = createLimiter({ ceilingDb })
  const waiting = new Float32Array(AHEAD)
  let [waitingAt, gain, factor, heard, inStep] = [0, 0, 1, 0, 0]
  // each sample's factor is the one before times this: straight in dB over a step
  let growth = 1

  const moveTo = (next: number): void => {
    const bounded = clamp(next)
    factor = factorOf(gain)
    growth = factorOf((bounded - gain) / STEP_SAMPLES)
    gain = bounded
    inStep = 0
  }
  const onBlock = (block: number): void => {
    if (block < GATE_LUFS) return moveTo(gain)
    heard++
    const over = block + gain - targetLufs
    if (over > SHOUT_DB) {
      // what was measured before the jump tells nothing about what comes after it
      meter.forget()
      heard = 0
      return moveTo(gain - Math.min(over - SHOUT_DB + 1, SHOUT_DB_PER_SECOND * STEP_SECONDS))
    }
    moveTo(gain + moveOf(targetLufs - (meter.lufs() ?? block) - gain, heard))
  }
  const meter = createLoudnessMeter({ seconds: 3, absoluteGate: GATE_LUFS, onBlock })
  const amplify = (sample: number): number => {
    const out = (waiting[waitingAt] as number) * factor
    waiting[waitingAt] = sample
    waitingAt = (waitingAt + 1) % AHEAD
    if (inStep++ < STEP_SAMPLES) factor *= growth
    return out
  }
  return {
    process(pcm) {
      const samples = Float32Array.from(pcm, (value) => value / FULL_SCALE)
      const levelled = new Float32Array(samples.length)
      for (let from = 0; from < samples.length; from += STEP_SAMPLES) {
        const part = samples.subarray(from, from + STEP_SAMPLES)
        meter.add(part)
        levelled.set(part.map(amplify), from)
      }
      return Int16Array.from(limiter.process(levelled), (value) => Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(value * FULL_SCALE))))
    },
    gainDb: () => gain,
    sourceLufs: () => meter.lufs(),
  }
}
