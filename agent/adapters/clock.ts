import { performance } from 'node:perf_hooks'
import { monoMs, wallMs, type Cancel, type Clock } from '../../shared/core/clock.ts'
import { fakedClock, type ClockFault } from '../core/clock-fault.ts'

export { fakedClock } from '../core/clock-fault.ts'

/** setTimeout counts in a signed 32-bit integer and fires at once beyond it. */
const MAX_TIMER_MS = 2 ** 31 - 1

export interface RealClockOptions {
  /** Whether waiting timers keep the process alive. Default true; false for a guest in another's process. */
  readonly keepAlive?: boolean
}

/** The machine's own clock. Delays of any length; below zero counts as zero, infinity never fires. */
export function realClock(options: RealClockOptions = {}): Clock {
  const keepAlive = options.keepAlive ?? true
  return {
    wall: () => wallMs(Date.now()),
    mono: () => monoMs(performance.now()),
    after: (delayMs, fn) => afterLong(delayMs, fn, keepAlive),
  }
}

function afterLong(delayMs: number, fn: () => void, keepAlive: boolean): Cancel {
  // setTimeout(NaN) fires at once: a sum gone wrong would become an endless loop
  if (Number.isNaN(delayMs)) throw new RangeError('a delay must be a number of milliseconds')
  const due = performance.now() + Math.max(0, delayMs)
  let timer: NodeJS.Timeout
  const arm = (): void => {
    const leftMs = due - performance.now()
    timer = leftMs <= MAX_TIMER_MS ? setTimeout(fn, Math.max(0, leftMs)) : setTimeout(arm, MAX_TIMER_MS)
    if (!keepAlive) timer.unref()
  }
  arm()
  return () => clearTimeout(timer)
}

/** The agent's clock: the real one, or a faked one when a fault is given, which is said aloud in the log. */
export function openClock(fault: ClockFault | null, log: (line: string) => void): Clock {
  if (fault === null) return realClock()
  log(`TL_FAKE_CLOCK: the clock of this agent is wrong on purpose, by ${fault.offsetMs} ms and ${fault.ppm} ppm. For tests and demonstrations only.`)
  return fakedClock(realClock(), fault)
}
