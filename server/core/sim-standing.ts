import type { CivilDate } from '../../shared/core/civil.ts'

/** What a SIM's contract gives. */
export interface SimPlan {
  /** Per month; null = not known, or no bound. */
  readonly bytesPerMonth: number | null
  /** Day of the month on which the count begins anew, 1–28. */
  readonly startDay: number
  /** Last day on which it works; null = none. */
  readonly expires: CivilDate | null
  readonly number: string | null
  readonly operator: string | null
  /** Kept for emergencies and health, bytes. */
  readonly reserveBytes: number
}

/** How much of its month a SIM has used. */
export interface SimStanding {
  readonly plan: SimPlan
  /** Since the month began. */
  readonly usedBytes: number
  /** Expected at the month's end, by the days of the week so far. */
  readonly forecastBytes: number
  /** null where the plan has no bound. */
  readonly leftBytes: number | null
  /** First day of the next month. */
  readonly renews: CivilDate
  /** Whole days until the last day on which it works; negative = over; null = no end. */
  readonly daysLeft: number | null
  /** Below the reserve: relays and downloads stop. */
  readonly frugal: boolean
}

/** So much stays for emergencies and health unless the plan says otherwise: some 80 days of telemetry. */
export const DEFAULT_RESERVE_BYTES = 100_000_000
