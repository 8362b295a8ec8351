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
 * Sound is due: attempts follow each other, so that it is there again within a second of the link's return. One that was turned away at
 * once waits, unless it was the first or second; one that waited does not wait again. After a minute without the link it backs off.
 */
export function hurriedBackOffMs({ lastedMs, lackingMs, attempts }: Hurry, random: Random): number {
  if (lackingMs > HURRIED_MS) return Math.round(Math.min(HURRIED_CAP_MS, HURRIED_BASE_MS * 2 ** (lackingMs / HURRIED_MS)) * (0.5 + random() / 2))
  return Math.round(lastedMs >= HURRIED_BASE_MS / 2 || attempts <= 2 ? 250 * random() : HURRIED_BASE_MS * (0.5 + random() / 2))
}

/** For so long the link is looked for most closely: a SYN of 60 bytes each REDIAL_MS, 12 kB in all for one connection. */
const CLOSE_MS = 30_000
const REDIAL_MS = 300
const LATER_REDIAL_MS = 1_000
const RACE_MS = 6_000

export interface Patience {
  readonly dialMs: number
  readonly silenceMs: number
  readonly redialMs?: number
}

/**
 * How an attempt in a hurry waits. At first it dials anew before the dial before has failed, so that the link's return is found at once; after
 * a minute one short wait for the socket follows the other, and every third attempt is for a cell that is slow.
 */
export function patienceOf({ attempts, lackingMs }: Pick<Hurry, 'attempts' | 'lackingMs'>, random: Random): Patience {
  // a server that is overrun by all its clusters at once must get to the end of what it has begun
  const silenceMs = Math.min(10_000, 2_500 * 1.3 ** attempts)
  if (lackingMs > HURRIED_MS) return { dialMs: attempts % 3 === 2 ? 3_000 : 800, silenceMs }
  return { dialMs: RACE_MS, silenceMs, redialMs: Math.round((lackingMs > CLOSE_MS ? LATER_REDIAL_MS : REDIAL_MS) * (0.8 + 0.4 * random())) }
}
