export type { ResultView } from '../../../../../features/results/views.ts'

interface Words {
  readonly vi: string
  readonly en: string
}

/** What the pages show of GET /reports/…, whose forms stand beside code of the server that the compiler of the pages does not know. */
export type Unit = 'text' | 'count' | 'minutes' | 'share' | 'hours' | 'megabytes'
export interface Column {
  readonly key: string
  readonly vi: string
  readonly unit: Unit
}
export interface Cell {
  readonly value: string | number | null
  readonly trace?: string
}
export interface Section {
  readonly id: string
  readonly vi: string
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Cell[])[]
}
export interface Report {
  readonly area: { readonly code: string; readonly name: string }
  readonly period: { readonly text: string; readonly vi: string }
  readonly asOf: string
  readonly sections: readonly Section[]
}

export type Source = 'own' | 'relay' | 'shared' | 'bulletin' | 'live' | 'emergency'
export type ContentClass = 'normal' | 'priority' | 'emergency'
export type Rung = 'planned' | 'sent' | 'played' | 'heard' | 'confirmed'

export interface RowView {
  readonly slot: string
  readonly cluster: string
  readonly clusterName: string | null
  readonly simulated: boolean
  readonly item: string | null
  readonly rung: Rung
  readonly plannedStart: string
  readonly plannedSeconds: number
  readonly actualStart: string | null
  readonly seconds: number
  readonly reason: (Words & { readonly code: string }) | null
  readonly stationName: string
  readonly source: Source
  readonly class: ContentClass
}
export interface RowPage {
  readonly rows: readonly RowView[]
  readonly next: string | null
  readonly all: { readonly rows: number; readonly plannedMinutes: number; readonly playedMinutes: number } | null
}
export type Verdict = 'whole' | 'part' | 'none'
export type { LogEntry, SessionOfReport as SessionRow } from '../../../../../core/report-jobs.ts'
export type { IncidentFact } from '../../../../../core/report-facts.ts'
export interface ShareView {
  readonly id: string
  readonly area: string
  readonly from: string
  readonly to: string
  readonly name: string
  readonly purpose: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly revokedAt: string | null
}
export interface Inspection {
  readonly area: string
  readonly from: string
  readonly to: string
  readonly name: string
  readonly purpose: string
  readonly expiresAt: string
}
