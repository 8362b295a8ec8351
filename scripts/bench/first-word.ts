import { attention, TONE_RATE_HZ } from '../../server/core/tones.ts'
import { COMPARED_HZ, shiftOf, thinned } from './correlation.ts'

/** The siren climbs and falls in this; an attention tone is three of them, and each has the same wave. */
const PERIOD_MS = 1_600
const PER_MS = COMPARED_HZ / 1_000
const RAW_PER_MS = TONE_RATE_HZ / 1_000
/** This much is held against the siren at once, from steps this far apart. */
const WINDOW_MS = 400
const STEP_MS = 200
/** Two tones may have this much between them, where the order was moved while they sounded. */
const BETWEEN_MS = 3_000
/** Looked at around the place where the siren is expected: a player corrects its rate by 500 ppm at most. */
const NEAR_MS = 5
const ALIKE = 0.6
/** A window that holds the end of the tone is still like it; its end is then the end of the siren's period. */
const SNAP_MS = 350
const FADE_MS = 20
const LOUD = 32_768 * 10 ** (-40 / 20)

/** A period from the middle of the tone, where nothing is faded, and as much more as a window needs: every window of a tone is a part of it. */
const SIREN = ((): Float64Array => {
  const middle = attention().subarray(PERIOD_MS * RAW_PER_MS, 2 * PERIOD_MS * RAW_PER_MS)
  const period = thinned(Int16Array.from(middle, (sample) => Math.round(sample * 20_000)))
  return Float64Array.from({ length: period.length + WINDOW_MS * PER_MS }, (_, n) => period[n % period.length] ?? 0)
})()

/** For a first look: the siren has little above 2 kHz. */
const COARSE = 4
const coarse = (sound: Float64Array): Float64Array =>
  Float64Array.from({ length: Math.floor(sound.length / COARSE) }, (_, n) => ((sound[n * COARSE] ?? 0) + (sound[n * COARSE + 1] ?? 0) + (sound[n * COARSE + 2] ?? 0) + (sound[n * COARSE + 3] ?? 0)) / COARSE)
const COARSE_SIREN = coarse(SIREN)

const cut = (sound: Float64Array, fromMs: number, lengthMs: number): Float64Array => {
  const from = Math.round(fromMs * PER_MS)
  return sound.subarray(from, from + Math.round(lengthMs * PER_MS))
}

const inPeriod = (ms: number): number => ((ms % PERIOD_MS) + PERIOD_MS) % PERIOD_MS

/** Where in the siren's period the window begins, ms; null when it is no siren. `expected` is looked at first. */
function phaseOf(window: Float64Array, expected: number | null): number | null {
  if (expected !== null) {
    const near = shiftOf(cut(SIREN, expected, WINDOW_MS), window, NEAR_MS)
    if (near && near.likeness > ALIKE) return inPeriod(expected - near.ms)
  }
  const found = shiftOf(coarse(window), COARSE_SIREN, PERIOD_MS / COARSE)
  if (!found || found.ms * COARSE < -NEAR_MS) return null
  const phase = inPeriod(found.ms * COARSE)
  const sure = shiftOf(cut(SIREN, phase, WINDOW_MS), window, NEAR_MS)
  return sure && sure.likeness > ALIKE ? inPeriod(phase - sure.ms) : null
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
  const end = toneEndMs(thinned(pcm))
  if (end === 0) return 0
  const found = pcm.subarray(Math.round((end + FADE_MS) * RAW_PER_MS)).findIndex((sample) => Math.abs(sample) > LOUD)
  return found < 0 ? null : end + FADE_MS + found / RAW_PER_MS
}
