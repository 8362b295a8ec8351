import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'

/** setTimeout counts in a signed 32-bit integer and fires at once beyond it. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** The machine's own clock, in whole milliseconds; the system's time service disciplines it. */
export const realClock: Clock = {
  wall: () => wallMs(Date.now()),
  mono: () => monoMs(performance.now()),
  after: (delayMs, fn) => {
    const timer = setTimeout(fn, Math.min(MAX_TIMER_MS, Math.max(0, delayMs)))
    return () => clearTimeout(timer)
  },
}
