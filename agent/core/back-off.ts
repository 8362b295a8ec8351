import type { Random } from '../../shared/core/clock.ts'

export const BACK_OFF_BASE_MS = 1_000
export const BACK_OFF_CAP_MS = 120_000
/** A connection that ends sooner than this counts as a failed attempt: else 3 000 boxes hammer a broker that drops them. */
export const STABLE_AFTER_MS = 60_000

/** Full jitter: uniform in [0, min(cap, base × 2^attempt)], so that boxes that fell together do not come back together. */
export const backOffMs = (attempt: number, random: Random): number =>
  Math.round(Math.min(BACK_OFF_CAP_MS, BACK_OFF_BASE_MS * 2 ** Math.min(attempt, 10)) * random())
