import type { WallMs } from '../../shared/core/clock.ts'
import type { BeatSample } from './beat-packing.ts'
import type { RingBucket } from './ring-bucket.ts'
import type { VitalSample } from './vital-packing.ts'

/** Minute samples are kept for 14 days, hours for a year, days for ten (DESIGN §7). */
export const KEPT_DAYS = { minute: 14, hour: 366, day: 3_653 } as const

export type Ring = 'hour' | 'day'

/** An hour of one cluster as it came. `hour`: hours since 1970. */
export interface HourSamples {
  readonly hour: number
  readonly beats: readonly BeatSample[]
  readonly vitals: readonly VitalSample[]
}

/** A cell that a cluster's modem was on. */
export interface CellSeen {
  readonly operator: string
  readonly cell: string
  readonly band: string
  readonly first: WallMs
  readonly last: WallMs
}

/** What can be read of the rings, also over a connection that only reads. */
export interface RingReader {
  /** Buckets with `from` ≤ place < `to`, ascending; places are hours or civil days since 1970. The hour under way is not among them. */
  buckets(cluster: string, ring: Ring, from: number, to: number): RingBucket[]
}

export interface RingStore extends RingReader {
  /** What is there of an hour, the one under way included. */
  hour(cluster: string, hour: number): HourSamples
  /** Of hours `from` to `to`, both included, ascending, as long as minutes are kept. */
  hours(cluster: string, from: number, to: number): HourSamples[]
  /** Hours from `from` on that the rings do not have yet, or not whole; the one under way is among them. */
  open(cluster: string, from: number): HourSamples[]
  /** Cells that its modem was on, the newest first; at most 50. */
  cells(cluster: string): CellSeen[]
  /** Everything that was noted goes to the database, in one transaction. A crash loses what came since the last call. */
  flush(): void
  /**
   * Rolls hours that are over up into the rings, at most `most` of them, in one transaction; answers how many. An hour to
   * which something came late is rolled up again, whole: nothing counts twice.
   */
  rollUp(now: WallMs, most: number): number
  /**
   * A civil day of one cluster at once, by the same rules as beats that come one by one: for what is restored or made up.
   * `minutes`: whether its samples stay, as those of the last 14 days do. Takes the place of what the day had.
   */
  putDay(cluster: string, day: number, hours: readonly HourSamples[], minutes: boolean): void
  /** One transaction for many calls. */
  together(work: () => void): void
  /** Forgets hours and days that are older than their rings. */
  prune(now: WallMs): void
}
