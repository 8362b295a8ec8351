import type { WallMs } from '../../shared/core/clock.ts'

/** One order of a set, as an administrator wrote it. */
export interface StandingOrderText {
  /** Ten characters of 0-9a-z. */
  readonly id: string
  readonly name: string
  /** 0–9. */
  readonly danger: number
  readonly times: number
  /** Silence after each repeat. */
  readonly gapMs: number
  /** Percent; null = the cluster's own. */
  readonly volume: number | null
  /** Programmes, one after another. */
  readonly clips: readonly string[]
  /** Key switch of the box, 1–4; absent = by phone only. */
  readonly switch?: number
}
/** What sounds in an armed set: as it was on the day of arming, whatever becomes of the programme. */
export interface StandingPart {
  readonly sha: string
  readonly ms: number
}
export interface StandingSet {
  readonly id: string
  readonly name: string
  /** Codes of areas. */
  readonly areas: readonly string[]
  readonly orders: readonly StandingOrderText[]
  /** By order, while armed. */
  readonly parts: Readonly<Record<string, readonly StandingPart[]>>
  /** null = disarmed. */
  readonly armedAt: WallMs | null
  /** From then on it starts nothing, also while it is armed; null = until somebody disarms it. */
  readonly endsAt: WallMs | null
  /** Of the newest decision on it. */
  readonly changedAt: WallMs
}
/** A phone that may start the armed orders of its areas. */
export interface StandingKey {
  /** Ed25519 public key, base64url. */
  readonly key: string
  readonly name: string
  readonly areas: readonly string[]
  readonly endsAt: WallMs
  readonly addedAt: WallMs
}
export interface StandingStore {
  sets(): StandingSet[]
  set(id: string): StandingSet | null
  putSet(set: StandingSet): void
  removeSet(id: string): void
  keys(): StandingKey[]
  putKey(key: StandingKey): void
  removeKey(key: string): void
}
