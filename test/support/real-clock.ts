import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'

/** The machine's own clock, for tests whose subject is a real socket. Delays up to 24 days. */
export const realClock: Clock = {
  wall: () => wallMs(Date.now()),
  mono: () => monoMs(performance.now()),
  after(delayMs, fn) {
    const timer = setTimeout(fn, delayMs)
    return () => clearTimeout(timer)
  },
}
