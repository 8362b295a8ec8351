import type { WallMs } from '../../shared/core/clock.ts'

/** A warning of another system. `superseded`: a later one has taken its place, also when it never came. */
export interface CapRecord {
  /** Sender, identifier and instant of sending. */
  readonly key: string
  readonly kind: 'accepted' | 'waiting' | 'superseded'
  /** What was raised for it. */
  readonly emergencies: readonly string[]
  /** Of one that waits for its time: the message as it was signed. */
  readonly doc: string | null
  readonly beginsAt: WallMs | null
  readonly receivedAt: WallMs
  /** No longer needed to tell a duplicate. */
  readonly forgetAt: WallMs
}
export interface CapStore {
  byKey(key: string): CapRecord | null
  /** Replaces the one of the same key. */
  put(record: CapRecord): void
  /** Those that wait and whose time has come. */
  due(at: WallMs): CapRecord[]
  /** When the next one that waits begins; null when none waits. */
  nextBegin(): WallMs | null
  prune(at: WallMs): void
}
