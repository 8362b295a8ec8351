import type { WallMs } from './clock.ts'

/** The ladder, highest first (DESIGN §3). */
export const SLOT_CLASSES = ['emergency', 'live', 'priority', 'scheduled', 'filler'] as const
export type SlotClass = (typeof SLOT_CLASSES)[number]

/** How an interrupted item comes back: never past the end of its session. */
export const RESUME_RULES = ['from-the-beginning', 'at-the-offset', 'where-it-would-be-now', 'drop'] as const
export type ResumeRule = (typeof RESUME_RULES)[number]

/** What a slot sounds. `media` is the SHA-256 (base64url, 43 characters) of a file that the cluster holds. */
export type SlotSource =
  | { readonly kind: 'file'; readonly media: string }
  /** `substitute` is the media that sounds while the relay cannot be had. */
  | { readonly kind: 'stream'; readonly stream: string; readonly substitute: string | null }
  /** Sounds that follow each other; a gap after the last one fills up the slot's length. */
  | { readonly kind: 'parts'; readonly parts: readonly SoundPart[] }

/** A file, a stream, or a file whose first hearing comes as a stream because not every cluster holds it yet. */
export interface SoundPart {
  readonly media: string | null
  readonly stream: string | null
  /** ms > 0. */
  readonly ms: number
}

/** One thing that is to sound on one cluster at one time. Instants are the server's wall time. */
export interface Slot {
  /** Unique per cluster and occurrence, stable over re-planning: the key of its evidence. */
  readonly id: string
  /** The occurrence of the session that it belongs to; items of one occurrence share it and queue behind each other. */
  readonly session: string
  readonly class: SlotClass
  /** Planned start. */
  readonly start: WallMs
  /** Start of its session's occurrence, ≤ `start`; a stop ends a session that has begun as a whole. Absent = `start`. */
  readonly sessionStart?: WallMs
  /** Hard end, exclusive: the end of its session (or of the live broadcast, or the emergency's expiry). */
  readonly end: WallMs
  /** Natural length, ms > 0. An emergency's is one repeat, its gap included. */
  readonly lengthMs: number
  readonly source: SlotSource
  readonly resume: ResumeRule
  /** Name in the PolicyBook. */
  readonly policy: string
  /** Music does not come back after an emergency, and is silent in mourning. */
  readonly music: boolean
  /** Among colliding priority items the lower number sounds first; the operator chose it. */
  readonly order: number
  /** Each cluster of a staggered session starts `staggerMs × its stagger index` later. 0 = together. */
  readonly staggerMs: number
  /** When a person or the timetable gave the order; breaks ties, newer first. */
  readonly issuedAt: WallMs
  /** Emergencies only: 0 = ordinary … 9 = immediate danger to life. */
  readonly danger?: number
  /** Emergencies only: it is over after so many repeats, however long it had to wait between them. Absent = until its end. */
  readonly repeats?: number
  /** Emergencies and live only: 0 = hamlet, 1 = commune, 2 = province, 3 = nation. */
  readonly authority?: number
}

/** What the rule must know of the cluster itself. */
export interface ClusterView {
  /** 0 = first group to speak. */
  readonly staggerIndex: number
  /** A stop order: every session that was planned to start at or before this instant is over, emergencies included. */
  readonly stoppedAt: WallMs | null
  /** Muted by a technician: everything but an emergency is silent. */
  readonly muted: boolean
}

/** By how much a slot is later on this cluster, ms: emergencies and live sound everywhere at once. */
export const staggerOf = (slot: Slot, staggerIndex: number): number =>
  slot.class === 'emergency' || slot.class === 'live' ? 0 : Math.max(0, slot.staggerMs * staggerIndex)

/** When the slot's session was planned to start on this cluster, wall ms: what a stop order goes by. */
export const sessionStartOf = (slot: Slot, staggerIndex: number): number => (slot.sessionStart ?? slot.start) + staggerOf(slot, staggerIndex)
