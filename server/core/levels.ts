/** Length of one window of a level scan. */
export const WINDOW_MS = 10

/** Peaks of consecutive windows of a sound, gathered while it streams by. */
export interface LevelScan {
  add(samples: Float32Array): void
  /** Largest absolute sample of each window of WINDOW_MS, 0 … 1 and above; the last window may be short. */
  windows(): readonly number[]
  samples(): number
}

/** `rateHz` must be a multiple of 100. */
export function createLevelScan(rateHz: number): LevelScan {
  const windowSamples = (rateHz * WINDOW_MS) / 1000
  const done: number[] = []
  let peak = 0
  let inWindow = 0
  let total = 0
  return {
    add(samples) {
      total += samples.length
      for (const sample of samples) {
        const size = Math.abs(sample)
        if (size > peak) peak = size
        inWindow += 1
        if (inWindow === windowSamples) {
          done.push(peak)
          peak = 0
          inWindow = 0
        }
      }
    },
    windows: () => (inWindow === 0 ? done : [...done, peak]),
    samples: () => total,
  }
}

/** Sound between two silences, in windows: `from` inclusive, `to` exclusive; null when no window is louder than `thresholdDb`. */
export function soundingSpan(windows: readonly number[], thresholdDb: number): { readonly from: number; readonly to: number } | null {
  const threshold = 10 ** (thresholdDb / 20)
  const from = windows.findIndex((peak) => peak > threshold)
  if (from < 0) return null
  const to = windows.findLastIndex((peak) => peak > threshold) + 1
  return { from, to }
}

/** dBFS of the loudest window; −Infinity for digital silence. */
export const loudestDb = (windows: readonly number[]): number => 20 * Math.log10(windows.reduce((a, b) => Math.max(a, b), 0))

/** A picture of the sound: at most `points` values 0–255, each the peak of its stretch. */
export function waveformPeaks(windows: readonly number[], points: number): Uint8Array {
  const count = Math.min(points, windows.length)
  return Uint8Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * windows.length) / count)
    const to = Math.max(from + 1, Math.floor(((i + 1) * windows.length) / count))
    return Math.round(255 * Math.min(1, windows.slice(from, to).reduce((a, b) => Math.max(a, b), 0)))
  })
}

export interface Levels {
  readonly integratedLufs: number
  readonly truePeakDb: number
}
/** What to do to the samples before they are encoded. */
export interface Levelling {
  readonly gainDb: number
  /** The limiter's ceiling; null while plain gain is enough. */
  readonly ceilingDb: number | null
}
export interface LevelGoal {
  readonly targetLufs: number
  readonly maxTruePeakDb: number
}

/** Encoding moves peaks by about one decibel: the first try leaves this much room. */
const ENCODER_ROOM_DB = 0.9
/** A meter that shows tenths rounds by half of one. */
const METER_STEP_DB = 0.1
/** More than this only lifts noise. */
export const MAX_GAIN_DB = 45
/** The measured loudness may differ by this much from the target. */
export const LOUDNESS_SLACK_LU = 0.3

const clampGain = (db: number): number => Math.max(-60, Math.min(MAX_GAIN_DB, db))

/** The first try, from the levels of the source. */
export function firstLevelling(source: Levels, goal: LevelGoal): Levelling {
  const gainDb = clampGain(goal.targetLufs - source.integratedLufs)
  const ceiling = goal.maxTruePeakDb - ENCODER_ROOM_DB
  return { gainDb, ceilingDb: source.truePeakDb + gainDb > ceiling ? ceiling : null }
}

/** Whether the peak of an encoded try is allowed. */
export const peakAllowed = (tried: Levels, goal: LevelGoal): boolean => tried.truePeakDb <= goal.maxTruePeakDb - METER_STEP_DB / 2

/** Whether an encoded try needs no other one. */
export const wellLevelled = (tried: Levels, goal: LevelGoal): boolean =>
  peakAllowed(tried, goal) && Math.abs(tried.integratedLufs - goal.targetLufs) <= LOUDNESS_SLACK_LU + 0.001

/** One try: what was done to the samples, and how loud the encoded sound was when decoded again. */
export interface Tried {
  readonly levelling: Levelling
  readonly levels: Levels
}

/** What one decibel of gain adds to the loudness once the limiter works; with two tries it is known better. */
const LIMITED_SLOPE = 0.5
/** A smaller one would ask for more gain than any recording bears. */
const LEAST_SLOPE = 0.25

/** The next try, from the one or two before it: Opus moves peaks, and a limiter gives back only a part of the gain. */
export function nextLevelling(last: Tried, before: Tried | null, goal: LevelGoal): Levelling {
  const { gainDb, ceilingDb } = last.levelling
  const excess = last.levels.truePeakDb - goal.maxTruePeakDb + METER_STEP_DB
  const missing = goal.targetLufs - last.levels.integratedLufs
  const raised = before === null ? 0 : gainDb - before.levelling.gainDb
  const measured = before === null || Math.abs(raised) < 0.3 ? LIMITED_SLOPE : (last.levels.integratedLufs - before.levels.integratedLufs) / raised
  const slope = ceilingDb === null ? 1 : Math.max(LEAST_SLOPE, Math.min(1, measured))
  return {
    gainDb: clampGain(gainDb + (Math.abs(missing) > LOUDNESS_SLACK_LU / 2 ? missing / slope : 0)),
    ceilingDb: nextCeiling(last.levelling, excess, missing, goal),
  }
}

function nextCeiling(last: Levelling, excess: number, missing: number, goal: LevelGoal): number | null {
  const start = goal.maxTruePeakDb - ENCODER_ROOM_DB
  // more gain would lift the peaks by as much: then the limiter must come in now, or one try is wasted
  if (last.ceilingDb === null) return excess + Math.max(0, missing) > METER_STEP_DB / 2 ? start : null
  return excess > METER_STEP_DB / 2 ? last.ceilingDb - excess : last.ceilingDb
}
