import type { HeardVerdict } from './heard.ts'

/** What a sensor of the amplifier's current draws, learnt from audible self-tests: silent, and sounding. */
export interface CurrentPath {
  readonly idle: number
  readonly sounding: number
}
/** One reading, and whether sound was being played at its time. */
export interface CurrentReading {
  readonly value: number
  readonly isSounding: boolean
}

const LEAST_READINGS = 5
const HEARD_SHARE = 0.8
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Whether the amplifier drew current while it was to sound, and less while it was not. */
export function judgeCurrent(readings: readonly CurrentReading[], path: CurrentPath | null): HeardVerdict {
  if (path === null) return { verdict: 'cannot-tell', share: 0, why: 'not-calibrated' }
  const sounding = readings.filter(({ isSounding }) => isSounding)
  if (sounding.length < LEAST_READINGS) return { verdict: 'cannot-tell', share: 0, why: 'short' }
  const threshold = (path.idle + path.sounding) / 2
  const share = sounding.filter(({ value }) => value > threshold).length / sounding.length
  const silent = readings.filter(({ isSounding }) => !isSounding)
  // current that flows also while nothing sounds proves nothing
  if (silent.length >= LEAST_READINGS && silent.filter(({ value }) => value > threshold).length > silent.length / 2) return { verdict: 'cannot-tell', share: 0, why: 'noise' }
  const rounded = Math.round(share * 100)
  if (share >= HEARD_SHARE) return { verdict: 'heard', share: rounded }
  return { verdict: 'not-heard', share: rounded, why: share > 0.2 ? 'cut' : 'silent' }
}

/** null while silence and sound cannot be told apart by this sensor. */
export function learnCurrent(readings: readonly CurrentReading[]): CurrentPath | null {
  const of = (isSounding: boolean): number[] => readings.filter((reading) => reading.isSounding === isSounding).map(({ value }) => value)
  const [idle, sounding] = [of(false), of(true)]
  if (idle.length < LEAST_READINGS || sounding.length < LEAST_READINGS) return null
  const path = { idle: median(idle), sounding: median(sounding) }
  const noise = median(idle.map((value) => Math.abs(value - path.idle)))
  return path.sounding - path.idle > Math.max(4 * noise, 0.1 * Math.abs(path.idle)) ? path : null
}
