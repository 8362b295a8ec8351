import { civilDate, dateOfDayNumber, dayNumberOf } from '../../../../../../shared/core/civil.ts'
import { wallMs } from '../../../../../../shared/core/clock.ts'
import type { Language } from './language.ts'

/** Periods that a person chooses; `span` comes by a link only. */
export const KINDS = ['day', 'month', 'quarter', 'year'] as const
export type Kind = (typeof KINDS)[number]

/** Civil days, `YYYY-MM-DD`, both included. */
export interface Days {
  readonly kind: Kind | 'span'
  readonly from: string
  readonly to: string
}

/** The civil day of Viet Nam at an instant, ms since 1970. */
export const dayOf = (at: number): string => civilDate(wallMs(at))

/** `23/11/2026` of `2026-11-23`. */
export const dayText = (date: string): string => date.split('-').reverse().join('/')

const two = (n: number): string => String(n).padStart(2, '0')
const dayBefore = (date: string): string => dateOfDayNumber(dayNumberOf(date) - 1)
/** The first day of a month that is counted from year 0. */
const firstOf = (month: number): string => `${String(Math.floor(month / 12)).padStart(4, '0')}-${two((month % 12) + 1)}-01`
const months = (kind: Kind, first: number, count: number): Days => ({ kind, from: firstOf(first), to: dayBefore(firstOf(first + count)) })

/** Reads `2026-11-23`, `2026-11`, `2026-q4`, `2026` or `2026-11-01..2026-11-15`; null for anything else. */
export function daysOf(period: string): Days | null {
  const [, year = '', quarter, month] = /^(\d{4})(?:-q([1-4])|-(0[1-9]|1[0-2]))?$/.exec(period) ?? []
  if (year !== '') {
    if (quarter !== undefined) return months('quarter', 12 * Number(year) + 3 * (Number(quarter) - 1), 3)
    return month === undefined ? months('year', 12 * Number(year), 12) : months('month', 12 * Number(year) + Number(month) - 1, 1)
  }
  const [from = '', to = from, ...rest] = period.split('..')
  if (rest.length > 0 || Number.isNaN(dayNumberOf(from)) || Number.isNaN(dayNumberOf(to)) || to < from) return null
  return { kind: period.includes('..') ? 'span' : 'day', from, to }
}

/** The period of a kind in which a day lies. */
export function periodAt(kind: Kind, date: string): string {
  if (kind === 'day') return date
  if (kind === 'month') return date.slice(0, 7)
  return kind === 'year' ? date.slice(0, 4) : `${date.slice(0, 4)}-q${Math.ceil(Number(date.slice(5, 7)) / 3)}`
}

/** The period of the same kind before (-1) or after (1) it; null of a span. */
export function beside(period: string, by: -1 | 1): string | null {
  const days = daysOf(period)
  if (!days || days.kind === 'span') return null
  return periodAt(days.kind, by < 0 ? dayBefore(days.from) : dateOfDayNumber(dayNumberOf(days.to) + 1))
}

const ROMAN = ['I', 'II', 'III', 'IV']

/** `Tháng 11 năm 2026`; the text itself where it is no period. */
export function periodText(period: string, language: Language): string {
  const days = daysOf(period)
  if (!days) return period
  const { kind, from, to } = days
  const [year, month] = [from.slice(0, 4), Number(from.slice(5, 7))]
  const quarter = Math.ceil(month / 3)
  const vi = { day: `Ngày ${dayText(from)}`, month: `Tháng ${month} năm ${year}`, quarter: `Quý ${ROMAN[quarter - 1] ?? ''} năm ${year}`, year: `Năm ${year}`, span: `Từ ${dayText(from)} đến ${dayText(to)}` }
  const en = { day: dayText(from), month: `Month ${month} of ${year}`, quarter: `Quarter ${quarter} of ${year}`, year, span: `${dayText(from)} to ${dayText(to)}` }
  return (language === 'vi' ? vi : en)[kind]
}
