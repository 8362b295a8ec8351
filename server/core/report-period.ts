import { dateOfDayNumber, dayNumberOf } from '../../shared/core/civil.ts'

export const PERIOD_KINDS = ['day', 'month', 'quarter', 'year', 'span'] as const
export type PeriodKind = (typeof PERIOD_KINDS)[number]

/** Civil days (since 1970), both included. */
export interface Period {
  readonly kind: PeriodKind
  readonly from: number
  readonly to: number
  /** `tháng 11 năm 2026`. */
  readonly vi: string
  /** As it was asked for: `2026-11`. */
  readonly text: string
}

/** A span of days asked for by itself is no longer than this. */
const MAX_SPAN_DAYS = 1_100

/** Months counted from year 0: 12 × year + month (0 = January). */
export function monthOf(day: number): number {
  const date = dateOfDayNumber(day)
  return 12 * Number(date.slice(0, 4)) + Number(date.slice(5, 7)) - 1
}
export const firstDayOf = (month: number): number => dayNumberOf(`${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}-01`)

/** `23/11/2026`. */
export const dayText = (day: number): string => dateOfDayNumber(day).split('-').reverse().join('/')

const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/
const QUARTER = /^(\d{4})-q([1-4])$/
const YEAR = /^(\d{4})$/
const SPAN = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/
const ROMAN = ['I', 'II', 'III', 'IV']

/** `2026-11-23`, `2026-11`, `2026-q4`, `2026`, or `2026-11-01..2026-11-15`; null for what is no period of the calendar. */
export function periodOf(text: string): Period | null {
  const months = (first: number, count: number, kind: PeriodKind, vi: string): Period => ({ kind, from: firstDayOf(first), to: firstDayOf(first + count) - 1, vi, text })
  const month = MONTH.exec(text)
  if (month) return months(12 * Number(month[1]) + Number(month[2]) - 1, 1, 'month', `tháng ${Number(month[2])} năm ${month[1]}`)
  const quarter = QUARTER.exec(text)
  if (quarter) return months(12 * Number(quarter[1]) + 3 * (Number(quarter[2]) - 1), 3, 'quarter', `quý ${ROMAN[Number(quarter[2]) - 1]} năm ${quarter[1]}`)
  const year = YEAR.exec(text)
  if (year) return months(12 * Number(year[1]), 12, 'year', `năm ${year[1]}`)
  const span = SPAN.exec(text)
  const [from, to] = span ? [dayNumberOf(span[1] ?? ''), dayNumberOf(span[2] ?? '')] : [dayNumberOf(text), dayNumberOf(text)]
  if (Number.isNaN(from) || Number.isNaN(to) || to < from || to - from >= MAX_SPAN_DAYS) return null
  return span ? { kind: 'span', from, to, vi: `từ ngày ${dayText(from)} đến ngày ${dayText(to)}`, text } : { kind: 'day', from, to, vi: `ngày ${dayText(from)}`, text }
}
