import { LINE_RATE_HZ } from './line-ring.ts'

/** Whole turns of 50 Hz and of what it brings with it: none of them spills over. */
const BLOCK_FRAMES = LINE_RATE_HZ / 5
const HUM_HZ = [50, 100, 150] as const
/** An input that has just been opened settles, or clicks. */
const SKIPPED_FRAMES = (LINE_RATE_HZ * 3) / 10
const LEAST_DB = -120

export interface NoiseFloor {
  /** What is heard all the time, dBFS: a dog, or somebody who goes by, is none of it. */
  readonly noiseDb: number
  /** Of the mains and its overtones, dBFS. */
  readonly humDb: number
}
export interface NoiseMeter {
  /** Mono, 48 kHz, as it comes. */
  take(pcm: Int16Array): void
  /** null where too little came to tell. */
  result(): NoiseFloor | null
}

const db = (power: number): number => Math.round(Math.max(LEAST_DB, 10 * Math.log10(power + 1e-12)) * 10) / 10
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Measures what an ear hears while nothing sounds. */
export function createNoiseMeter(): NoiseMeter {
  const block = new Float64Array(BLOCK_FRAMES)
  const powers: number[] = []
  const hums: number[] = []
  let [skip, filled] = [SKIPPED_FRAMES, 0]
  return {
    take: (pcm) => {
      for (const sample of pcm) {
        if (skip > 0) {
          skip--
          continue
        }
        block[filled++] = sample / 32_768
        if (filled < BLOCK_FRAMES) continue
        filled = 0
        const mean = block.reduce((sum, x) => sum + x, 0) / BLOCK_FRAMES
        powers.push(block.reduce((sum, x) => sum + (x - mean) ** 2, 0) / BLOCK_FRAMES)
        hums.push(HUM_HZ.reduce((sum, hz) => sum + powerAt(block, hz), 0))
      }
    },
    result: () => (powers.length < 2 ? null : { noiseDb: db(median(powers)), humDb: db(median(hums)) }),
  }
}

/** Goertzel: power of one frequency in a block. */
function powerAt(block: Float64Array, hz: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * hz) / LINE_RATE_HZ)
  let [s1, s2] = [0, 0]
  for (const x of block) [s1, s2] = [x + turn * s1 - s2, s1]
  return (2 * (s1 * s1 + s2 * s2 - turn * s1 * s2)) / block.length ** 2
}
