import type { WallMs } from '../../shared/core/clock.ts'
import type { Targets } from '../../shared/core/timetable.ts'
import type { DeliveryState } from '../../shared/protocol/messages/delivery.ts'
import type { LiveEntry } from '../../shared/protocol/messages/orders.ts'
import type { ShortReason } from '../../shared/protocol/messages/evidence.ts'
import type { Outcome, Sentence } from './refusal.ts'

/** How soon it must be out: `urgent` is for a voice that cannot wait six seconds. */
export type LiveKind = 'voice' | 'urgent' | 'programme'

export interface NewLive {
  readonly title: string
  readonly targets: Targets
  readonly sound:
    /** A stream that somebody speaks into, opened by the caller as `~` and the broadcast's id; ends after `maxMs` at the latest. */
    | { readonly kind: 'voice' | 'urgent'; readonly maxMs: number }
    | { readonly kind: 'programme'; readonly programme: string }
  /** Opening and closing chime. */
  readonly chime: boolean
  /** 0 = hamlet … 3 = nation. */
  readonly authority: number
  readonly actor: string
}

/** A live broadcast as it was decided; what sounds of it is in `LiveRow`. */
export interface LiveBroadcast {
  readonly id: string
  readonly kind: LiveKind
  readonly title: string
  /** Name of the stream that carries it; null where a file is enough. */
  readonly stream: string | null
  readonly programme: string | null
  readonly authority: number
  readonly clusters: readonly string[]
  readonly actor: string
  readonly acceptedAt: WallMs
  /** When it begins to sound, with the chime. */
  readonly at: WallMs
  /** When the first word can be heard, behind the chime. */
  readonly speakFrom: WallMs
  /** Hard end of what is said; the closing chime follows. */
  readonly to: WallMs
  /** Length of the closing chime, ms. */
  readonly closeMs: number
  readonly endedBy: string | null
}

/** A cluster that is not reached although it was named, and why. */
export interface Skipped {
  readonly cluster: string
  readonly name: string
  readonly because: Sentence
}
export interface Begun {
  readonly broadcast: LiveBroadcast
  readonly skipped: readonly Skipped[]
  readonly warnings: readonly Sentence[]
}

/** `ordered`: nothing was heard of it yet. */
export type LiveState = 'ordered' | DeliveryState
export interface LiveRow {
  readonly cluster: string
  readonly name: string
  readonly state: LiveState
  /** When it became so; null while nothing was heard. */
  readonly at: WallMs | null
  /** dBFS of what has sounded; null before. */
  readonly level: number | null
  readonly why: ShortReason | null
  readonly online: boolean
}
export interface LiveCount {
  /** Clusters that play it now, by their own word, and have a connection. */
  readonly sounding: number
  readonly online: number
  readonly total: number
}

/** The book of live broadcasts: microphones, and programmes that are played at once. */
export interface Live {
  /** When it returns, it is on the disk. `title` names it in refusals. */
  begin(order: NewLive): Outcome<Begun>
  /** Brings the end forward to `at` (null = now); the closing chime follows. One that has not begun to sound is dropped. Ending twice is once. */
  end(id: string, by: { readonly at: WallMs | null; readonly actor: string }): Outcome<LiveBroadcast>
  /** Newest first; those that have not ended, or also the last ones that have. */
  list(which: 'under-way' | 'all'): LiveBroadcast[]
  byId(id: string): LiveBroadcast | null
  board(id: string): readonly LiveRow[]
  count(id: string): LiveCount
  stop(): void
}

/** A cluster obeys at most so many at once. */
export const MAX_LIVE_ENTRIES = 3
/** An entry stays so long behind its closing chime, for clusters whose clock is behind. */
export const ENTRY_STAYS_MS = 10_000

export const slotOf = (id: string): string => `l.${id}`
export const isOver = ({ to, closeMs }: Pick<LiveBroadcast, 'to' | 'closeMs'>, now: WallMs): boolean => now >= to + closeMs
export const entryIsOver = ({ to, close }: LiveEntry, now: WallMs): boolean => now >= to + (close?.ms ?? 0) + ENTRY_STAYS_MS
