import { createLeveller, LEVELLER_DELAY_SAMPLES } from './loudness-leveller.ts'

/** What happens to a voice between the microphone and the stream. Mono, 48 kHz. */
export interface MicChain {
  /** As many samples as came in, MIC_CHAIN_DELAY_SAMPLES later. */
  process(pcm: Int16Array): Int16Array
  /** How much louder the voice is made at this moment, dB. */
  gainDb(): number
}

const RATE_HZ = 48_000
/** Below it there is wind, handling and mains hum, and nothing that a horn plays. */
const HIGHPASS_HZ = 100
/** That of the programmes of the station. */
const TARGET_LUFS = -16
export const MIC_CHAIN_DELAY_SAMPLES = LEVELLER_DELAY_SAMPLES

/** Second-order Butterworth high-pass (bilinear transform, Q = 1/√2). */
function highPass(cutHz: number): (x: number) => number {
  const w = (2 * Math.PI * cutHz) / RATE_HZ
  const alpha = Math.sin(w) / Math.SQRT2
  const a0 = 1 + alpha
  const b = (1 + Math.cos(w)) / 2 / a0
  const [a1, a2] = [(-2 * Math.cos(w)) / a0, (1 - alpha) / a0]
  let [s1, s2] = [0, 0]
  return (x) => {
    const y = b * x + s1
    s1 = -2 * b * x - a1 * y + s2
    s2 = b * x - a2 * y
    return y
  }
}

export function createMicChain(targetLufs: number = TARGET_LUFS): MicChain {
  const cut = highPass(HIGHPASS_HZ)
  const leveller = createLeveller({ targetLufs })
  return { process: (pcm) => leveller.process(pcm.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(cut(sample)))))), gainDb: leveller.gainDb }
}

/** 16 kHz → 48 kHz: what a browser without an encoder may send over a thin link. Keeps its place from call to call. */
export function createUpsampler(): (pcm: Int16Array) => Int16Array {
  const history = new Float64Array(TAPS_PER_PHASE)
  return (pcm) => {
    const out = new Int16Array(pcm.length * FACTOR)
    pcm.forEach((sample, i) => {
      history.copyWithin(0, 1)
      history[TAPS_PER_PHASE - 1] = sample
      for (let phase = 0; phase < FACTOR; phase++) {
        let sum = 0
        for (let k = 0; k < TAPS_PER_PHASE; k++) sum += (history[TAPS_PER_PHASE - 1 - k] as number) * (KERNEL[k * FACTOR + phase] as number)
        out[i * FACTOR + phase] = Math.max(-32_768, Math.min(32_767, Math.round(sum)))
      }
    })
    return out
  }
}

const FACTOR = 3
const TAPS_PER_PHASE = 16
/** Windowed sinc (Hann), cut at 7.5 kHz, of gain 3 to make up for the zeros in between. */
const KERNEL = Float64Array.from({ length: FACTOR * TAPS_PER_PHASE }, (_, n) => {
  const middle = (FACTOR * TAPS_PER_PHASE - 1) / 2
  const x = (n - middle) * (15_000 / RATE_HZ)
  const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / (FACTOR * TAPS_PER_PHASE))
  return FACTOR * (15_000 / RATE_HZ) * (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * window
})
