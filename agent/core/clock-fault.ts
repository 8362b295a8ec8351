import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'

/** How a faked clock is wrong. */
export interface ClockFault {
  /** Added to the wall clock at the start, ms; either sign. */
  readonly offsetMs: number
  /** Rate error in parts per million, −10 000 … 10 000; positive runs fast. */
  readonly ppm: number
}

/**
 * A clock that is wrong on purpose, for tests and demonstrations: the wall clock is off by `offsetMs`, and both clocks
 * and every timer run `ppm` fast. A step of the real wall clock is seen through it.
 */
export function fakedClock(real: Clock, fault: ClockFault): Clock {
  const gain = fault.ppm / 1e6
  const mono0 = real.mono()
  return {
    wall: () => wallMs(real.wall() + fault.offsetMs + (real.mono() - mono0) * gain),
    mono: () => monoMs(mono0 + (real.mono() - mono0) * (1 + gain)),
    after: (delayMs, fn) => real.after(delayMs / (1 + gain), fn),
  }
}

/** Reads `offset=180000,ppm=80`; either part may be absent. */
export function parseClockFault(text: string): Result<ClockFault, 'bad-fake-clock'> {
  const fault = { offsetMs: 0, ppm: 0 }
  for (const part of text.split(',')) {
    const m = /^\s*(offset|ppm)=(-?\d{1,15}(?:\.\d{1,6})?)\s*$/.exec(part)
    if (!m) return refuse('bad-fake-clock', `"${part.trim()}" is not understood; write offset=MILLISECONDS,ppm=PARTS, for example offset=180000,ppm=80.`)
    if (m[1] === 'offset') fault.offsetMs = Number(m[2])
    else fault.ppm = Number(m[2])
  }
  if (Math.abs(fault.ppm) > 10_000) return refuse('bad-fake-clock', 'ppm must lie between -10000 and 10000.')
  return ok(fault)
}
