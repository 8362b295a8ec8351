import type { WallMs } from './clock.ts'
import type { ResumeRule, Slot, SlotClass } from './slot.ts'

/** Why nothing sounds, strongest first: what a person did to this cluster now, then the dated bounds, then the daily ones. */
export const SILENCES = [
  'stopped',
  'unknown-policy',
  'muted',
  'paused',
  'mourning',
  'quiet-hours',
  'outside-window',
  'gone',
  'nothing-due',
] as const
export type Silence = (typeof SILENCES)[number]
/** The silences that a bound imposes on a slot, whatever else is due. */
export type BoundCode = Exclude<Silence, 'stopped' | 'gone' | 'nothing-due'>

/** One sentence's worth of data: the answer to "why is this (not) playing?". */
export type Because =
  /** It plays as planned. */
  | { readonly code: 'due'; readonly slot: string; readonly class: SlotClass }
  /** It began, was cut off, and is back by `rule`. `after`: id of the slot, or the code of the bound, that held it up last. */
  | { readonly code: 'resumed'; readonly slot: string; readonly rule: ResumeRule; readonly after: string }
  /** It begins after its planned start. `after` as above. */
  | { readonly code: 'late'; readonly slot: string; readonly after: string }
  /**
   * Silence. `slot` is the one that was due; `from`/`to` (wall ms, `to` exclusive) and `reason` are the bound's own where it has
   * any. `gone`: a slot within its planned time that does not come back; `after` says what ended it.
   */
  | {
      readonly code: Silence
      readonly slot?: string
      readonly from?: WallMs
      readonly to?: WallMs
      readonly reason?: string
      readonly after?: string
    }
export type SilentBecause = Extract<Because, { code: Silence }>

/** What sounds at an instant. */
export type OnAir =
  /** `until`: the next instant at which anything changes, null when nothing more is known. */
  | { readonly do: 'silence'; readonly until: WallMs | null; readonly because: SilentBecause }
  /** `offsetMs` (≥ 0, below the slot's length) is the position in the item; `until` the instant at which this answer ends. */
  | { readonly do: 'play'; readonly slot: Slot; readonly offsetMs: number; readonly until: WallMs; readonly because: Because }

/** A stretch of time with one answer, `to` exclusive. For play, `onAir.offsetMs` is the position at `from`. */
export interface Segment {
  readonly from: WallMs
  readonly to: WallMs
  readonly onAir: OnAir
}
