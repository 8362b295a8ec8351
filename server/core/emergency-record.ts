import type { WallMs } from '../../shared/core/clock.ts'
import type { LanguageCode } from '../../shared/core/languages.ts'
import type { DeliveryState } from '../../shared/protocol/messages/delivery.ts'
import type { ShortReason } from '../../shared/protocol/messages/evidence.ts'
import type { Emergency, EmergencyMessage, NewEmergency } from './emergency.ts'

/** One sound of an emergency: a file of the station, or a live voice (`media` null). */
export interface EmergencySound {
  readonly media: string | null
  /** Of the file; 0 of a voice. */
  readonly bytes: number
  readonly ms: number
  /** Brings the file in a hurry, or is the voice. */
  readonly stream: string
  /** The clusters for which it is meant are to hold it already. */
  readonly pinned: boolean
  /** Absent = Vietnamese, or no words at all. */
  readonly language?: LanguageCode
}

/** How a live voice comes to its end: by its speaker, or for want of one. */
export const VOICE_ENDS = ['spoken', 'too-long', 'nobody-spoke', 'silent', 'link-lost', 'server-stopped'] as const
export type VoiceEnd = (typeof VOICE_ENDS)[number]
/** A live voice: both null while it may be spoken. */
export interface VoiceCourse {
  /** When the last word of it leaves the horns. */
  readonly endAt: WallMs | null
  readonly why: VoiceEnd | null
}

/** How far the station has come with an emergency. */
export interface EmergencyCourse {
  /** Attention tone; null where the station has none yet. */
  readonly tone: EmergencySound | null
  /** How often the tone sounds in a row: it bridges the time until the message is made. */
  readonly tones: number
  /** What says that it is an exercise. */
  readonly notice: readonly EmergencySound[]
  /** The message; null while it is being made. */
  readonly message: readonly EmergencySound[] | null
  /** Why the message is not what was ordered: the code of a sentence. */
  readonly problem: EmergencyProblem | null
  /** Only where the message is a live voice. */
  readonly voice?: VoiceCourse
  readonly endedBy: string | null
  readonly endedReason: string | null
  readonly correction: EmergencyMessage | null
  /** null while it is being made, or where there is none. */
  readonly correctionSounds: readonly EmergencySound[] | null
}
export type EmergencyProblem = 'speech-failed' | 'recording-failed' | 'correction-failed' | 'nothing-to-say' | 'other-voice'

/** What was ordered, as it was accepted. */
export type EmergencyOrder = Pick<NewEmergency, 'messages' | 'targets' | 'times' | 'gapMs' | 'volume' | 'replaces' | 'actor'> & {
  /** Of the request that brought it, where that had a key. */
  readonly fingerprint?: string
  /** Of one that waited for a second person: who agreed (by name), or why it was raised without. */
  readonly second?: { readonly name: string | null; readonly reason: string | null }
}

export interface EmergencyRecord extends Omit<Emergency, 'clusters'> {
  readonly order: EmergencyOrder
  readonly course: EmergencyCourse
  /** From then on no cluster is told of it any more. */
  readonly until: WallMs
}

/** What one cluster was told, and what it answered last. */
export interface EmergencyClusterRow {
  readonly emergency: string
  readonly cluster: string
  /** Of the order that is in force for it. */
  readonly rev: number
  readonly stopped: { readonly at: WallMs; readonly by: string; readonly reason: string } | null
  readonly heard: HeardState | null
  readonly correctedAt: WallMs | null
}
export interface HeardState {
  readonly state: DeliveryState
  readonly at: WallMs
  readonly rev: number
  readonly level: number | null
  readonly why: ShortReason | null
}

/** A delivery of the emergency itself or, `correction`, of its correction. */
export interface NotedDelivery extends HeardState {
  readonly emergency: string
  readonly cluster: string
  readonly slot: string
  readonly correction: boolean
}

export interface EmergencyStore {
  insert(record: EmergencyRecord, clusters: readonly string[], key: { readonly rev: number; readonly request: string | null }): void
  byId(id: string): EmergencyRecord | null
  byOrigin(origin: string): EmergencyRecord | null
  byRequest(key: string): EmergencyRecord | null
  /** Newest first. */
  newest(limit: number): EmergencyRecord[]
  /** Those that clusters are still told of. */
  current(now: WallMs): EmergencyRecord[]
  /** Everything that changes in the life of an emergency. */
  save(record: EmergencyRecord): void
  clustersOf(id: string): string[]
  /** In order of cluster. */
  rows(id: string): EmergencyClusterRow[]
  row(id: string, cluster: string): EmergencyClusterRow | null
  /** Emergencies that this cluster is still told of. */
  rowsOf(cluster: string, now: WallMs): EmergencyClusterRow[]
  /** A new revision for each of its clusters, or for these. */
  revise(id: string, now: WallMs, clusters?: readonly string[]): void
  setRev(id: string, cluster: string, rev: number): void
  stopOn(id: string, clusters: readonly string[], stop: NonNullable<EmergencyClusterRow['stopped']>): void
  /** One transaction; what was noted before is noted once. */
  note(deliveries: readonly NotedDelivery[], receivedAt: WallMs): void
}

/** `a.ID` of an emergency, `a.ID.c` of its correction; null for any other slot. */
export function emergencyOfSlot(slot: string): { readonly id: string; readonly correction: boolean } | null {
  const [, id, correction] = /^a\.([0-9a-z]{4,16})(\.c)?$/.exec(slot) ?? []
  return id === undefined ? null : { id, correction: correction !== undefined }
}

/** A clip that every cluster holds beforehand, in a language of those who listen. */
export interface PinnedClip {
  readonly programme: string
  /** BCP 47, for example `vi`, `hmn`, `cjm`. */
  readonly language: string
  /** The area for whose people it was recorded; null = all. */
  readonly area: string | null
}
export interface PinnedClipStore {
  all(): PinnedClip[]
  byProgramme(programme: string): PinnedClip | null
  put(clip: PinnedClip): void
  remove(programme: string): void
}
