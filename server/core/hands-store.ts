import type { WallMs } from '../../shared/core/clock.ts'
import type { Served, Service } from '../../shared/protocol/messages/service.ts'

/** An act of service that a technician asked of a box. */
export interface ServiceRecord {
  readonly id: string
  readonly cluster: string
  readonly kind: Service
  readonly detail: { readonly policy?: string; readonly from?: 'output' | 'monitor' }
  readonly actor: string
  readonly at: WallMs
  readonly expiresAt: WallMs
  /** `ordered`: the box has not said anything yet; `expired`: and will not. */
  readonly state: 'ordered' | Served['st'] | 'expired'
  /** The box's newest word; null before. */
  readonly served: Served | null
  /** The attachment that was announced is here, whole. */
  readonly hasFile: boolean
}

export interface HandsStore {
  insert(record: ServiceRecord): void
  byId(id: string): ServiceRecord | null
  /** Newest first. */
  ofCluster(cluster: string, most: number): ServiceRecord[]
  /** Not answered for good and not expired, oldest first; of one cluster, or of all. */
  open(now: WallMs, cluster?: string): ServiceRecord[]
  countSince(cluster: string, kind: Service, since: WallMs): number
  /** The box's word. A final one is not taken back by an older `taken`. */
  note(cluster: string, served: Served, at: WallMs): ServiceRecord | null
  /** A piece of an attachment of this cluster; null where none with this hash was announced. Answers the record once it is whole. */
  putPiece(cluster: string, sha: string, index: number, bytes: Uint8Array): ServiceRecord | null
  file(id: string): Uint8Array | null
  dropFile(id: string): void
  /** Orders whose time has passed without an answer are expired: answered. */
  expire(now: WallMs): ServiceRecord[]
  prune(filesBefore: WallMs, recordsBefore: WallMs): void
}
