import { civilDayNumber } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'

export const HOUR_MS = 3_600_000

/** Hours since 1970. Civil hours begin with them: the civil offset is a whole number of hours. */
export const hourNumber = (at: WallMs): number => Math.floor(at / HOUR_MS)
export const startOfHour = (hour: number): WallMs => wallMs(hour * HOUR_MS)
/** The civil day that an hour lies in. */
export const dayOfHour = (hour: number): number => civilDayNumber(startOfHour(hour))
