import type { Membership } from '../../shared/core/area.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { CivilDate } from '../../shared/core/civil.ts'
import type { LanguageCode } from '../../shared/core/languages.ts'
import type { DatedSpan } from '../../shared/core/policy.ts'
import type { Result } from '../../shared/core/result.ts'
import type { Area, Group, PolicyText, Relay, Session } from '../../shared/core/timetable.ts'
import type { Beat } from '../../shared/protocol/messages/beat.ts'
import type { EvidenceRow, ShortReason } from '../../shared/protocol/messages/evidence.ts'
import type { Health } from '../../shared/protocol/messages/health.ts'
import type { LiveEntry } from '../../shared/protocol/messages/orders.ts'
import type { Reported } from '../../shared/protocol/messages/reported.ts'
import type { BeatSample } from './beat-packing.ts'
import type { Generations } from './access.ts'
import type { AuditPages } from './audit-pages.ts'
import type { BulletinStore } from './bulletin.ts'
import type { CapStore } from './cap-store.ts'
import type { PeopleStore } from './person-store.ts'
import type { HeardRow, Lately } from './lately.ts'
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
import type { SlotNature } from './report-nature.ts'
import type { EmergencyStore, PinnedClipStore } from './emergency-record.ts'
import type { ApprovalStore } from './approval-store.ts'
import type { ProgrammeStore } from './programme-store.ts'
import type { DeskStores, SpanStore } from './timetable-store.ts'

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

/** The immediate desired state of a cluster. */
export interface NowState {
  readonly rev: number
  readonly volume: number | null
  readonly mute: boolean
  readonly stop: WallMs | null
  /** Live broadcasts under way or about to begin; absent = none. */
  readonly live?: readonly LiveEntry[]
  /** Its SIM is nearly spent: relays and downloads stop. Absent = false. */
  readonly frugal?: boolean
}
export interface ClusterRecord {
  readonly id: string
  readonly name: string
  readonly created: WallMs
  readonly publicKey: Uint8Array
  readonly secretSha256: Uint8Array
  /** The broker's own form of the password's hash; null where the broker is embedded. */
  readonly mosquittoHash: string | null
  readonly lat: number | null
  readonly lon: number | null
  /** Percent of full scale. */
  readonly volume: number
  readonly stagger: number
  /** Bytes per civil day that may be downloaded; 0 = no bound. */
  readonly budget: number
  /** Languages of its audience, best first; null = as its area says. */
  readonly languages: readonly LanguageCode[] | null
  /** What the box can do, as it said. */
  readonly caps: Readonly<Record<string, string | number | boolean>>
  readonly simulated: boolean
  readonly revokedAt: WallMs | null
  readonly now: NowState
}
export type NewCluster = Pick<ClusterRecord, 'id' | 'name' | 'created' | 'publicKey' | 'secretSha256' | 'mosquittoHash'> &
  Partial<Pick<ClusterRecord, 'volume' | 'stagger' | 'budget' | 'languages' | 'caps' | 'simulated' | 'lat' | 'lon'>>
export type ClusterSettings = Partial<Pick<ClusterRecord, 'name' | 'volume' | 'stagger' | 'budget' | 'languages' | 'lat' | 'lon'>>

export interface ClusterStore {
  byId(id: string): ClusterRecord | null
  byName(name: string): ClusterRecord | null
  /** Revoked ones included. */
  all(): ClusterRecord[]
  active(): ClusterRecord[]
  insert(cluster: NewCluster): void
  update(id: string, settings: ClusterSettings): void
  setCredential(id: string, secretSha256: Uint8Array, mosquittoHash: string | null): void
  setNow(id: string, now: NowState): void
  setSimulated(id: string, simulated: boolean): void
  /** The name becomes free for the box that replaces it. */
  revoke(id: string, at: WallMs): void
  memberships(): Membership[]
  membershipsOf(id: string): Membership[]
  /** The area from that day on; what was in force before ends there, what was to begin later is dropped. */
  join(id: string, area: string, from: CivilDate): void
}

export interface Claim {
  readonly tokenSha256: Uint8Array
  readonly name: string | null
  readonly area: string | null
  readonly expiresAt: WallMs
  readonly usedBy: string | null
}
export interface ClaimStore {
  byToken(tokenSha256: Uint8Array): Claim | null
  insert(claim: Omit<Claim, 'usedBy'> & { readonly createdAt: WallMs }): void
  use(tokenSha256: Uint8Array, cluster: string): void
  /** Drops claims that ended before `before`. */
  prune(before: WallMs): number
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

export interface PlanRecord {
  readonly cluster: string
  readonly rev: number
  readonly sha: string
  /** Bytes of the deflated body. */
  readonly len: number
  readonly horizon: WallMs
  /** The signed head, ready to be sent. */
  readonly order: string
  readonly issuedAt: WallMs
}
export interface PlanStore {
  current(cluster: string): PlanRecord | null
  allCurrent(): PlanRecord[]
  /** Keeps the newest five of each cluster. */
  save(plan: PlanRecord): void
  saveMany(plans: readonly PlanRecord[]): void
}

export interface PlannedSlot {
  readonly slot: string
  readonly cluster: string
  readonly session: string
  /** Start of the session's occurrence. */
  readonly occurrence: WallMs
  /** Planned start and end of the item, stagger included. */
  readonly due: WallMs
  readonly end: WallMs
  readonly item: string
  readonly media: string | null
  readonly stream: string | null
  /** The plan that first said so: sent when the cluster has reported this rev or a later one. */
  readonly planRev: number
  /** What kind of content it was when it was due; absent = not known. */
  readonly nature?: SlotNature
  /** Whether the cluster had confirmed the plan in time; absent while that is not settled. */
  readonly sent?: boolean
}
export interface PlannedStore {
  /** A slot that is there and says the same stays as it is; one that says something else is replaced. */
  insertMany(rows: readonly PlannedSlot[]): void
  /** As `insertMany`, and slots of the cluster due at or after `from` that are not among `rows` and have no evidence are withdrawn. */
  replaceUpcoming(cluster: string, from: WallMs, rows: readonly PlannedSlot[]): void
  between(from: WallMs, to: WallMs, cluster?: string): PlannedSlot[]
  one(slot: string, cluster: string): PlannedSlot | null
}

export interface StoredEvidence extends Omit<EvidenceRow, 'why'> {
  readonly why?: ShortReason
  readonly cluster: string
  readonly log: string
  readonly receivedAt: WallMs
}
export interface EvidenceStore {
  /**
   * Stores each (cluster, log, n) once and answers the highest n up to which the log has no gap: what may be
   * acknowledged. `oldestHeld` is the smallest n that the agent still has: a gap below it can never be filled.
   */
  insertRows(cluster: string, log: string, rows: readonly EvidenceRow[], options: { readonly at: WallMs; readonly oldestHeld?: number }): number
  upTo(cluster: string, log: string): number
  between(from: WallMs, to: WallMs, cluster?: string): StoredEvidence[]
  /** What the ears of boxes said, of rows that are not packed yet, in the order in which they were due. */
  heard(): (HeardRow & { readonly cluster: string })[]
}

export interface PresenceRecord {
  readonly cluster: string
  readonly online: boolean
  /** Since when it is as `online` says. */
  readonly since: WallMs
  readonly boot: string | null
  readonly conn: string | null
  readonly planRev: number
  readonly nowRev: number
  readonly held: number
  readonly dueFiles: number
  readonly planTo: WallMs
  readonly playing: Reported['playing']
  readonly refused: Reported['refused']
  readonly lastSeen: WallMs
  readonly agent: string | null
  readonly clock: { readonly trusted: boolean; readonly errMs?: number; readonly offsetMs?: number; readonly driftPpm?: number } | null
}
export interface PresenceStore {
  all(): PresenceRecord[]
  byCluster(cluster: string): PresenceRecord | null
  upsert(presence: PresenceRecord): void
}

export interface LatestTelemetry {
  readonly beat: Beat | null
  readonly beatAt: WallMs | null
  readonly health: Health | null
  readonly healthAt: WallMs | null
}
export interface TelemetryStore {
  noteBeat(cluster: string, beat: Beat, at: WallMs): void
  noteHealth(cluster: string, health: Health, at: WallMs): void
  latest(cluster: string): LatestTelemetry
  /** Of every cluster at once, for lists. */
  allLatest(): Map<string, LatestTelemetry>
  /** Beats of a cluster in [from, to), oldest first. */
  beats(cluster: string, from: WallMs, to: WallMs): (BeatSample & { readonly at: WallMs })[]
  /** Forgets beats and health documents before an instant. */
  prune(before: WallMs): void
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
