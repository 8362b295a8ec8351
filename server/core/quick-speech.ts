import { createLevelScan, MAX_GAIN_DB, soundingSpan, waveformPeaks, WINDOW_MS } from './levels.ts'
import { createLimiter } from './loudness-limiter.ts'
import { createLoudnessMeter } from './loudness-meter.ts'
import { resampled } from './resample.ts'
import type { WavSound } from './pcm-wav.ts'

/** What a message is prepared to; see ImportSettings. */
export interface QuickGoal {
  readonly targetLufs: number
  readonly maxTruePeakDb: number
  readonly silenceDb: number
  readonly keepSilenceMs: number
}

/** Speech that is ready for the encoder: mono, 48 kHz. */
export interface QuickSpeech {
  readonly pcm: Int16Array
  readonly loudnessLufs: number
  readonly sourceLufs: number
  /** At most 400 values 0–255. */
  readonly peaks: Uint8Array
}

const RATE_HZ = 48_000
const PER_MS = RATE_HZ / 1_000
const MIN_SAMPLES = RATE_HZ / 4
const WAVEFORM_POINTS = 400
/** The encoder moves peaks, and there is no second try. */
const ENCODER_ROOM_DB = 1.5
/** A limiter that works gives back so much of what is added. */
const LIMITED_SLOPE = 0.6
const TRIES = 3
const NEAR_LU = 0.8

const factorOf = (db: number): number => 10 ** (db / 20)

function lufsOf(samples: Float32Array): number | null {
  const meter = createLoudnessMeter({ seconds: Infinity })
  meter.add(samples)
  return meter.lufs()
}

/** One pole at 30 Hz: a constant offset would eat headroom and hide silence. */
function withoutOffset(samples: Float32Array): Float32Array {
  const keep = 1 - (2 * Math.PI * 30) / RATE_HZ
  let [before, out] = [0, 0]
  return samples.map((sample) => {
    out = keep * (out + sample - before)
    before = sample
    return out
  })
}

/** Louder by so much, with its peaks held; as many samples as came in. */
function levelled(samples: Float32Array, gainDb: number, ceilingDb: number): Float32Array {
  const limiter = createLimiter({ ceilingDb })
  const factor = factorOf(gainDb)
  const padded = new Float32Array(samples.length + limiter.delaySamples)
  padded.set(samples.map((sample) => sample * factor))
  return limiter.process(padded).subarray(limiter.delaySamples)
}

/**
 * Prepares spoken words in one pass, for a message that people wait for: to the station's loudness within 1.5 LU, peaks held
 * as for live sound, silence cut at both ends. null where nothing sounds. An import does better and takes ten times as long.
 */
export function prepareQuickly(wav: WavSound, goal: QuickGoal): QuickSpeech | null {
  const sound = withoutOffset(resampled(wav.samples, wav.rateHz))
  const source = lufsOf(sound)
  if (source === null) return null
  const first = Math.min(MAX_GAIN_DB, goal.targetLufs - source)
  const scan = createLevelScan(RATE_HZ)
  scan.add(sound)
  const found = soundingSpan(scan.windows(), goal.silenceDb - first)
  if (found === null) return null
  const from = Math.max(0, (found.from * WINDOW_MS - goal.keepSilenceMs) * PER_MS)
  const to = Math.min(sound.length, (found.to * WINDOW_MS + goal.keepSilenceMs) * PER_MS)
  const kept = sound.subarray(from, to - ((to - from) % PER_MS))
  if (kept.length < MIN_SAMPLES) return null
  let [gainDb, out, lufs] = [first, kept, source]
  for (let n = 0; n < TRIES; n++) {
    out = levelled(kept, gainDb, goal.maxTruePeakDb - ENCODER_ROOM_DB)
    lufs = lufsOf(out) ?? goal.targetLufs
    if (Math.abs(goal.targetLufs - lufs) < NEAR_LU) break
    gainDb = Math.min(MAX_GAIN_DB, gainDb + (goal.targetLufs - lufs) / LIMITED_SLOPE)
  }
  const picture = createLevelScan(RATE_HZ)
  picture.add(out)
  return {
    pcm: Int16Array.from(out, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)))),
    loudnessLufs: lufs, sourceLufs: source, peaks: waveformPeaks(picture.windows(), WAVEFORM_POINTS),
  }
}
