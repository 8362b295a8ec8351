/** Milliseconds since 1970-01-01T00:00Z: tells *when*. Never subtract one from a MonoMs. */
export type WallMs = number & { readonly __unit: 'wall-ms' }
/** Milliseconds on a clock that never steps, from an arbitrary zero: tells *how long*. */
export type MonoMs = number & { readonly __unit: 'mono-ms' }

export const wallMs = (ms: number): WallMs => ms as WallMs
export const monoMs = (ms: number): MonoMs => ms as MonoMs

/** Elapsed milliseconds between two monotonic instants. */
export const sinceMs = (from: MonoMs, to: MonoMs): number => to - from

/** Cancels a timer; calling it twice, or after the timer fired, does nothing. */
export type Cancel = () => void

/** The only way to time. Adapters give the real one; the simulation gives each agent its own wrong one. */
export interface Clock {
  /** What this machine believes the civil instant to be; may be wrong and may step. */
  wall(): WallMs
  /** Never steps; its rate may be off by some 100 ppm. */
  mono(): MonoMs
  /** Calls `fn` once, `delayMs` (≥ 0) of this clock's monotonic time from now. */
  after(delayMs: number, fn: () => void): Cancel
}

/** Uniform in [0, 1). The only source of chance. */
export type Random = () => number

/** Repeats `fn` every `periodMs` until cancelled. The first call comes one period from now. */
export function every(clock: Clock, periodMs: number, fn: () => void): Cancel {
  let cancel: Cancel = () => undefined
  const arm = (): void => {
    cancel = clock.after(periodMs, () => {
      arm()
      fn()
    })
  }
  arm()
  return () => cancel()
}
