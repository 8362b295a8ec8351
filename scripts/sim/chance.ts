import type { Random } from '../../shared/core/clock.ts'

/** All chance of a simulation: everything that is drawn comes from one seed. */
export interface Chance {
  /** Uniform in [0, 1). */
  readonly random: Random
  /** A generator of its own, so that what one part draws does not move what another part sees. */
  fork(name: string): Chance
  /** Uniform in [from, to). */
  between(from: number, to: number): number
  /** Whole, in [from, to]. */
  whole(from: number, to: number): number
  /** True with this probability. */
  happens(probability: number): boolean
  pick<T>(from: readonly T[]): T
}

/** 32 bits of a text: FNV-1a with a final mix. */
export function hash32(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

export function chanceFrom(seed: string): Chance {
  let [a, b, c, d] = [hash32(`${seed}/a`), hash32(`${seed}/b`), hash32(`${seed}/c`), 1]
  const random = (): number => {
    // sfc32: passes PractRand, and needs no BigInt
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return (t >>> 0) / 4_294_967_296
  }
  for (let i = 0; i < 12; i++) random()
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1))
  return {
    random,
    fork: (name) => chanceFrom(`${seed}/${name}`),
    between: (from, to) => from + random() * (to - from),
    whole,
    happens: (probability) => random() < probability,
    pick: <T>(from: readonly T[]): T => from[whole(0, from.length - 1)] as T,
  }
}
