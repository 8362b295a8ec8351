import { secondOfDay } from './civil.ts'
import type { DaySpan } from './policy.ts'

/** `90s`, `4m`, `1h30m` → milliseconds > 0; NaN when the text is no duration, names none, or is longer than 24 h. */
export function durationMs(text: string): number {
  const m = /^(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,5})s)?$/.exec(text)
  if (!m) return Number.NaN
  const ms = (Number(m[1] ?? 0) * 3600 + Number(m[2] ?? 0) * 60 + Number(m[3] ?? 0)) * 1000
  return ms > 0 && ms <= 86_400_000 ? ms : Number.NaN
}

/** Milliseconds → the shortest text that `durationMs` reads back; a part of a second is rounded up. */
export function durationText(ms: number): string {
  const total = Math.ceil(ms / 1000)
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  return `${h > 0 ? `${h}h` : ''}${m > 0 ? `${m}m` : ''}${s > 0 || total === 0 ? `${s}s` : ''}`
}

/**
 * `05:00-21:00` → seconds since midnight; `21:00-05:00` crosses midnight. null when a time of day is
 * impossible, or when both are the same: that could mean nothing or everything, so people write 00:00-24:00.
 */
export function daySpan(text: string): DaySpan | null {
  const [first, last, more] = text.split('-')
  if (first === undefined || last === undefined || more !== undefined) return null
  const [from, to] = [secondOfDay(first), secondOfDay(last)]
  if (Number.isNaN(from) || Number.isNaN(to) || from === to || from === 86_400) return null
  return { from, to }
}
