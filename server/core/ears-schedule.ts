import { MINUTE_MS, dateOfDayNumber, civilDayNumber, msOfDay } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { PolicyBook } from '../../shared/core/policy.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { blockAt, boundsOf } from '../../shared/core/timeline-bounds.ts'

/** When boxes test themselves: the station's choice. */
export interface SelfTestRule {
  /** Every night, without a sound. */
  readonly nightly: boolean
  /** Day of the month, 1–28, of a short test tone within allowed hours; null = never by itself. */
  readonly monthlyDay: number | null
}
/** Silent tests disturb nobody; a sound in a public place is the station's to decide. */
export const DEFAULT_SELF_TESTS: SelfTestRule = { nightly: true, monthlyDay: null }

/** Between 02:00 and 04:00: before anybody comes to the station, and repairable before 05:30. */
const [NIGHT_FROM, NIGHT_MINUTES] = [120, 120]
/** Hours in which a test tone is tried, once an hour: 06:00 to 19:00. */
const [DAY_FROM, DAY_TO] = [6, 19]
/** A test tone keeps so far from what is planned. */
const APART_MS = 5 * MINUTE_MS
const TONE_MS = 15_000

/** Spreads clusters evenly over `n` turns, always the same. */
export function turnOf(cluster: string, n: number): number {
  let hash = 2_166_136_261
  for (let i = 0; i < cluster.length; i++) hash = Math.imul(hash ^ cluster.charCodeAt(i), 16_777_619) >>> 0
  return hash % n
}
const minuteOfDay = (at: WallMs): number => Math.floor(msOfDay(at) / MINUTE_MS)

export const isNightlyTurn = (rule: SelfTestRule, cluster: string, at: WallMs): boolean => rule.nightly && minuteOfDay(at) === NIGHT_FROM + turnOf(cluster, NIGHT_MINUTES)

export function isMonthlyTurn(rule: SelfTestRule, cluster: string, at: WallMs): boolean {
  const [hour, minute] = [Math.floor(minuteOfDay(at) / 60), minuteOfDay(at) % 60]
  return rule.monthlyDay !== null && Number(dateOfDayNumber(civilDayNumber(at)).slice(8)) === rule.monthlyDay && hour >= DAY_FROM && hour < DAY_TO && minute === turnOf(cluster, 60)
}

/** Whose hours bind a test tone at this instant: null unless all of them allow it and nothing is planned near it. */
export function toneMaySound({ slots, policies }: { readonly slots: readonly Pick<Slot, 'start' | 'end'>[]; readonly policies: PolicyBook }, at: WallMs): string | null {
  const names = Object.keys(policies).sort()
  if (slots.some(({ start, end }) => start < at + APART_MS && end > at - APART_MS)) return null
  const isOpen = (name: string): boolean => {
    const policy = policies[name]
    const bounds = policy && boundsOf(policy)
    return [at, wallMs(at + TONE_MS)].every((instant) => blockAt(bounds, { class: 'priority', music: false }, instant) === null)
  }
  return names.every(isOpen) ? (names[0] ?? null) : null
}
