import { attention, TONE_RATE_HZ } from '../../server/core/tones.ts'
import { COMPARED_HZ, shiftOf, thinned } from './correlation.ts'

/** The siren climbs and falls in this; an attention tone is three of them, and each has the same wave. */
const PERIOD_MS = 1_600
/** Compared is every second sample, and at a first look every fourth of those. */
const FINE = 2
const COARSE = 4
const PER_MS = COMPARED_HZ / FINE / 1_000
const RAW_PER_MS = TONE_RATE_HZ / 1_000
/** This much is held against the siren at once, from steps this far apart. */
const WINDOW_MS = 400
const STEP_MS = 200
/** Two tones may have this much between them, where the order was moved while they sounded. */
const BETWEEN_MS = 3_000
/** Looked at around the place where the siren is expected: a player corrects its rate by 500 ppm at most. */
const NEAR_MS = 2
const ALIKE = 0.6
/** On a machine that is too busy the device runs dry again and again: what is held against the siren is what was heard of it, a part of a window at least. */
const SILENT = 0.001
const HEARD_SHARE = 0.15
/** A window that holds the end of the tone is still like it; its end is then the end of the siren's period. */
const SNAP_MS = 350
const FADE_MS = 20
const LOUD = 32_768 * 10 ** (-40 / 20)

/** A sound at every `step`th sample, each the mean of those it stands for: the siren has little above 2 kHz. */
const sparse = (sound: Float64Array, step: number): Float64Array =>
  Float64Array.from({ length: Math.floor(sound.length / step) }, (_, n) => {
    let sum = 0
    for (let k = 0; k < step; k++) sum += sound[n * step + k] ?? 0
    return sum / step
  })

/** A period from the middle of the tone, where nothing is faded, and as much more as a window and a look around it need. */
const SIREN = ((): Float64Array => {
  const middle = attention().subarray(PERIOD_MS * RAW_PER_MS, 2 * PERIOD_MS * RAW_PER_MS)
  const period = sparse(thinned(Int16Array.from(middle, (sample) => Math.round(sample * 20_000))), FINE)
  return Float64Array.from({ length: period.length + (WINDOW_MS + 2 * NEAR_MS) * PER_MS }, (_, n) => period[n % period.length] ?? 0)
})()
const COARSE_SIREN = sparse(SIREN, COARSE)

const cut = (sound: Float64Array, fromMs: number, lengthMs: number): Float64Array => sound.subarray(Math.round(fromMs * PER_MS), Math.round((fromMs + lengthMs) * PER_MS))
const inPeriod = (ms: number): number => ((ms % PERIOD_MS) + PERIOD_MS) % PERIOD_MS

/** Where near `expected` in the siren's period the window begins, ms; null when it is no siren there. */
function phaseNear(window: Float64Array, expected: number): number | null {
  let best = { likeness: ALIKE, lag: NaN }
  for (let lag = Math.max(0, Math.round((expected - NEAR_MS) * PER_MS)), last = Math.round((expected + NEAR_MS) * PER_MS); lag <= last; lag++) {
    let [both, own, other, heard] = [0, 0, 0, 0]
    for (let i = 0; i < window.length; i++) {
      const [a, b] = [window[i] as number, SIREN[lag + i] ?? 0]
      if (Math.abs(a) < SILENT) continue
      heard++
      both += a * b
      own += a * a
      other += b * b
    }
    const likeness = heard < HEARD_SHARE * window.length ? 0 : both / Math.sqrt(own * other)
    if (likeness > best.likeness) best = { likeness, lag }
  }
  return Number.isNaN(best.lag) ? null : inPeriod(best.lag / PER_MS)
}

/** Where in the siren's period the window begins, ms; null when it is no siren. `expected` is looked at first. */
function phaseOf(window: Float64Array, expected: number | null): number | null {
  const near = expected === null ? null : phaseNear(window, expected)
  if (near !== null) return near
  const found = shiftOf(sparse(window, COARSE), COARSE_SIREN, PERIOD_MS / (FINE * COARSE))
  return found ? phaseNear(window, inPeriod(found.ms * FINE * COARSE)) : null
}

/** End of the last attention tone at the beginning of `sound`, ms, however often it was begun anew; 0 when there is none. */
function toneEndMs(sound: Float64Array): number {
  let [end, expected]: [number, number | null] = [0, null]
  for (let at = 0; at <= end + BETWEEN_MS; at += STEP_MS) {
    const window = cut(sound, at, WINDOW_MS)
    if (window.length < WINDOW_MS * PER_MS) break
    const phase = phaseOf(window, expected)
    expected = phase === null ? null : inPeriod(phase + STEP_MS)
    if (phase === null) continue
    const past = inPeriod(phase + WINDOW_MS)
    end = at + WINDOW_MS - (past < SNAP_MS ? past : past > PERIOD_MS - SNAP_MS ? past - PERIOD_MS : 0)
  }
  return end
}

/**
 * When the message begins in a 48 kHz recording of an emergency that begins with its first loud sample, ms from there:
 * the first sample above −40 dBFS after the last attention tone. A tone that is cut off in the middle ends up to 0.3 s late.
 * 0 when there is no tone; null when nothing follows it.
 */
export function firstWordMs(pcm: Int16Array): number | null {
  const end = toneEndMs(sparse(thinned(pcm), FINE))
  if (end === 0) return 0
  const found = pcm.subarray(Math.round((end + FADE_MS) * RAW_PER_MS)).findIndex((sample) => Math.abs(sample) > LOUD)
  return found < 0 ? null : end + FADE_MS + found / RAW_PER_MS
}
