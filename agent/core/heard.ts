import type { HEARD_WHYS } from '../../shared/protocol/messages/evidence.ts'
import { ENVELOPE_FRAME_MS, type Envelope } from './heard-envelope.ts'

/** Sound is compared in windows of eight seconds: some forty syllables, and short enough to find where a horn fell silent. */
export const WINDOW_FRAMES = 800
/** The captured sound is looked at so much to either side of its own time: the horn of a neighbour 500 m away is still found there. */
export const SEARCH_FRAMES = 150
/** Within the box's own path: a horn 50 m further away is outside it. */
const OWN_PATH_FRAMES = 15
/** Less alike than this is chance, or too much noise. */
const ALIKE = 0.5
/** So much more alike at its own time than at any other: a beat repeats itself, a neighbour is late. */
const CLEARLY = 0.05
/** Weaker than calibrated by this: not this box. A neighbour's horn is 20 dB down, a box in heavy rain 5. */
const WEAKER_DB = 10
/** Of a quarter of a window the level says less: only one that is about as loud as the rest is looked at, and it must lack more. */
const QUARTER_RANGE_DB = 8
const QUARTER_WEAKER_DB = 15
/** So alike that no part of it can be lacking. */
const CERTAIN = 0.97
/** A window with less sound than this is a pause, dBFS; one whose level hardly moves cannot be told from another. */
const PAUSE_DB = -55
const FLAT_DB = 2
/** What lies further below the loudest is noise of the room. */
const RANGE_DB = 35
/** Of the windows that could be judged, so many must have been heard: what is cut in half was not. */
const HEARD_SHARE = 0.8

/** What was learnt of this box by its own audible self-tests. */
export interface Path {
  /** From the device's own figure to the microphone, ms. */
  readonly delayMs: number
  /** Captured over played, dB, by band: low, high. */
  readonly gainDb: readonly [number, number]
}

/** `captured` begins SEARCH_FRAMES before `played` and ends as much later; both in frames of 10 ms. */
export interface WindowPair {
  readonly played: Envelope
  readonly captured: Envelope
}

/** One window as it was measured, without a judgement. */
export interface Measured {
  /** How alike (−1 … 1) and how late at the best place within the own path, and at the best place outside it. */
  readonly own: Place
  readonly other: Place
  /** Part of the captured sound that follows the played one over the played one, dB, by band, at the own place. */
  readonly gainDb: readonly [number, number]
  /** Loudest tenth of the frames, dBFS. */
  readonly playedDb: number
  readonly capturedDb: number
  /** The same levels of each quarter: a horn that falls silent within the window. */
  readonly quarters: readonly { readonly playedDb: number; readonly capturedDb: number }[]
  /** Standard deviation of the played level, dB. */
  readonly movesDb: number
}
interface Place {
  readonly alike: number
  readonly lagMs: number
}

/** Why a window, or a stretch, was not heard or could not be judged. */
export type HeardReason = (typeof HEARD_WHYS)[number]
export type WindowVerdict = { readonly verdict: 'heard' } | { readonly verdict: 'not-heard' | 'cannot-tell'; readonly why: HeardReason }

/** Of a whole stretch. */
export interface HeardVerdict {
  readonly verdict: 'heard' | 'not-heard' | 'cannot-tell'
  /** Of the windows that could be judged, heard, 0–100. */
  readonly share: number
  /** Median over the windows that were heard, ms after the calibrated time. */
  readonly lagMs?: number
  /** Median over the windows that were heard, dB over the calibrated level. */
  readonly gainDb?: number
  readonly why?: HeardReason
}

/** The loudest tenth begins here. */
function loudest(values: Float32Array): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.9)] ?? -120
}

/** Levels more than RANGE_DB below the loudest are raised to that. */
function clamped(values: Float32Array): Float32Array {
  const floor = loudest(values) - RANGE_DB
  return values.map((value) => Math.max(value, floor))
}

/** Pearson's correlation of `a` with `b` from `at` on. */
function correlation(a: Float32Array, b: Float32Array, at: number): number {
  const n = a.length
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0]
  for (let i = 0; i < n; i++) {
    const [x, y] = [a[i] as number, b[at + i] as number]
    sa += x
    sb += y
    saa += x * x
    sbb += y * y
    sab += x * y
  }
  const spread = (saa - (sa * sa) / n) * (sbb - (sb * sb) / n)
  return spread <= 1e-6 * n * n ? 0 : (sab - (sa * sb) / n) / Math.sqrt(spread)
}

const powerOf = (db: number): number => 10 ** (db / 10)
/** The part of the captured power that rises and falls with the played one: noise, however loud, has no part in it. */
function coherentGainDb(played: Float32Array, captured: Float32Array, at: number): number {
  const n = played.length
  let [sp, sc, spp, spc] = [0, 0, 0, 0]
  for (let i = 0; i < n; i++) {
    const [p, c] = [powerOf(played[i] as number), powerOf(captured[at + i] as number)]
    sp += p
    sc += c
    spp += p * p
    spc += p * c
  }
  const gain = (spc - (sp * sc) / n) / Math.max(1e-30, spp - (sp * sp) / n)
  return gain <= 1e-12 ? -120 : 10 * Math.log10(gain)
}

const both = ({ low, high }: Envelope): Float32Array => low.map((value, i) => 10 * Math.log10(powerOf(value) + powerOf(high[i] as number)))

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

function quartersOf(played: Float32Array, captured: Float32Array): Measured['quarters'] {
  const length = played.length / 4
  return [0, 1, 2, 3].map((n) => ({ playedDb: loudest(played.subarray(n * length, (n + 1) * length)), capturedDb: loudest(captured.subarray(n * length, (n + 1) * length)) }))
}

/** @param delayMs of the own path; null where it is to be learnt: then every place counts as the own. */
export function measure({ played, captured }: WindowPair, delayMs: number | null): Measured {
  const bands = [[clamped(played.low), clamped(captured.low)], [clamped(played.high), clamped(captured.high)]] as const
  const expected = SEARCH_FRAMES + Math.round((delayMs ?? 0) / ENVELOPE_FRAME_MS)
  const best = { own: { alike: -1, lagMs: 0 }, other: { alike: -1, lagMs: 0 } }
  let place = expected
  for (let at = 0; at <= captured.low.length - played.low.length; at++) {
    const alike = bands.reduce((sum, [p, c]) => sum + correlation(p, c, at), 0) / bands.length
    const isOwn = delayMs === null || Math.abs(at - expected) <= OWN_PATH_FRAMES
    const which = isOwn ? 'own' : 'other'
    if (alike <= best[which].alike) continue
    best[which] = { alike, lagMs: (at - SEARCH_FRAMES) * ENVELOPE_FRAME_MS }
    if (isOwn) place = at
  }
  const whole = both(played)
  return {
    ...best,
    gainDb: [coherentGainDb(played.low, captured.low, place), coherentGainDb(played.high, captured.high, place)],
    playedDb: loudest(whole),
    capturedDb: loudest(both(captured)),
    quarters: quartersOf(whole, both(captured).subarray(place, place + whole.length)),
    movesDb: deviation(clamped(whole)),
  }
}

/** Nothing to hear in it: it says nothing either way. */
export const isPauseWindow = ({ playedDb }: Measured): boolean => playedDb < PAUSE_DB

/** dB over the calibrated level: the mean of the bands. */
export const overCalibrated = ({ gainDb }: Measured, path: Path): number => (gainDb[0] - path.gainDb[0] + gainDb[1] - path.gainDb[1]) / 2

/** Whether this box sounded in one window: alike, at its own time, and as loud as it is. */
export function judgeWindow(measured: Measured, path: Path): WindowVerdict {
  const { own, other, capturedDb, playedDb, movesDb } = measured
  const over = overCalibrated(measured, path)
  const expectedDb = playedDb + Math.max(path.gainDb[0], path.gainDb[1])
  if (capturedDb < expectedDb - WEAKER_DB) {
    if (other.alike >= ALIKE && other.alike > own.alike) return { verdict: 'not-heard', why: 'neighbour' }
    return { verdict: 'not-heard', why: own.alike >= ALIKE ? 'weak' : 'silent' }
  }
  // two seconds that should sound and do not: it broke off within the window
  const isCut = measured.quarters.some((quarter) => quarter.playedDb > playedDb - QUARTER_RANGE_DB && quarter.capturedDb - quarter.playedDb < expectedDb - playedDb - QUARTER_WEAKER_DB)
  if (isCut && own.alike < CERTAIN) return { verdict: 'not-heard', why: 'cut' }
  if (movesDb < FLAT_DB) return { verdict: 'cannot-tell', why: 'flat' }
  if (own.alike >= ALIKE && own.alike >= other.alike + CLEARLY) return over >= -WEAKER_DB ? { verdict: 'heard' } : { verdict: 'not-heard', why: 'weak' }
  if (other.alike >= ALIKE && other.alike > own.alike) return { verdict: 'not-heard', why: 'neighbour' }
  return { verdict: 'cannot-tell', why: 'noise' }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const most = (reasons: readonly HeardReason[]): HeardReason | undefined => {
  const count = (reason: HeardReason): number => reasons.filter((other) => other === reason).length
  return [...new Set(reasons)].sort((a, b) => count(b) - count(a))[0]
}

/** Adds up the windows of a stretch, in order of time. `path` null: nothing was learnt of this box yet. */
export function judgeStretch(windows: readonly Measured[], path: Path | null): HeardVerdict {
  if (path === null) return { verdict: 'cannot-tell', share: 0, why: 'not-calibrated' }
  const sounding = windows.filter((window) => !isPauseWindow(window))
  if (sounding.length === 0) return { verdict: 'cannot-tell', share: 0, why: 'short' }
  const judged = sounding.map((measured) => ({ measured, of: judgeWindow(measured, path) }))
  const told = judged.filter(({ of }) => of.verdict !== 'cannot-tell')
  const heard = told.filter(({ of }) => of.verdict === 'heard')
  const figures =
    heard.length === 0
      ? {}
      : {
          lagMs: median(heard.map(({ measured }) => measured.own.lagMs - path.delayMs)),
          gainDb: Math.round(median(heard.map(({ measured }) => overCalibrated(measured, path))) * 10) / 10,
        }
  const share = told.length === 0 ? 0 : Math.round((100 * heard.length) / told.length)
  const why = most(judged.flatMap(({ of }) => ('why' in of && of.why !== 'noise' && of.why !== 'flat' ? [of.why] : [])))
  // most of it could not be judged: the little that was says nothing of the rest
  if (told.length * 2 < judged.length) return { verdict: 'cannot-tell', share, ...figures, why: most(judged.flatMap(({ of }) => ('why' in of && of.verdict === 'cannot-tell' ? [of.why] : []))) ?? 'noise' }
  if (heard.length >= HEARD_SHARE * told.length) return { verdict: 'heard', share, ...figures }
  const cut = judged[0]?.of.verdict === 'heard' && judged.at(-1)?.of.verdict === 'not-heard'
  return { verdict: 'not-heard', share, ...figures, why: cut ? 'cut' : (why ?? 'silent') }
}

/** What an audible self-test teaches; null when it was not heard well enough to learn from. */
export function learnPath(measured: Measured): Path | null {
  const { own, gainDb, movesDb } = measured
  if (own.alike < 0.7 || movesDb < FLAT_DB || Math.min(...gainDb) < -80) return null
  return { delayMs: own.lagMs, gainDb }
}
