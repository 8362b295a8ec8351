import type { Random } from '../../shared/core/clock.ts'

export const BACK_OFF_BASE_MS = 1_000
export const BACK_OFF_CAP_MS = 120_000
/** A connection that ends sooner than this counts as a failed attempt: else 3 000 boxes hammer a broker that drops them. */
export const STABLE_AFTER_MS = 60_000

/** Full jitter: uniform in [0, min(cap, base × 2^attempt)], so that boxes that fell together do not come back together. */
export const backOffMs = (attempt: number, random: Random): number =>
  Math.round(Math.min(BACK_OFF_CAP_MS, BACK_OFF_BASE_MS * 2 ** Math.min(attempt, 10)) * random())

/** While sound is due and lacking, for so long as a link that was cut may come back. */
export const HURRIED_MS = 60_000
const HURRIED_BASE_MS = 1_500
const HURRIED_CAP_MS = 15_000

export interface Hurry {
  /** How long the attempt before lasted. */
  readonly lastedMs: number
  /** Since when the link has been lacking. */
  readonly lackingMs: number
  /** How many there were since. */
  readonly attempts: number
}

/**
 * Sound is due: about one attempt in 1.5 s, so that it is there again within a second of the link's return. One that was turned away at
 * once waits, unless it was the first or second; one that waited does not wait again. After a minute without the link it backs off.
 */
export function hurriedBackOffMs({ lastedMs, lackingMs, attempts }: Hurry, random: Random): number {
  if (lackingMs > HURRIED_MS) return Math.round(Math.min(HURRIED_CAP_MS, HURRIED_BASE_MS * 2 ** (lackingMs / HURRIED_MS)) * (0.5 + random() / 2))
  return Math.round(lastedMs >= HURRIED_BASE_MS / 2 || attempts <= 2 ? 250 * random() : HURRIED_BASE_MS * (0.5 + random() / 2))
}

/** A short wait for the socket finds the link soon after its return; every third attempt is for a cell that is slow. */
export const patienceOf = (attempt: number): { readonly dialMs: number; readonly silenceMs: number } => ({
  dialMs: attempt % 3 === 2 ? 3_000 : 800,
  // a server that is overrun by all its clusters at once must get to the end of what it has begun
  silenceMs: Math.min(10_000, 2_500 * 1.3 ** attempt),
})
