/** Arrivals that the lateness is told of. */
const KEPT = 256

/** What is known of a stream's way to this box. */
export interface StreamFacts {
  readonly stream: string
  readonly packets: number
  /** Turned away: late, twice, too many. */
  readonly dropped: number
  /** There ahead of what sounds now, ms. */
  readonly bufferMs: number
  /** By how much packets came later than the soonest one, ms: 95 of 100 were sooner. */
  readonly lateP95Ms: number
  /** Due and not there, ms. */
  readonly lostMs: number
}

/** The slack of the last arrivals: from the arrival to the instant at which it is to sound, ms. */
export function createLateness(): { note(slackMs: number): void; p95(): number } {
  const slacks: number[] = []
  let at = 0
  return {
    note: (slackMs) => void (slacks[at++ % KEPT] = slackMs),
    p95: () => {
      if (slacks.length === 0) return 0
      const ascending = [...slacks].sort((a, b) => a - b)
      return Math.round((ascending.at(-1) as number) - (ascending[Math.floor(ascending.length * 0.05)] as number))
    },
  }
}
