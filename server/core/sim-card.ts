import { civilDayNumber, dateOfDayNumber, dayNumberOf, weekdayOf } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { SimPlan, SimStanding } from './sim-standing.ts'

/** Bytes that went through the modem on a civil day. */
export interface DayBytes {
  readonly day: number
  readonly bytes: number
}

/** So many days of the past tell what a Monday needs. */
export const HISTORY_DAYS = 28

/** Civil days [from, to) of the SIM's month that holds `day`. */
export function simMonth(startDay: number, day: number): { readonly from: number; readonly to: number } {
  const [year, month, date] = dateOfDayNumber(day).split('-').map(Number) as [number, number, number]
  const first = (months: number): number => {
    const at = year * 12 + (month - 1) + months
    const text = `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}-${String(startDay).padStart(2, '0')}`
    return dayNumberOf(text)
  }
  return date >= startDay ? { from: first(0), to: first(1) } : { from: first(-1), to: first(0) }
}

/** What a day of each weekday has needed: the mean of the same weekdays, else of all days; 0 without any. */
function expectedBytes(history: readonly DayBytes[]): (day: number) => number {
  const byWeekday = new Map<number, number[]>()
  for (const { day, bytes } of history) byWeekday.set(weekdayOf(day), [...(byWeekday.get(weekdayOf(day)) ?? []), bytes])
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const all = history.length === 0 ? 0 : mean(history.map(({ bytes }) => bytes))
  return (day) => {
    const same = byWeekday.get(weekdayOf(day))
    return same ? mean(same) : all
  }
}

/**
 * How far a SIM's data goes. `days`: what was used on each civil day, today included, of the month and of the weeks before;
 * days on which nothing was heard of the cluster are absent.
 */
export function simStanding(plan: SimPlan, days: readonly DayBytes[], now: WallMs): SimStanding {
  const today = civilDayNumber(now)
  const month = simMonth(plan.startDay, today)
  const ofMonth = days.filter(({ day }) => day >= month.from && day <= today)
  const usedBytes = ofMonth.reduce((sum, { bytes }) => sum + bytes, 0)
  const expected = expectedBytes(days.filter(({ day }) => day < today && day >= today - HISTORY_DAYS))
  const usedToday = days.find(({ day }) => day === today)?.bytes ?? 0
  let forecastBytes = usedBytes + Math.max(0, expected(today) - usedToday)
  for (let day = today + 1; day < month.to; day++) forecastBytes += expected(day)
  const leftBytes = plan.bytesPerMonth === null ? null : plan.bytesPerMonth - usedBytes
  return {
    plan, usedBytes, forecastBytes: Math.round(forecastBytes), leftBytes,
    renews: dateOfDayNumber(month.to),
    daysLeft: plan.expires === null ? null : dayNumberOf(plan.expires) - today,
    frugal: leftBytes !== null && leftBytes < plan.reserveBytes,
  }
}

/** Days whose figures `simStanding` asks for: [from, to). */
export function simSpan(plan: SimPlan, now: WallMs): { readonly from: number; readonly to: number } {
  const today = civilDayNumber(now)
  return { from: Math.min(simMonth(plan.startDay, today).from, today - HISTORY_DAYS), to: today + 1 }
}
