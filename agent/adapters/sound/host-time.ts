import type { Cancel } from '../../../shared/core/clock.ts'

/** Milliseconds on the host's own monotonic clock: never the agent's, which a test may bend. */
export type HostMs = number & { readonly __unit: 'host-mono-ms' }
export const hostMs = (ms: number): HostMs => ms as HostMs

/** The machine's true clocks, for what stands for hardware: a sound card does not know what an agent believes. */
export interface HostTime {
  mono(): HostMs
  /** Wall milliseconds of the host, for stamping recordings. */
  wall(): number
  after(delayMs: number, fn: () => void): Cancel
}

export function hostTime(): HostTime {
  return {
    mono: () => hostMs(performance.now()),
    wall: () => performance.timeOrigin + performance.now() + driftOfWall(),
    after(delayMs, fn) {
      const timer = setTimeout(fn, delayMs)
      return () => clearTimeout(timer)
    },
  }
}

/** performance.timeOrigin is fixed at start, the wall clock is disciplined: Date has only whole ms, so correct by it when it differs by more. */
function driftOfWall(): number {
  const difference = Date.now() - (performance.timeOrigin + performance.now())
  return Math.abs(difference) < 1 ? 0 : difference
}
