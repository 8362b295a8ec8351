import { civilDate, dateOfDayNumber, dayNumberOf, weekdayOf } from '../../../../../../shared/core/civil.ts'
import { wallMs } from '../../../../../../shared/core/clock.ts'
import { lunarOf } from '../../../../../../shared/core/lunar.ts'
import { spanText } from '../../lib/times.ts'

/** The civil date of Viet Nam at an instant, ms since 1970. */
export const dateAt = (ms: number): string => civilDate(wallMs(ms))
export const addDays = (date: string, days: number): string => dateOfDayNumber(dayNumberOf(date) + days)
/** 1 = Monday … 7 = Sunday. */
export const weekday = (date: string): number => weekdayOf(dayNumberOf(date))
export const mondayOf = (date: string): string => addDays(date, 1 - weekday(date))
/** Whether somebody wrote a date that the calendar has. */
export const isDate = (text: string): boolean => !Number.isNaN(dayNumberOf(text))

/** `23/11`. */
export const shortDate = (date: string): string => `${date.slice(8, 10)}/${date.slice(5, 7)}`
/** `23/11/2026`. */
export const dateText = (date: string): string => `${shortDate(date)}/${date.slice(0, 4)}`
/** The dates in a sentence as people write them. */
export const withDates = (sentence: string): string => sentence.replace(/\b(\d{4}-\d{2}-\d{2})\b/g, (date) => (isDate(date) ? dateText(date) : date))
/** `05:30` of an instant as the API writes it, and `05:30:15` where seconds matter. */
export const clockOf = (instant: string): string => instant.slice(11, 16)
/** Two of them as `05:30–06:00`. */
export const spanOf = (start: string, end: string): string => spanText(Date.parse(start), Date.parse(end))
export const exactClockOf = (instant: string): string => (instant.slice(17, 19) === '00' ? instant.slice(11, 16) : instant.slice(11, 19))
/** An instant as the API wants it, of a civil date and `05:30`. */
export const instantOf = (date: string, clock: string): string => `${date}T${clock.length === 5 ? `${clock}:00` : clock}+07:00`

/** A day of a month's sheet with its lunar day; `15/10`, `15/10+` in a leap month. */
export interface SheetDay {
  readonly date: string
  readonly day: number
  readonly lunar: { readonly day: number; readonly month: number; readonly leap: boolean }
  /** The first and the fifteenth, which people know by heart. */
  readonly isFeast: boolean
}

/** The weeks of a month, Monday first; null before its first and after its last day. `month`: `2026-11`. */
export function monthSheet(month: string): (SheetDay | null)[][] {
  const first = dayNumberOf(`${month}-01`)
  const cells: (SheetDay | null)[] = Array.from({ length: weekdayOf(first) - 1 }, () => null)
  for (let day = first; dateOfDayNumber(day).startsWith(month); day++) {
    const lunar = lunarOf(day)
    cells.push({ date: dateOfDayNumber(day), day: Number(dateOfDayNumber(day).slice(8)), lunar, isFeast: lunar.day === 1 || lunar.day === 15 })
  }
  while (cells.length % 7 !== 0) cells.push(null)
  return Array.from({ length: cells.length / 7 }, (_, n) => cells.slice(n * 7, n * 7 + 7))
}
/** The month `by` months later, `2026-12`. */
export function monthLater(month: string, by: number): string {
  const [year = 0, m = 1] = month.split('-').map(Number)
  const months = year * 12 + m - 1 + by
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}`
}
export const lunarText = ({ day, month, leap }: SheetDay['lunar']): string => `${day}/${month}${leap ? '+' : ''}`
