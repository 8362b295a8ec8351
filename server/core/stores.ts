import type { WallMs } from '../../shared/core/clock.ts'
import type { DatedSpan } from '../../shared/core/policy.ts'
import type { Result } from '../../shared/core/result.ts'
import type { Area, Group, PolicyText, Relay, Session } from '../../shared/core/timetable.ts'
import type { Generations } from './access.ts'
import type { AuditPages } from './audit-pages.ts'
import type { BulletinStore } from './bulletin.ts'
import type { CapStore } from './cap-store.ts'
import type { PeopleStore } from './person-store.ts'
import type { Lately } from './lately.ts'
import type { RingStore } from './ring-store.ts'
import type { SimStore } from './sim-store.ts'
import type { HandsStore } from './hands-store.ts'
import type { IncidentStore } from './incident.ts'
import type { CareStores } from './incident-care.ts'
import type { NoticeStore } from './notice-store.ts'
import type { NotifyStore } from './notify-store.ts'
import type { QuietTimeStore } from './maintenance.ts'
import type { UpdateStore } from './update-store.ts'
import type { SourceStore } from './source-system.ts'
import type { StandingStore } from './standing-store.ts'
import type { RelayCheck } from './relay-check.ts'
import type { ReportStore } from './report-store.ts'
import type { EmergencyAskStore } from './emergency-ask.ts'
import type { EmergencyStore, PinnedClipStore } from './emergency-record.ts'
import type { ApprovalStore } from './approval-store.ts'
import type { ProgrammeStore } from './programme-store.ts'
import type { DeskStores, SpanStore } from './timetable-store.ts'
import type { ClusterStore, ClaimStore } from './cluster-store.ts'
import type { PlanStore, PlannedStore, EvidenceStore, PresenceStore, TelemetryStore } from './evidence-store.ts'

export type { Claim, ClaimStore, ClusterRecord, ClusterSettings, ClusterStore, NewCluster, NowState } from './cluster-store.ts'
export type { EvidenceStore, LatestTelemetry, PlanRecord, PlanStore, PlannedSlot, PlannedStore, PresenceRecord, PresenceStore, StoredEvidence, TelemetryStore } from './evidence-store.ts'
export type { NewProgramme, Programme, ProgrammeKind, ProgrammeStore } from './programme-store.ts'

/**
 * What the rest of the server asks of its storage. Reads and writes are synchronous and whole; a write that a person
 * decided belongs inside `decide`, so that it shares a transaction with its audit row.
 */

export interface AuditEntry {
  /** Who: `administrator`, `cluster:ID`, `server`. */
  readonly actor: string
  /** What was done: a verb and its object, for example `session.create`. */
  readonly action: string
  /** To what: an identity. */
  readonly subject: string
  /** JSON; never a secret. */
  readonly detail?: unknown
}
export interface AuditHead {
  readonly n: number
  readonly hash: Uint8Array
}
export interface Audit {
  /** Inside a transaction of the caller; see `Decide`. */
  append(entry: AuditEntry): void
  head(): AuditHead
  /** Walks the whole chain; with a head learned earlier it also notices rows cut off the end. */
  verify(known?: AuditHead): Result<AuditHead, 'audit-broken'>
}
/** Runs `change` and appends the audit row in one transaction. A throw undoes both. */
export type Decide = <T>(entry: AuditEntry | ((value: T) => AuditEntry), change: () => T) => T

export interface MetaStore {
  get(key: string): string | null
  set(key: string, value: string): void
}

export interface AreaStore {
  /** Every record, also those that are over; a code can have several that follow each other. */
  all(): Area[]
  byCode(code: string): Area[]
  /** Replaces the record of the same code and first day. */
  put(area: Area): void
}
export interface GroupStore {
  all(): Group[]
  put(group: Group): void
  remove(id: string): void
}
export interface PolicyRecord {
  readonly id: string
  readonly text: PolicyText
  readonly openings: readonly DatedSpan[]
  readonly pauses: readonly DatedSpan[]
}
export interface PolicyStore {
  all(): PolicyRecord[]
  byId(id: string): PolicyRecord | null
  /** Forgets the written policy, with its openings and pauses. */
  remove(id: string): void
  /** Leaves openings and pauses as they are. */
  putText(id: string, text: PolicyText): void
  putSpans(id: string, openings: readonly DatedSpan[], pauses: readonly DatedSpan[]): void
}

export interface SessionStore {
  all(): Session[]
  byId(id: string): Session | null
  put(session: Session, at: WallMs): void
  remove(id: string): void
}

export interface RelayStore {
  all(): Relay[]
  byId(id: string): Relay | null
  put(relay: Relay): void
  /** Its checks stay. */
  remove(id: string): void
  /** Keeps the newest hundred of each relay. */
  noteCheck(check: RelayCheck): void
  /** Newest first. */
  checks(relay: string, most: number): RelayCheck[]
}

export interface Stores {
  readonly meta: MetaStore
  readonly areas: AreaStore
  readonly groups: GroupStore
  readonly policies: PolicyStore
  readonly clusters: ClusterStore
  readonly claims: ClaimStore
  readonly programmes: ProgrammeStore
  readonly approval: ApprovalStore
  readonly sessions: SessionStore
  readonly relays: RelayStore
  readonly plans: PlanStore
  readonly planned: PlannedStore
  readonly evidence: EvidenceStore
  readonly presence: PresenceStore
  readonly telemetry: TelemetryStore
  readonly rings: RingStore
  readonly lately: Lately
  readonly sims: SimStore
  readonly standing: StandingStore
  readonly cap: CapStore
  readonly emergencies: EmergencyStore
  readonly emergencyAsks: EmergencyAskStore
  readonly pinnedClips: PinnedClipStore
  readonly incidents: IncidentStore
  readonly quietTimes: QuietTimeStore
  readonly care: CareStores
  readonly notify: NotifyStore
  readonly hands: HandsStore
  readonly updates: UpdateStore
  readonly notices: NoticeStore
  readonly bulletins: BulletinStore
  readonly sources: SourceStore
  readonly desk: DeskStores
  /** Pauses, openings, days of mourning. */
  readonly spans: SpanStore
  readonly reports: ReportStore
  readonly people: PeopleStore
  readonly generations: Generations
  readonly audit: Audit
  readonly auditPages: AuditPages
}
