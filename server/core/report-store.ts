import type { WallMs } from '../../shared/core/clock.ts'
import type { ReportHeading } from './report-heading.ts'
import type { SessionResult } from './result-of-session.ts'

/** What somebody else than the cluster says of a slot: a microphone that heard it, or a person. */
export interface RungNote {
  readonly cluster: string
  readonly slot: string
  readonly rung: 'heard' | 'confirmed'
  readonly at: WallMs
  /** Who: `person:ID`, `cluster:ID`, `server`. */
  readonly actor: string
  readonly note: string | null
}

/** A link with which an inspector reads the reports of an area for some days; its secret is kept as a hash. */
export interface ReportShare {
  readonly id: string
  readonly area: string
  /** Civil days (since 1970) of which it shows the rows, both included. */
  readonly fromDay: number
  readonly toDay: number
  readonly name: string
  readonly purpose: string
  readonly createdAt: WallMs
  readonly createdBy: string
  readonly expiresAt: WallMs
  readonly revokedAt: WallMs | null
}

export interface ReportStore {
  heading(area: string): ReportHeading | null
  putHeading(area: string, heading: ReportHeading): void
  removeHeading(area: string): void
  shares(): ReportShare[]
  share(id: string): ReportShare | null
  shareByToken(tokenSha256: Uint8Array): ReportShare | null
  insertShare(share: ReportShare, tokenSha256: Uint8Array): void
  revokeShare(id: string, at: WallMs): void
  /** A result that is made again takes the place of the one before. */
  putResults(results: readonly SessionResult[], at: WallMs): void
  /** Results of an occurrence, in order of area. */
  results(session: string, occurrence: WallMs): SessionResult[]
  /** Newest occurrence first, from `before` (exclusive) back. */
  latestResults(before: WallMs, limit: number): SessionResult[]
  /** Whoever says it twice says it once. */
  noteRung(note: RungNote, day: number): void
}
