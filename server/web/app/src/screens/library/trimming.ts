import type { Trim } from './views.ts'

/** The shortest that may be left, ms. */
export const LEAST_MS = 500
/** Points go by tenths of a second: nobody sets them finer with a thumb. */
export const STEP_MS = 100

/** Moves one point and keeps the other: they do not cross, and the fades fit in between. */
export function moved(trim: Trim, point: 'fromMs' | 'toMs' | 'fadeInMs' | 'fadeOutMs', to: number, fullMs: number): Trim {
  const least = Math.min(LEAST_MS, fullMs)
  const next = { ...trim, [point]: Math.round(to) }
  if (point === 'fromMs') next.fromMs = Math.max(0, Math.min(next.fromMs, trim.toMs - least))
  if (point === 'toMs') next.toMs = Math.min(fullMs, Math.max(next.toMs, trim.fromMs + least))
  const left = next.toMs - next.fromMs
  next.fadeInMs = Math.min(next.fadeInMs, left)
  next.fadeOutMs = Math.min(next.fadeOutMs, left - next.fadeInMs)
  return next
}

export const wholeOf = (fullMs: number): Trim => ({ fromMs: 0, toMs: fullMs, fadeInMs: 0, fadeOutMs: 0 })
/** Nothing is cut: the recording sounds as it was handed in. */
export const isWhole = ({ fromMs, toMs, fadeInMs, fadeOutMs }: Trim, fullMs: number): boolean => fromMs === 0 && toMs >= fullMs && fadeInMs === 0 && fadeOutMs === 0

/** Loudness at an instant of the recording while the cut is listened to: 0 outside, 1 within, in between at the fades. */
export function gainAt(trim: Trim, ms: number): number {
  if (ms < trim.fromMs || ms > trim.toMs) return 0
  const rise = trim.fadeInMs === 0 ? 1 : (ms - trim.fromMs) / trim.fadeInMs
  const fall = trim.fadeOutMs === 0 ? 1 : (trim.toMs - ms) / trim.fadeOutMs
  return Math.max(0, Math.min(1, rise, fall))
}
