import type { WallMs } from '../../shared/core/clock.ts'
import type { Beat } from '../../shared/protocol/messages/beat.ts'
import type { EvidenceRow, ShortReason } from '../../shared/protocol/messages/evidence.ts'
import type { Health } from '../../shared/protocol/messages/health.ts'
import { ORDER_EDITION } from '../../shared/protocol/messages/presence.ts'
import type { Reported } from '../../shared/protocol/messages/reported.ts'
import type { BeatSample } from './beat-packing.ts'
import type { HeardRow } from './lately.ts'
import type { SlotNature } from './report-nature.ts'

export interface PlanRecord {
  readonly cluster: string
  readonly rev: number
  readonly sha: string
  /** Bytes of the deflated body. */
  readonly len: number
  readonly horizon: WallMs
  /** The signed head, ready to be sent. */
  readonly order: string
  readonly issuedAt: WallMs
}
export interface PlanStore {
  current(cluster: string): PlanRecord | null
  allCurrent(): PlanRecord[]
  /** Keeps the newest five of each cluster. */
  save(plan: PlanRecord): void
  saveMany(plans: readonly PlanRecord[]): void
}

export interface PlannedSlot {
  readonly slot: string
  readonly cluster: string
  readonly session: string
  /** Start of the session's occurrence. */
  readonly occurrence: WallMs
  /** Planned start and end of the item, stagger included. */
  readonly due: WallMs
  readonly end: WallMs
  readonly item: string
  readonly media: string | null
  readonly stream: string | null
  /** The plan that first said so: sent when the cluster has reported this rev or a later one. */
  readonly planRev: number
  /** What kind of content it was when it was due; absent = not known. */
  readonly nature?: SlotNature
  /** Whether the cluster had confirmed the plan in time; absent while that is not settled. */
  readonly sent?: boolean
}
export interface PlannedStore {
  /** A slot that is there and says the same stays as it is; one that says something else is replaced. */
  insertMany(rows: readonly PlannedSlot[]): void
  between(from: WallMs, to: WallMs, cluster?: string): PlannedSlot[]
  one(slot: string, cluster: string): PlannedSlot | null
}

export interface StoredEvidence extends Omit<EvidenceRow, 'why'> {
  readonly why?: ShortReason
  readonly cluster: string
  readonly log: string
  readonly receivedAt: WallMs
}
export interface EvidenceStore {
  /**
   * Stores each (cluster, log, n) once and answers the highest n up to which the log has no gap: what may be
   * acknowledged. `oldestHeld` is the smallest n that the agent still has: a gap below it can never be filled.
   */
  insertRows(cluster: string, log: string, rows: readonly EvidenceRow[], options: { readonly at: WallMs; readonly oldestHeld?: number }): number
  upTo(cluster: string, log: string): number
  between(from: WallMs, to: WallMs, cluster?: string): StoredEvidence[]
  /** What the ears of boxes said, of rows that are not packed yet, in the order in which they were due. */
  heard(): (HeardRow & { readonly cluster: string })[]
}

export interface PresenceRecord {
  readonly cluster: string
  readonly online: boolean
  /** Since when it is as `online` says. */
  readonly since: WallMs
  readonly boot: string | null
  readonly conn: string | null
  readonly planRev: number
  readonly nowRev: number
  readonly held: number
  readonly dueFiles: number
  readonly planTo: WallMs
  readonly playing: Reported['playing']
  readonly refused: Reported['refused']
  readonly lastSeen: WallMs
  readonly agent: string | null
  readonly clock: { readonly trusted: boolean; readonly errMs?: number; readonly offsetMs?: number; readonly driftPpm?: number } | null
  /** Of the orders that its agent reads, as it said when it connected; absent or null = it did not say: the first. */
  readonly edition?: number | null
}
export interface PresenceStore {
  all(): PresenceRecord[]
  byCluster(cluster: string): PresenceRecord | null
  upsert(presence: PresenceRecord): void
}

/** Edition of the orders that a cluster's agent reads; of one that has never connected it is taken to be the newest. */
export function editionOf(store: Pick<PresenceStore, 'byCluster'>, cluster: string): number {
  const known = store.byCluster(cluster)
  return known === null ? ORDER_EDITION : (known.edition ?? 1)
}

export interface LatestTelemetry {
  readonly beat: Beat | null
  readonly beatAt: WallMs | null
  readonly health: Health | null
  readonly healthAt: WallMs | null
}
export interface TelemetryStore {
  noteBeat(cluster: string, beat: Beat, at: WallMs): void
  noteHealth(cluster: string, health: Health, at: WallMs): void
  latest(cluster: string): LatestTelemetry
  /** Of every cluster at once, for lists. */
  allLatest(): Map<string, LatestTelemetry>
  /** Beats of a cluster in [from, to), oldest first. */
  beats(cluster: string, from: WallMs, to: WallMs): (BeatSample & { readonly at: WallMs })[]
  /** Forgets beats and health documents before an instant. */
  prune(before: WallMs): void
}
