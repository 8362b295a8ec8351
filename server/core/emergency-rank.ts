import type { WallMs } from '../../shared/core/clock.ts'

/** What decides between emergencies. */
export interface Rank {
  readonly danger: number
  readonly authority: number
  /** When it was accepted. */
  readonly at: WallMs
}

/** An exercise stands below everything real, whatever it rehearses. */
export const rankOf = (emergency: { readonly drill: boolean; readonly danger: number; readonly authority: number; readonly acceptedAt: WallMs }): Rank => ({
  danger: emergency.drill ? 0 : emergency.danger,
  authority: emergency.drill ? 0 : emergency.authority,
  at: emergency.acceptedAt,
})

/** A stop and a correction go before everything: each second of a wrong message counts. */
export const ENDING_RANK: Rank = { danger: 10, authority: 3, at: 0 as WallMs }

/** What nobody has let sound yet is prepared behind everything that was accepted. */
export const AHEAD_RANK: Rank = { danger: -1, authority: 0, at: 0 as WallMs }

/** Negative when `a` comes first: nearness of danger, then authority, then the newer one (DESIGN §3). */
export const byRank = (a: Rank, b: Rank): number => b.danger - a.danger || b.authority - a.authority || b.at - a.at
