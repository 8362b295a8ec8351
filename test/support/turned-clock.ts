import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'

/** A clock that a test turns: timers fire in order of time, each at its own instant. */
export interface TurnedClock extends Clock {
  turn(ms: number): void
  /** The wall is set anew; the monotonic clock goes on. */
  step(ms: number): void
}

export function createTurnedClock(wallAtZero: number): TurnedClock {
  let now = 0
  let offset = wallAtZero
  let serial = 0
  const timers = new Map<number, { at: number; fn: () => void }>()
  const next = (): [number, { at: number; fn: () => void }] | undefined =>
    [...timers].reduce<[number, { at: number; fn: () => void }] | undefined>((best, one) => (!best || one[1].at < best[1].at ? one : best), undefined)
  return {
    wall: () => wallMs(offset + now),
    mono: () => monoMs(now),
    after: (delayMs, fn) => {
      const id = ++serial
      timers.set(id, { at: now + Math.max(0, delayMs), fn })
      return () => void timers.delete(id)
    },
    turn: (ms) => {
      const end = now + ms
      for (let due = next(); due && due[1].at <= end; due = next()) {
        timers.delete(due[0])
        now = Math.max(now, due[1].at)
        due[1].fn()
      }
      now = end
    },
    step: (ms) => void (offset += ms),
  }
}
