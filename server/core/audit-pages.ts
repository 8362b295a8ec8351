import type { WallMs } from '../../shared/core/clock.ts'

export interface AuditRow {
  readonly n: number
  readonly at: WallMs
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly detail: unknown
}
export interface AuditQuestion {
  readonly actor?: string
  /** Exactly this one, or all that begin with it and a dot. */
  readonly action?: string
  readonly subject?: string
  readonly from?: WallMs
  /** Exclusive. */
  readonly to?: WallMs
  /** Only rows with a smaller number. */
  readonly before?: number
  readonly most: number
}
/** The audit log for those who look something up in it. */
export interface AuditPages {
  /** Newest first. */
  page(question: AuditQuestion): AuditRow[]
}
