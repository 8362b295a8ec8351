/** Loudness of mono sound at 48 kHz as ITU-R BS.1770 has it: K-weighted, in blocks of 400 ms that begin each 100 ms, gated. */
export interface LoudnessMeter {
  /** Full scale is ±1. Calls `onBlock` with the loudness of each block, LUFS (−Infinity for digital silence). */
  add(samples: Float32Array): void
  /** Of the last `seconds` of sound that passed the absolute gate; null while there was none. */
  lufs(): number | null
  /** Looks back no further than to here. */
  forget(): void
}
export interface LoudnessMeterOptions {
  /** Sound that is looked back on, s. Infinity = all of it, at most a day. */
  readonly seconds: number
  readonly onBlock?: (lufs: number) => void
  /** Blocks below it are pauses; LUFS. */
  readonly absoluteGate?: number
}

const HOP_SAMPLES = 4_800
const HOPS_PER_BLOCK = 4
const HOPS_PER_SECOND = 10
const MAX_BLOCKS = 24 * 3_600 * HOPS_PER_SECOND
export const ABSOLUTE_GATE_LUFS = -70
const RELATIVE_GATE_LU = 10
/** BS.1770-4 equation 2: makes a sine of 997 Hz at full scale −3.01 LUFS. */
const OFFSET_LU = -0.691

export const lufsOfMeanSquare = (meanSquare: number): number => OFFSET_LU + 10 * Math.log10(meanSquare)
export const meanSquareOfLufs = (lufs: number): number => 10 ** ((lufs - OFFSET_LU) / 10)

/** BS.1770-4 tables 1 and 2, at 48 kHz: the head's shelf, and the revised low-frequency curve. b0, b1, b2, a1, a2. */
const SHELF = [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585] as const
const HIGH_PASS = [1, -2, 1, -1.99004745483398, 0.99007225036621] as const

/** Adds up the squares of K-weighted samples, which follow each other from call to call. Both sections in transposed direct form, in one loop: it runs for every sample of every relay. */
export function kWeightedSquares(): (samples: Float32Array, from: number, to: number) => number {
  const [b0, b1, b2, a1, a2] = SHELF
  const [d0, d1, d2, c1, c2] = HIGH_PASS
  const state = new Float64Array(4)
  return (samples, from, to) => {
    let [s1, s2, r1, r2] = state as unknown as [number, number, number, number]
    let sum = 0
    for (let n = from; n < to; n++) {
      const x = samples[n] as number
      const y = b0 * x + s1
      s1 = b1 * x - a1 * y + s2
      s2 = b2 * x - a2 * y
      const z = d0 * y + r1
      r1 = d1 * y - c1 * z + r2
      r2 = d2 * y - c2 * z
      sum += z * z
    }
    state[0] = s1
    state[1] = s2
    state[2] = r1
    state[3] = r2
    return sum
  }
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** Mean square of the blocks that pass both gates; null without any. `blocks` hold only what passed the absolute one. */
export function gatedMeanSquare(blocks: readonly number[]): number | null {
  if (blocks.length === 0) return null
  const gate = meanOf(blocks) / 10 ** (RELATIVE_GATE_LU / 10)
  return meanOf(blocks.filter((block) => block > gate))
}

export function createLoudnessMeter({ seconds, onBlock, absoluteGate = ABSOLUTE_GATE_LUFS }: LoudnessMeterOptions): LoudnessMeter {
  const squares = kWeightedSquares()
  const most = Math.min(MAX_BLOCKS, seconds * HOPS_PER_SECOND)
  const gate = meanSquareOfLufs(absoluteGate)
  const blocks: number[] = []
  const hops: number[] = []
  let [sum, count] = [0, 0]
  const endHop = (): void => {
    hops.push(sum / HOP_SAMPLES)
    if (hops.length > HOPS_PER_BLOCK) hops.shift()
    sum = count = 0
    if (hops.length < HOPS_PER_BLOCK) return
    const block = meanOf(hops)
    if (block > gate) blocks.push(block)
    if (blocks.length > most) blocks.shift()
    onBlock?.(lufsOfMeanSquare(block))
  }
  return {
    add(samples) {
      for (let from = 0; from < samples.length; ) {
        const to = Math.min(samples.length, from + HOP_SAMPLES - count)
        sum += squares(samples, from, to)
        count += to - from
        from = to
        if (count === HOP_SAMPLES) endHop()
      }
    },
    lufs() {
      const meanSquare = gatedMeanSquare(blocks)
      return meanSquare === null ? null : lufsOfMeanSquare(meanSquare)
    },
    forget: () => void blocks.splice(0),
  }
}
