import type { WallMs } from '../../shared/core/clock.ts'
import type { LanguageCode } from '../../shared/core/languages.ts'
import type { Result } from '../../shared/core/result.ts'
import type { Targets } from '../../shared/core/timetable.ts'
import type { DeliveryState } from '../../shared/protocol/messages/delivery.ts'
import type { ShortReason } from '../../shared/protocol/messages/evidence.ts'

/**
 * What an emergency says: one after another, each in the languages of those who listen. `language`: absent = that of the clip where
 * it is a pinned one, else Vietnamese.
 */
export type EmergencyMessage = { readonly language?: LanguageCode } & (
  /** A recording of the library, or a pinned clip. */
  | { readonly kind: 'programme'; readonly programme: string }
  | { readonly kind: 'text'; readonly text: string; readonly voice?: string }
  /** A recording that came with the order and is kept under this name until it has been prepared. */
  | { readonly kind: 'recording'; readonly file: string }
  /** Somebody speaks it, for at most `maxMs`: a microphone. */
  | { readonly kind: 'voice'; readonly maxMs: number }
)

export interface NewEmergency {
  readonly title: string
  readonly messages: readonly EmergencyMessage[]
  readonly targets: Targets
  readonly drill: boolean
  /** 0–9. */
  readonly danger: number
  /** 0 = hamlet … 3 = nation. */
  readonly authority: number
  readonly times: number
  readonly gapMs: number
  /** Percent; null = each cluster's own. */
  readonly volume: number | null
  /** Nothing of it sounds from this instant on; at most 24 h ahead. */
  readonly expiresAt: WallMs
  /** Emergencies that this one takes the place of. */
  readonly replaces?: readonly string[]
  /** Who, and by which way: `administrator`, `cap:SENDER`. */
  readonly actor: string
  /** A message of another system that this is: the same one twice is one. */
  readonly origin?: string
  /** What the sender calls this request: the same name twice, with the same words, is one emergency. */
  readonly request?: { readonly key: string; readonly fingerprint: string }
}

/** How far it has come on one cluster. `unreached`: nothing was heard of it for 30 s. */
export type Verdict = 'ordered' | DeliveryState | 'unreached'
export interface DeliveryRow {
  readonly cluster: string
  readonly name: string
  readonly verdict: Verdict
  readonly at: WallMs
  readonly level: number | null
  readonly why: ShortReason | null
  /** The correction has sounded here: when; null = no. */
  readonly correctedAt: WallMs | null
}

export interface Emergency {
  readonly id: string
  readonly title: string
  readonly drill: boolean
  readonly danger: number
  readonly authority: number
  readonly acceptedAt: WallMs
  readonly startAt: WallMs
  readonly expiresAt: WallMs
  readonly endedAt: WallMs | null
  /** `no-voice`: nobody spoke, or nobody went on. */
  readonly endedBecause: 'expired' | 'cancelled' | 'replaced' | 'finished' | 'no-voice' | null
  readonly clusters: readonly string[]
  readonly origin: string | null
}

export type EmergencyRefusal =
  | 'no-clusters' | 'no-such-programme' | 'no-such-target' | 'bad-expiry' | 'already-over' | 'no-such-emergency' | 'speech-failed' | 'disk-full' | 'duplicate' | 'bad-message' | 'needs-second'

/** The one door to emergencies, for the API, for CAP and for whatever comes later. */
export interface Emergencies {
  /** Resolves when it is on the disk: from then on it survives a kill −9. */
  raise(order: NewEmergency): Promise<Result<Emergency, EmergencyRefusal>>
  /** Over everywhere. With a correction that sounds only where the message has sounded, also on clusters that come back later. */
  cancel(id: string, by: { readonly actor: string; readonly reason: string; readonly correction: EmergencyMessage | null }): Promise<Result<Emergency, EmergencyRefusal>>
  /** "Dừng loa xã tôi": over on the clusters of these areas only, with a reason that the announcer sees at once. */
  stopLocally(id: string, by: { readonly actor: string; readonly reason: string; readonly targets: Targets }): Result<Emergency, EmergencyRefusal>
  byId(id: string): Emergency | null
  /** Newest first; those in force, or all. */
  list(which: 'in-force' | 'all'): Emergency[]
  byOrigin(origin: string): Emergency | null
  board(id: string): readonly DeliveryRow[]
}
