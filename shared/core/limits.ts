import { DAY_MS } from './civil.ts'

/**
 * A slot is cut this long after its start: the length of a whole plan. A longer one is a mistake in a date, and the
 * cut keeps the number of repeats and of daily bounds that one slot can ask for finite.
 */
export const MAX_SLOT_SPAN_MS = 8 * DAY_MS

/**
 * An emergency is repeated no faster than this. No clip that a listener can understand is shorter, and two
 * emergencies that take turns would otherwise change over a thousand times a second.
 */
export const MIN_EMERGENCY_REPEAT_MS = 1_000

/** Instants beyond ±8.64e15 ms are no dates of the civil calendar (ECMA-262 time range); half of it leaves room for sums. */
export const MAX_INSTANT_MS = 4.32e15
