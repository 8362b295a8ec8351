import type { SlotEvidence } from './evidence-report.ts'
import type { IncidentFact } from './report-facts.ts'
import type { ReportHeading } from './report-heading.ts'
import type { ContentClass, Source } from './report-nature.ts'
import type { SessionResult } from './result-of-session.ts'

/** How a report comes: for a screen, or as a file. */
export const REPORT_FORMS = ['json', 'xlsx', 'csv', 'pdf', 'docx'] as const
export type ReportForm = (typeof REPORT_FORMS)[number]

/** An area ('' = the whole station), and the civil days (since 1970), both included, that are asked about at an instant. */
export interface Scope {
  readonly area: string
  readonly from: number
  readonly to: number
  readonly now: number
}

/** Which rows. What is absent does not matter. */
export interface RowFilter {
  readonly cluster?: string
  readonly source?: Source
  readonly class?: ContentClass
  readonly language?: string
  readonly rung?: string
  readonly reason?: string
  readonly session?: string
  /** Start of the occurrence, wall ms. */
  readonly occurrence?: number
  /** Something of it sounded. */
  readonly played?: boolean
  readonly late?: boolean
  readonly underruns?: boolean
  /** Some of it came from a relay's substitute. */
  readonly substitute?: boolean
}

/** A slot with what it counts as, and where. */
export interface RowOfReport {
  readonly day: number
  readonly station: string
  readonly stationName: string
  readonly clusterName: string
  readonly source: Source
  readonly class: ContentClass
  readonly language: string
  readonly evidence: SlotEvidence
}
export interface RowPage {
  readonly rows: readonly RowOfReport[]
  /** Give it back to go on; null at the end. */
  readonly next: string | null
  /** Of all rows that match, also those of other pages; null where these are too many to add up for one answer. */
  readonly all: { readonly rows: number; readonly plannedMs: number; readonly playedMs: number } | null
}

/** One occurrence of a session at one station. */
export interface SessionOfReport {
  readonly day: number
  readonly station: string
  readonly stationName: string
  readonly session: string
  readonly occurrence: number
  readonly verdict: 'whole' | 'part' | 'none'
  readonly clusters: number
  readonly whole: number
  readonly part: number
  readonly plannedMs: number
  readonly playedMs: number
}

/** nhật ký phát thanh: one item at one station, over all its clusters. */
export interface LogEntry {
  readonly day: number
  readonly station: string
  readonly stationName: string
  readonly slot: string
  readonly session: string | null
  readonly item: string
  readonly source: Source
  readonly class: ContentClass
  readonly language: string
  readonly due: number
  readonly plannedMs: number
  /** When it began to sound first; null = nowhere. */
  readonly began: number | null
  readonly playedMs: number
  readonly clusters: number
  readonly clustersPlayed: number
  /** File that sounded: with it the very sound can be heard; null of streams. */
  readonly media: string | null
}

export interface Paged {
  readonly after?: string
  readonly limit: number
}

/** What is asked of the threads that make reports; each answer is what stands behind it. */
export interface ReportWork {
  report: { readonly ask: { readonly area: string; readonly period: string; readonly now: number; readonly form: ReportForm; readonly heading: ReportHeading | null }; readonly answer: { readonly json: string } | { readonly path: string } }
  rows: { readonly ask: Scope & Paged & { readonly filter: RowFilter }; readonly answer: RowPage }
  sessions: { readonly ask: Scope & Paged & { readonly verdict?: string }; readonly answer: { readonly sessions: readonly SessionOfReport[]; readonly next: string | null } }
  log: { readonly ask: Scope & Paged; readonly answer: { readonly entries: readonly LogEntry[]; readonly next: string | null } }
  /** All rows of a scope as CSV. */
  export: { readonly ask: Scope & { readonly filter: RowFilter; readonly what: 'rows' | 'log' }; readonly answer: { readonly path: string } }
  /** A day of some clusters, in order of due, then cluster. `revs`: the newest plans that they said they follow. */
  day: { readonly ask: { readonly day: number; readonly clusters: readonly string[]; readonly revs: ReadonlyMap<string, number>; readonly now: number; readonly offset: number; readonly limit: number }; readonly answer: { readonly rows: readonly SlotEvidence[]; readonly total: number } }
  /** Incidents of an area in a period, as they are counted; null where none are kept. */
  incidents: { readonly ask: { readonly area: string; readonly period: string; readonly now: number; readonly kind?: string }; readonly answer: readonly IncidentFact[] | null }
  /** One slot of one cluster; null where nothing is known of it. */
  slot: { readonly ask: { readonly cluster: string; readonly slot: string; readonly day: number; readonly now: number }; readonly answer: SlotEvidence | null }
  /** Results of occurrences, one for each station that was to hear them. `calls`: whom to call, by cluster. */
  results: {
    readonly ask: { readonly occurrences: readonly { readonly session: string; readonly title: string; readonly occurrence: number }[]; readonly now: number; readonly online: ReadonlySet<string>; readonly calls: ReadonlyMap<string, { readonly name: string }> }
    readonly answer: readonly SessionResult[]
  }
  /** Pictures of results as PNG. */
  picture: { readonly ask: { readonly svg: string }; readonly answer: Uint8Array }
  sweep: { readonly ask: { readonly now: number }; readonly answer: number }
  pack: { readonly ask: { readonly now: number }; readonly answer: number }
}
export type WorkKind = keyof ReportWork

/** Work that is not done on the thread that serves everybody. */
export interface ReportJobs {
  /** Rejects where the work failed; the sentence is for the log. */
  run<K extends WorkKind>(kind: K, ask: ReportWork[K]['ask']): Promise<ReportWork[K]['answer']>
  /** A file that a job made, to be sent once; it is removed when the stream ends. */
  file(path: string): Promise<{ readonly stream: NodeJS.ReadableStream; readonly bytes: number }>
  /** Ends the threads; what is under way is given up. */
  stop(): Promise<void>
}
