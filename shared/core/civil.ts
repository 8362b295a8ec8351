import { wallMs, type WallMs } from './clock.ts'

/**
 * Civil time of Viet Nam. Asia/Ho_Chi_Minh has been UTC+7 without summer time since 1975, so civil
 * time is arithmetic: no time-zone data is needed on a small agent, and none can be out of date.
 */
export const CIVIL_OFFSET_MS = 7 * 3_600_000
export const DAY_MS = 86_400_000
export const MINUTE_MS = 60_000

/** `YYYY-MM-DD`, a civil date of Viet Nam. */
export type CivilDate = string
/** 1 = Monday … 7 = Sunday (ISO 8601). */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7

/** Days since 1970-01-01 of the civil day that holds `at`. */
export const civilDayNumber = (at: WallMs): number => Math.floor((at + CIVIL_OFFSET_MS) / DAY_MS)

/** First millisecond of a civil day, given its number. */
export const startOfDayNumber = (day: number): WallMs => wallMs(day * DAY_MS - CIVIL_OFFSET_MS)

/** Milliseconds since civil midnight, 0 … 86 399 999. */
export const msOfDay = (at: WallMs): number => at - startOfDayNumber(civilDayNumber(at))

/** The civil date that holds `at`. */
export const civilDate = (at: WallMs): CivilDate => new Date(at + CIVIL_OFFSET_MS).toISOString().slice(0, 10)

/** Day number of a civil date; NaN when the text is no date of the calendar (such as 2027-02-29). */
export function dayNumberOf(date: CivilDate): number {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return Number.NaN
  const utc = Date.parse(`${date}T00:00:00Z`)
  // Date.parse accepts 2027-02-29 as 1 March in some engines: the round trip is the check
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 10) !== date) return Number.NaN
  return utc / DAY_MS
}

/** Civil date of a day number. */
export const dateOfDayNumber = (day: number): CivilDate => new Date(day * DAY_MS).toISOString().slice(0, 10)

/** The instant of `secondOfDay` (0 … 86 400) on a civil date. */
export const civilInstant = (date: CivilDate, secondOfDay: number): WallMs =>
  wallMs(startOfDayNumber(dayNumberOf(date)) + secondOfDay * 1000)

/** ISO weekday of a day number. 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): Weekday => ((((day + 3) % 7) + 7) % 7 + 1) as Weekday

/** ISO 8601 with the offset of Viet Nam: `2026-11-23T05:30:00.000+07:00`. */
export const isoWithOffset = (at: WallMs): string =>
  `${new Date(at + CIVIL_OFFSET_MS).toISOString().slice(0, -1)}+07:00`

/** `05:30` or `05:30:15` → seconds since midnight; `24:00` is the end of the day; NaN when malformed. */
export function secondOfDay(text: string): number {
  const m = /^(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text)
  if (!m) return Number.NaN
  const [h, min, s] = [Number(m[1]), Number(m[2]), Number(m[3] ?? 0)]
  const total = h * 3600 + min * 60 + s
  return min < 60 && s < 60 && total <= 86_400 ? total : Number.NaN
}

/** Seconds since midnight → `05:30`, or `05:30:15` where seconds matter. */
export function clockText(second: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const hm = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}`
  return second % 60 === 0 ? hm : `${hm}:${two(second % 60)}`
}
