import { sinceMs, type MonoMs } from '../../shared/core/clock.ts'

/** Addresses that are remembered; beyond it the one that was quiet longest is forgotten. */
const MAX_ADDRESSES = 10_000

export interface AttemptLimit {
  /** False when the address has used up its attempts. */
  take(address: string, at: MonoMs): boolean
  /** Until the next attempt may be made, ms; 0 = at once. */
  waitMs(address: string, at: MonoMs): number
  /** An attempt that succeeded does not count: a whole fleet may enrol from behind one address. */
  giveBack(address: string): void
}

/** A token bucket per address: `burst` failures at once, then one each `refillMs`. */
export function createAttemptLimit(burst: number, refillMs: number): AttemptLimit {
  const buckets = new Map<string, { left: number; at: MonoMs }>()
  return {
    take(address, at) {
      const before = buckets.get(address) ?? { left: burst, at }
      const left = Math.min(burst, before.left + sinceMs(before.at, at) / refillMs)
      // set anew, so that the map's order is that of the last attempt
      buckets.delete(address)
      buckets.set(address, { left: left >= 1 ? left - 1 : left, at })
      const [oldest] = buckets.keys()
      if (buckets.size > MAX_ADDRESSES && oldest !== undefined) buckets.delete(oldest)
      return left >= 1
    },
    waitMs(address, at) {
      const before = buckets.get(address)
      if (!before) return 0
      const left = Math.min(burst, before.left + sinceMs(before.at, at) / refillMs)
      return left >= 1 ? 0 : Math.ceil((1 - left) * refillMs)
    },
    giveBack(address) {
      const bucket = buckets.get(address)
      if (bucket) bucket.left = Math.min(burst, bucket.left + 1)
    },
  }
}
