import type { WallMs } from '../../shared/core/clock.ts'
import type { UpdateState, UpdateWhy } from '../../shared/protocol/messages/update.ts'

/** A release that was handed to the station. */
export interface ReleaseRecord {
  /** SHA-256 of its manifest. */
  readonly id: string
  readonly n: number
  readonly version: string
  readonly least: string
  readonly back: boolean
  readonly madeAt: WallMs
  readonly announcedAt: WallMs
  readonly actor: string
  /** Bytes of the manifest; it is a file like the others. */
  readonly manifestBytes: number
  /** What a box that holds none of it fetches. */
  readonly bytes: number
  /** Everything that travels, the manifest among it. */
  readonly files: readonly string[]
}

export const ROLLOUT_STATES = ['running', 'halted', 'done', 'cancelled'] as const
export type RolloutState = (typeof ROLLOUT_STATES)[number]
/** Why it halted by itself: clusters fell back or failed, did not come back, had a new incident; or nothing was proved. */
export const HALT_WHYS = ['fell', 'missing', 'incident', 'offline', 'nothing-proved', 'person'] as const
export type HaltWhy = (typeof HALT_WHYS)[number]

/** A release on its way to clusters, wave after wave. */
export interface Rollout {
  readonly id: string
  readonly release: string
  readonly actor: string
  readonly at: WallMs
  readonly state: RolloutState
  readonly why: HaltWhy | null
  readonly changedAt: WallMs
  /** The wave under way, 0 = the canaries. */
  readonly wave: number
  readonly waves: number
  /** How long those before must have been well before the next wave begins. */
  readonly healthyMs: number
  /** The canaries must have sounded a session first. */
  readonly throughSession: boolean
  /** Downloads of a wave begin by chance within so long. */
  readonly spreadMs: number
}

/** One cluster of a rollout: the row of the board. */
export interface RolloutRow {
  readonly rollout: string
  readonly cluster: string
  readonly wave: number
  /** Revision of its order; 0 until its wave begins. */
  readonly rev: number
  readonly state: UpdateState
  readonly why: UpdateWhy | null
  /** Since when it is in this state, by the server's clock. */
  readonly since: WallMs
  /** Of what it has to fetch. */
  readonly permille: number
  /** What it ran before. */
  readonly before: string | null
  /** A person knows what became of it, and the rollout goes on all the same. */
  readonly excused: boolean
}

export interface UpdateStore {
  insertRelease(release: ReleaseRecord): void
  release(id: string): ReleaseRecord | null
  /** The newest first. */
  releases(): ReleaseRecord[]
  removeRelease(id: string): void
  insertRollout(rollout: Rollout, rows: readonly RolloutRow[]): void
  saveRollout(rollout: Rollout): void
  rollout(id: string): Rollout | null
  /** The newest first. */
  rollouts(most: number): Rollout[]
  /** Running and halted ones: what they ordered still holds. */
  inForce(): Rollout[]
  rows(rollout: string): RolloutRow[]
  /** The newest order that a cluster was given, of a rollout that is not over; null = none. */
  ofCluster(cluster: string): { readonly rollout: Rollout; readonly row: RolloutRow } | null
  saveRow(row: RolloutRow): void
  /** All or none. */
  saveRows(rows: readonly RolloutRow[]): void
  /** Greatest revision that was ever ordered of a cluster; 0 = none. */
  lastRev(cluster: string): number
}
