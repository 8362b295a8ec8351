import type { AdmissionContext } from '../../shared/core/admission.ts'
import type { Clock, Random, WallMs } from '../../shared/core/clock.ts'
import type { Crypto, PublicKey } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import type { PolicyBook } from '../../shared/core/policy.ts'
import type { Result } from '../../shared/core/result.ts'
import type { ClusterView, Slot } from '../../shared/core/slot.ts'
import type { Timetable } from '../../shared/core/timetable.ts'
import type { StationCertificates } from '../../shared/protocol/keys.ts'
import type { Access } from './access.ts'
import type { DocumentFiles } from './bulletin.ts'
import type { Identify } from './door.ts'
import type { Passwords } from './person-password.ts'
import type { PhotoFiles } from './photo.ts'
import type { BrokerAdmin } from './ports.ts'
import type { Practice } from './practice.ts'
import type { Practising } from './practice-inside.ts'
import type { Trim } from './programme-store.ts'
import type { ReportJobs } from './report-jobs.ts'
import type { TrustFacts } from './station-ca.ts'
import type { StationEvents } from './station-events.ts'
import type { Decide, Stores } from './stores.ts'
import type { ReleaseFiles } from './update-files.ts'

/** What `importMedia` gives for a file that it took. */
export interface ImportedMedia {
  readonly sha: string
  readonly bytes: number
  readonly durationMs: number
  /** Of the encoded sound. */
  readonly loudnessLufs: number
  /** dBTP. */
  readonly truePeakDb: number
  /** Waveform: bytes 0–255, in base64url. */
  readonly peaks: string
  /** Length without trimming, ms. */
  readonly fullMs?: number
  /** The file as it was handed in; null or absent when it was not kept. */
  readonly original?: { readonly sha: string; readonly bytes: number } | null
}
export type ImportOutcome =
  | { readonly ok: true; readonly value: ImportedMedia }
  | { readonly ok: false; readonly code: string; readonly why: string; readonly vi?: string }
/** Transcodes, levels and stores; refuses what cannot be aired and leaves nothing behind. `path` stays the caller's. */
export type Importer = (input: { readonly path: string; readonly trim?: Trim; readonly keepOriginal?: boolean }) => Promise<ImportOutcome>
/** Speaks a text into the store, with the sound as it was spoken kept as its original. */
export type Speaker = (order: { readonly text: string; readonly voice?: string; readonly speed?: number }) => Promise<ImportOutcome>

/** Files as they were handed in. */
export interface Originals {
  /** null when it is not kept any longer. */
  path(sha: string): Promise<string | null>
  remove(sha: string): Promise<void>
}

/** A file that came in with a request, on disk. */
export interface Upload {
  readonly path: string
  readonly bytes: number
  /** Removes it; safe to call twice. */
  discard(): Promise<void>
}
export type UploadRefusal = 'too-large' | 'empty' | 'no-space' | 'cut-off'
export interface Uploads {
  /** Writes a stream to a file; refuses one that is empty, cut off or longer than `maxBytes`, and then leaves nothing behind. */
  receive(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Result<Upload, UploadRefusal>>
  readonly pieces: PieceUploads
}

/** A file that comes in pieces. */
export interface PieceUpload {
  readonly id: string
  /** Who sends it, as the audit log names them. */
  readonly owner: string
  readonly fileName: string
  /** Of the whole file. */
  readonly bytes: number
  /** What has arrived and is kept. */
  readonly offset: number
  readonly path: string
  /** What was made of it; null = nothing yet. */
  readonly programme: string | null
  readonly createdAt: WallMs
}
/** `not-found`: there is none of that id · `wrong-offset`: something else is missing first · `in-use`: a piece is coming in just now. */
export type PieceRefusal = 'not-found' | 'wrong-offset' | 'in-use' | 'too-large' | 'too-many' | 'no-space'
/** Files that come in pieces outlive a dropped link and a restart of the server. */
export interface PieceUploads {
  begin(order: Pick<PieceUpload, 'owner' | 'fileName' | 'bytes' | 'createdAt'>): Promise<Result<PieceUpload, PieceRefusal>>
  look(id: string): PieceUpload | null
  /** What has come of a piece whose link dropped is kept; the answer says how far it reaches. */
  append(id: string, offset: number, piece: AsyncIterable<Uint8Array>): Promise<Result<PieceUpload, PieceRefusal>>
  /** Remembers what was made of it, and lets go of the file. */
  finish(id: string, programme: string): Promise<void>
  drop(id: string): Promise<void>
  /** Forgets those begun before an instant. */
  prune(before: WallMs): Promise<number>
}

export interface ByteRange {
  readonly from: number
  /** Inclusive. */
  readonly to: number
}
export interface MediaFiles {
  /** null when absent. */
  bytes(sha: string): Promise<number | null>
  open(sha: string, range: ByteRange): Promise<NodeJS.ReadableStream | null>
}

/** A place in a YAML file that is not right. Line and column count from 1. */
export interface YamlFault {
  readonly line: number
  readonly column: number
  readonly path: string
  readonly en: string
  readonly vi: string
}
export type ReadTimetable =
  | { readonly ok: true; readonly value: Timetable; readonly locate: (pointer: string) => { readonly line: number; readonly column: number } }
  | { readonly ok: false; readonly problems: readonly YamlFault[] }
export interface TimetableYaml {
  /** Never throws. */
  parse(text: string): ReadTimetable
  write(timetable: Timetable): string
}

/** What should sound on a cluster, from the plan in force. */
export interface PlannedSlots {
  readonly slots: readonly Slot[]
  readonly policies: PolicyBook
  readonly view: ClusterView
  readonly rev: number
  /** What a person calls a slot; null where it is not known. */
  titleOf(slot: string): string | null
}

/** Called after the commit, so that plans follow decisions. They must not throw and return at once. */
export interface DecisionListener {
  /** Sessions, policies, areas, groups or programmes changed; `only` where nothing but these sessions did: then only their clusters are planned. */
  timetableChanged(only?: { readonly sessions: readonly string[] }): void
  /** Settings, area, immediate state or revocation of one cluster changed; also a new cluster. */
  clusterChanged(cluster: string): void
}

export interface Vitals {
  brokerConnected(): boolean
  /** Relays that are open by state, and counts since the start; absent where nothing is relayed. */
  relays?(): { readonly open: Readonly<Record<string, number>>; readonly reconnects: number; readonly substitutions: number; readonly faultyChecks: number }
  /** When the conductor's heartbeat last ran; null before the first. */
  lastHeartbeat(): WallMs | null
}

/** Everything that the HTTP side needs; `main.ts` and the tests build it alike. */
export interface ServerDeps {
  readonly stores: Stores
  readonly decide: Decide
  /** Who may do what where. */
  readonly access: Access
  readonly events: StationEvents
  /** Reports, and whatever else reads many rows: in threads of their own. */
  readonly reports: ReportJobs
  readonly clock: Clock
  readonly random: Random
  /** Unpredictable bytes for claims and passwords. */
  secretBytes(count: number): Uint8Array
  readonly crypto: Crypto
  readonly keys: { readonly rootPublic: PublicKey; certificates(): StationCertificates }
  readonly passwords: Passwords
  /** Who is known by something other than the administrator's token or a session; see Identify. Absent = nobody. */
  readonly identify?: readonly Identify[]
  /** Addresses (also networks) of proxies whose word about where a request came from is believed; absent = none. */
  readonly trustProxy?: readonly string[]
  /** SHA-256 of the administrator's token. */
  readonly administratorSha256: Uint8Array
  /** Where clusters reach the broker, for example `mqtt://10.0.0.1:1883`. */
  mqttUrl(): string
  /** Tells an external broker about credentials; null for the embedded one, which asks the registry itself. */
  readonly brokerAdmin: BrokerAdmin | null
  /** The broker's own hash of a password, where it wants one stored; null otherwise. */
  readonly brokerHash: ((password: string) => string) | null
  readonly importer: Importer
  /**
   * Sends an approver the link that was made for them (`path` under the station's address); false where they cannot be
   * reached. Absent where the station sends no messages.
   */
  readonly sendLink?: (link: { readonly person: string; readonly path: string; readonly programme: string; readonly expiresAt: WallMs }) => Promise<boolean>
  /** Absent where the station cannot speak. */
  readonly speaker?: Speaker
  /** Absent where no file is kept as it was handed in. */
  readonly originals?: Originals
  readonly uploads: Uploads
  readonly media: MediaFiles
  /** Where documents of bulletins are kept; absent = none are taken. */
  readonly documents?: DocumentFiles
  /** Where releases of the agent are kept; absent = none are taken. */
  readonly releases?: ReleaseFiles
  /** Where photos of incidents are kept; absent = none are taken. */
  readonly photos?: PhotoFiles
  readonly timetableYaml: TimetableYaml
  readonly listener: DecisionListener
  /** Length of what an item names, for admission; see AdmissionContext. */
  readonly mediaMs: AdmissionContext['mediaMs']
  /** null while the cluster has no plan. */
  slotsFor(cluster: string, at: WallMs): PlannedSlots | null
  readonly vitals: Vitals
  readonly log: Log
  readonly version: string
  /** The practice station beside this one; null or absent = none is offered. */
  readonly practice?: Practice | null
  /** This is a practice station; absent = it is real. */
  readonly practising?: Practising
  /** How phones come to trust the station's own authority; null or absent where it has none. */
  readonly trust?: () => TrustFacts | null
  /** Certificate and key in PEM; null = plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null
}
