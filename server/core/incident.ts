import type { WallMs } from '../../shared/core/clock.ts'
import type { Cause } from './incident-cause.ts'
import { ruleOf, type IncidentKind, type Severity } from './incident-kinds.ts'
import type { Condition } from './incident-watch.ts'

/** mở · đã giao · đang xử lý · đã sửa · đã khắc phục */
export const INCIDENT_STATES = ['open', 'assigned', 'in-hand', 'repaired', 'verified'] as const
export type IncidentState = (typeof INCIDENT_STATES)[number]
export const INCIDENT_SOURCES = ['rule', 'person', 'complaint', 'check'] as const
export type IncidentSource = (typeof INCIDENT_SOURCES)[number]

/** The station itself, in histories and as the one who verifies. */
export const SYSTEM = 'server'

export interface Person {
  readonly actor: string
  readonly name: string
}

export interface Incident {
  readonly id: string
  /** What people call it: counts up from 1. */
  readonly n: number
  readonly kind: IncidentKind
  readonly severity: Severity
  readonly state: IncidentState
  readonly source: IncidentSource
  readonly cause: Cause
  /** What a person wrote; null where a rule opened it. */
  readonly words: string | null
  readonly openedAt: WallMs
  readonly openedBy: string
  readonly changedAt: WallMs
  readonly closedAt: WallMs | null
  readonly closedBy: string | null
  readonly assignee: Person | null
  /** Since when somebody says that it is repaired; null in every other state. */
  readonly repairedAt: WallMs | null
  /** How often it came back within a day of being closed. */
  readonly reopened: number
  /** Opened in storm mode: on the screen, but nobody is called. */
  readonly quiet: boolean
  /** The incident that its clusters belong to by now. */
  readonly mergedInto: string | null
  /** Codes of the areas of its clusters; empty = the whole station. */
  readonly areas: readonly string[]
}

/** A cluster of an incident, and how long it was in it. */
export interface IncidentCluster {
  readonly incident: string
  readonly cluster: string
  /** When it was seen to fall. */
  readonly fellAt: WallMs
  /** Since when, as far as is known. */
  readonly since: WallMs
  readonly healedAt: WallMs | null
  readonly en: string
  readonly vi: string
  readonly figure: number | null
}

export const ENTRY_KINDS = ['opened', 'joined', 'healed', 'merged', 'reopened', 'not-repaired', 'state', 'comment', 'photo', 'part', 'closed', 'replaced'] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

/** One line of an incident's history. */
export interface IncidentEntry {
  readonly n: number
  readonly incident: string
  readonly at: WallMs
  readonly actor: string
  readonly kind: EntryKind
  readonly detail: EntryDetail
}
export interface EntryDetail {
  readonly name?: string
  readonly text?: string
  readonly clusters?: readonly string[]
  readonly state?: IncidentState
  readonly assignee?: string
  readonly photo?: Photo
  readonly part?: Part
  readonly into?: string
}
export interface Photo {
  readonly id: string
  /** By its first bytes, never by what the sender said. */
  readonly type: 'image/jpeg' | 'image/png' | 'image/webp'
  readonly bytes: number
}
export interface Part {
  readonly name: string
  readonly count: number
  /** Đồng, of all of them. */
  readonly costDong: number
}

export interface IncidentFilter {
  readonly state?: 'open' | 'closed' | 'all'
  readonly kind?: IncidentKind
  /** Those of any of these boxes. */
  readonly clusters?: readonly string[]
  /** Opened before, for paging. */
  readonly before?: number
  readonly limit: number
}

export interface IncidentStore {
  nextNumber(): number
  insert(incident: Incident): void
  save(incident: Incident): void
  byId(id: string): Incident | null
  /** Not over, the newest first. */
  open(): Incident[]
  /** Closed since then and not merged into another, the newest first. */
  closedSince(at: WallMs): Incident[]
  /** The newest first. */
  list(filter: IncidentFilter): Incident[]
  /** Opened, or not over, within [from, to): for reports. */
  between(from: WallMs, to: WallMs): Incident[]
  clustersOf(incident: string): IncidentCluster[]
  /** Of all incidents that are not over. */
  openClusters(): IncidentCluster[]
  /** Newly fallen, or fallen again. */
  putCluster(cluster: IncidentCluster): void
  heal(incident: string, clusters: readonly string[], at: WallMs): void
  addEntry(entry: Omit<IncidentEntry, 'n'>): void
  entries(incident: string): IncidentEntry[]
}

export const isOver = ({ state }: Pick<Incident, 'state'>): boolean => state === 'verified'

/** What a person may make of it: the state after, or why not. */
export type Move = { readonly to: IncidentState } | { readonly refused: 'over' | 'system-verifies' | 'same' }

/** A person moves an incident. Those of rules are verified by the rules alone: "repaired" is the last word of a person. */
export function moveTo(incident: Pick<Incident, 'state' | 'kind' | 'source'>, to: IncidentState): Move {
  const byPerson = ruleOf(incident.kind).byPerson === true
  if (to === 'verified' && !byPerson) return { refused: 'system-verifies' }
  if (incident.state === 'verified' && !(byPerson && to === 'open')) return { refused: 'over' }
  if (incident.state === to && to !== 'assigned') return { refused: 'same' }
  return { to }
}

/** Still there half an hour after somebody said that it is repaired: it is not. */
export const REPAIR_PROVES_WITHIN_MS = 30 * 60_000

/** From the first notice to the repair (or now): what a report calls the repair time, ms. */
export const ageMs = ({ openedAt, closedAt }: Pick<Incident, 'openedAt' | 'closedAt'>, now: WallMs): number => (closedAt ?? now) - openedAt

export const clusterRow = (incident: string, at: WallMs, { cluster, since, en, vi, figure }: Condition): IncidentCluster => ({
  incident, cluster, fellAt: at, since: since ?? at, healedAt: null, en, vi, figure: figure ?? null,
})
