import type { WallMs } from '../../shared/core/clock.ts'
import type { ShortReason } from '../../shared/protocol/messages/evidence.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { WantedFile } from './cache-policy.ts'

/** What the player and the store need to know of emergencies. */
export interface Alerting {
  /** Emergencies and corrections that may sound here, now or later; also without a plan. */
  slots(): readonly Slot[]
  /** How it is to sound; null for a slot that is none of them. `volume` in percent, null = the plan's. */
  manner(slot: string): { readonly volume: number | null; readonly riseMs: number } | null
  /** Files that they need and that are not pinned: fetched before everything else. */
  wanted(): readonly WantedFile[]
}

/** What the player tells of every slot of the classes emergency and live. */
export interface SoundingListener {
  /** The device has taken sound of it; told again after each interruption. `levelDb` of what has sounded so far. */
  began(slot: Slot, at: WallMs, levelDb: number | null): void
  /** It will not sound again, or not now: why, null when it came to its end. */
  ended(slot: Slot, at: WallMs, why: ShortReason | null): void
}
