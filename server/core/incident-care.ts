import type { CivilDate } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { Lines } from './cluster-line.ts'
import type { Person, Photo } from './incident.ts'

/** người trông coi cụm loa: lives beside the pole, holds the key of the cabinet. Personal data, for technicians only. */
export interface Caretaker {
  readonly cluster: string
  readonly name: string
  /** `+84…` */
  readonly phone: string
}
export interface CaretakerStore {
  of(cluster: string): Caretaker | null
  all(): Caretaker[]
  put(caretaker: Caretaker): void
  remove(cluster: string): void
}

/** A box that took the place of another. */
export interface Succession {
  readonly cluster: string
  readonly predecessor: string
  readonly at: WallMs
}
/** A claim whose box, once enrolled, takes the place of another. */
export interface Replacement {
  readonly tokenSha256: Uint8Array
  readonly predecessor: string
  readonly actor: string
  readonly expiresAt: WallMs
}
export interface SuccessionStore {
  predecessorOf(cluster: string): Succession | null
  successorOf(cluster: string): Succession | null
  /** Which boxes are one place, as it is now. */
  lines(): Lines
  insert(succession: Succession): void
  promise(replacement: Replacement): void
  promised(now: WallMs): Replacement[]
  keepPromise(tokenSha256: Uint8Array): void
}

/** Where and with which SIM a cluster has been seen. */
export interface Whereabout {
  readonly cluster: string
  readonly what: 'cell' | 'sim' | 'carrier'
  readonly value: string
  readonly firstAt: WallMs
  readonly lastAt: WallMs
}
export interface WhereaboutStore {
  of(cluster: string): Whereabout[]
  /** Everybody who was seen with this value. */
  with(what: Whereabout['what'], value: string): Whereabout[]
  /** Seen first after `at`. */
  since(what: Whereabout['what'], at: WallMs): Whereabout[]
  /** All of them in one transaction. */
  note(seen: readonly Pick<Whereabout, 'cluster' | 'what' | 'value'>[], at: WallMs): void
  /** A person has looked: what the cluster was seen with is its own, as if it had been so since `at` at the latest. */
  accept(cluster: string, at: WallMs): void
  prune(before: WallMs): void
}

/** What is looked at when a cluster is visited. */
export interface CheckTemplate {
  readonly id: string
  readonly name: string
  /** Days from one check to the next. */
  readonly everyDays: number
  readonly items: readonly string[]
}
export interface CheckFinding {
  /** Of the template's items, from 0. */
  readonly item: number
  readonly ok: boolean
  readonly note?: string
}
/** One visit, due or done. */
export interface CheckTask {
  readonly id: string
  readonly template: string
  readonly cluster: string
  readonly due: CivilDate
  readonly doneAt: WallMs | null
  readonly doneBy: Person | null
  readonly findings: readonly CheckFinding[]
  readonly note: string | null
  /** What was opened because of the findings. */
  readonly incident: string | null
}
export interface CheckStore {
  templates(): CheckTemplate[]
  template(id: string): CheckTemplate | null
  putTemplate(template: CheckTemplate): void
  /** Its tasks that are done stay. */
  removeTemplate(id: string): void
  task(id: string): CheckTask | null
  /** Due within [from, to], the soonest first. */
  between(from: CivilDate, to: CivilDate): CheckTask[]
  /** Not done, whenever it is due. */
  openOf(cluster: string, template: string): CheckTask | null
  putTask(task: CheckTask): void
  removeTask(id: string): void
  /** The new box is visited in the old one's stead. */
  handOver(from: string, to: string): void
}

export const COMPLAINT_KINDS = ['too-loud', 'noise', 'dead', 'wrong-hour', 'other'] as const
export type ComplaintKind = (typeof COMPLAINT_KINDS)[number]

/** phản ánh của người dân */
export interface Complaint {
  readonly id: string
  readonly n: number
  readonly cluster: string
  readonly kind: ComplaintKind
  /** When it was heard, as the listener says. */
  readonly heardAt: WallMs
  readonly reportedAt: WallMs
  readonly text: string | null
  /** `public`: by the open form, from nobody in particular. */
  readonly actor: string
  readonly state: 'open' | 'answered'
  readonly answer: string | null
  readonly answeredBy: Person | null
  readonly answeredAt: WallMs | null
  readonly incident: string | null
  readonly photo: Photo | null
}
export interface ComplaintStore {
  nextNumber(): number
  /** `key`: the same key twice is one complaint; null = none was given. */
  insert(complaint: Complaint, key: string | null): void
  save(complaint: Complaint): void
  byKey(key: string): Complaint | null
  byId(id: string): Complaint | null
  /** The newest first. */
  list(filter: { readonly state?: Complaint['state']; readonly clusters?: readonly string[]; readonly limit: number }): Complaint[]
  between(from: WallMs, to: WallMs): Complaint[]
}

/** What stands on the pole, for people to type: tells nothing of the cluster's identity. */
export interface PoleCodeStore {
  of(cluster: string): string | null
  clusterOf(code: string): string | null
  put(cluster: string, code: string): void
  /** The pole stays when the box is replaced. */
  handOver(from: string, to: string): void
}

export interface CareStores {
  readonly caretakers: CaretakerStore
  readonly succession: SuccessionStore
  readonly whereabouts: WhereaboutStore
  readonly checks: CheckStore
  readonly complaints: ComplaintStore
  readonly poleCodes: PoleCodeStore
}
