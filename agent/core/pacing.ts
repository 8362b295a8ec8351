/**
 * How sound is brought back to its time. The rate never leaves ±500 ppm (0.9 cents: nobody hears it, not even on a
 * held tone); a jump is used where steering would take minutes, by preference where nothing sounds.
 */
export const MAX_PPM = 500

/** Below `lateMs` (either sign) the rate is moved by `ppm`. */
export const PACING: readonly { readonly lateMs: number; readonly ppm: number }[] = [
  { lateMs: 1, ppm: 0 },
  { lateMs: 3, ppm: 100 },
  { lateMs: 6, ppm: 300 },
  { lateMs: 200, ppm: MAX_PPM },
]
/** In a pause a jump of this much is not heard as a fault, and two neighbours that are this far apart echo. */
export const JUMP_IN_PAUSE_MS = 40
/** 500 ppm would need seven minutes for this. */
export const JUMP_MS = 200

/** What the lateness is averaged over: a device tells its place in steps of some milliseconds. */
const SMOOTHING = 0.15

export interface Steering {
  /** Averaged lateness in ms, > 0 when the sound is behind its time; null before the first look. */
  readonly lateMs: number | null
}
export const STEADY: Steering = { lateMs: null }

export type Steer = { readonly do: 'play'; readonly ppm: number } | { readonly do: 'jump' }

/** One look at the lateness. `inPause`: what is about to sound is (nearly) silent. */
export function steer(
  before: Steering,
  seenLateMs: number,
  inPause: boolean,
): { readonly after: Steering; readonly steer: Steer } {
  const lateMs = before.lateMs === null ? seenLateMs : before.lateMs + SMOOTHING * (seenLateMs - before.lateMs)
  const off = Math.abs(lateMs)
  if (off > JUMP_MS || (inPause && off > JUMP_IN_PAUSE_MS)) return { after: STEADY, steer: { do: 'jump' } }
  const row = PACING.find((step) => off < step.lateMs)
  const ppm = Math.sign(lateMs) * (row?.ppm ?? MAX_PPM)
  return { after: { lateMs }, steer: { do: 'play', ppm: ppm === 0 ? 0 : ppm } }
}

/** The aim moved by `byMs` (later < 0 < earlier): the average must not lag behind what is known. */
export const moved = (steering: Steering, byMs: number): Steering =>
  steering.lateMs === null ? STEADY : { lateMs: steering.lateMs + byMs }
