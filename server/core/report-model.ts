import { isoWithOffset, startOfDayNumber } from '../../shared/core/civil.ts'
import type { Period } from './report-period.ts'

/** `minutes` have one decimal, `share` is of 1 with four. */
export type Unit = 'text' | 'count' | 'minutes' | 'share' | 'hours' | 'megabytes'
export interface Column {
  readonly key: string
  readonly vi: string
  readonly unit: Unit
}
export interface ReportCell {
  /** null where there is nothing to tell. */
  readonly value: string | number | null
  /** The query of `GET /reports/rows` (or the path that it begins with) that lists what the figure is made of. */
  readonly trace?: string
}
export interface Section {
  readonly id: string
  readonly vi: string
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly ReportCell[])[]
}
export interface Report {
  readonly area: { readonly code: string; readonly name: string }
  readonly period: { readonly text: string; readonly vi: string; readonly from: number; readonly to: number }
  /** What had arrived until then is in it. */
  readonly asOf: string
  readonly sections: readonly Section[]
}

export const share = (part: number, whole: number): number | null => (whole === 0 ? null : Math.round((10_000 * part) / whole) / 10_000)
export const col = (key: string, vi: string, unit: Unit = 'count'): Column => ({ key, vi, unit })

/** The rows behind a figure. */
export interface Tracing {
  of(filter?: Readonly<Record<string, string>>): string
  sessions(verdict?: string): string
  incidents(kind?: string): string
  /** How long a cluster could be reached, day by day. */
  online(cluster: string): string
}
export function tracing(area: string, period: Period): Tracing {
  // the whole station has no code
  const base = `${area === '' ? '' : `area=${encodeURIComponent(area)}&`}period=${period.text}`
  const more = (filter: Readonly<Record<string, string>>): string => Object.entries(filter).map(([key, value]) => `&${key}=${encodeURIComponent(value)}`).join('')
  return {
    of: (filter = {}) => `/reports/rows?${base}${more(filter)}`,
    incidents: (kind) => `/reports/incidents?${base}${kind === undefined ? '' : `&kind=${encodeURIComponent(kind)}`}`,
    online: (cluster) => `/clusters/${cluster}/chart?figure=online&from=${encodeURIComponent(isoWithOffset(startOfDayNumber(period.from)))}&to=${encodeURIComponent(isoWithOffset(startOfDayNumber(period.to + 1)))}`,
    sessions: (verdict) => `/reports/sessions?${base}${verdict === undefined ? '' : `&verdict=${verdict}`}`,
  }
}
