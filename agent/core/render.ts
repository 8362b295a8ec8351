/** Sample arithmetic of the player: pure, 48 kHz mono, frames counted from the beginning of the medium. */

export const FRAMES_PER_MS = 48
/** Every edge is faded over this, so that nothing clicks. */
export const EDGE_FRAMES = 6 * FRAMES_PER_MS
/** ±500 ppm: what the rate may differ from 1 without being heard. */
const MAX_RATE_ERROR = 500e-6
/** A change of volume takes this long. */
export const RAMP_FRAMES = 10 * FRAMES_PER_MS
/** −50 dBFS as RMS of 16-bit samples: below it a block counts as a pause. */
const PAUSE_RMS = 32_768 * 10 ** (-50 / 20)

/** Decoded samples around the place that is being read, in a ring: `[startFrame, endFrame)` is there. */
export interface PcmWindow {
  readonly pcm: Int16Array
  /** pcm.length − 1; the length is a power of two. */
  readonly mask: number
  readonly startFrame: number
  readonly endFrame: number
}

/** 0–100 → factor. The square makes equal steps of the slider sound about equal: 50 is −12 dB, 10 is −40 dB. */
export function volumeGain(percent: number): number {
  const part = Math.min(100, Math.max(0, percent)) / 100
  return part * part
}

/** A smooth 0 → 1 without corners at the ends. */
const smooth = (x: number): number => (x <= 0 ? 0 : x >= 1 ? 1 : x * x * (3 - 2 * x))

// not within sampleAt: a function that is made anew for every sample costs more than the sample
const frameOf = ({ pcm, mask, startFrame, endFrame }: PcmWindow, k: number): number => (k < startFrame || k >= endFrame ? 0 : (pcm[k & mask] ?? 0))

/**
 * The sample at a fractional place (Catmull-Rom through four neighbours): flat within 0.3 dB up to 8 kHz, and exact on
 * whole places. Frames outside the window count as silence.
 */
export function sampleAt(window: PcmWindow, place: number): number {
  const frame = Math.floor(place)
  const t = place - frame
  if (t === 0) return frameOf(window, frame)
  const a = frameOf(window, frame - 1)
  const b = frameOf(window, frame)
  const c = frameOf(window, frame + 1)
  const d = frameOf(window, frame + 2)
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
}

export interface RenderPart {
  readonly mix: Float32Array
  /** First index of `mix` to add to, and how many. */
  readonly from: number
  readonly frames: number
  readonly window: PcmWindow
  /** Where to read, and how far to go per frame (1 ± 0.0005). */
  readonly place: number
  readonly rate: number
  readonly gain: number
  readonly targetGain: number
  /** Frames since this sound began or jumped, and frames left until it ends: both edges are faded. */
  readonly sinceEdge: number
  readonly untilEdge: number
  /** Length of the fade at the end. */
  readonly fadeOutFrames: number
  /** From silence to full scale; RAMP_FRAMES when absent. */
  readonly rampFrames?: number
}

/**
 * Adds one voice to the mix; `[place, place + frames × rate)` is within the window.
 * @returns where it stands now, and the energy (sum of squares) that it added.
 */
export function renderInto(part: RenderPart): { place: number; gain: number; energy: number } {
  const { gain, targetGain, rate, sinceEdge, untilEdge, fadeOutFrames, frames } = part
  const level = gain === targetGain && sinceEdge >= EDGE_FRAMES && untilEdge - frames > fadeOutFrames
  if (!level) return renderShaped(part)
  return rate === 1 && Number.isInteger(part.place) ? renderStraight(part) : renderBetween(part)
}

/** Less than this beside a whole frame is the rounding of a sum. */
const ON_FRAME = 1e-6
const wholeIfNear = (place: number): number => {
  const whole = Math.round(place)
  return Math.abs(place - whole) < ON_FRAME ? whole : place
}

/**
 * The rate at which a sound that is in time leaves a stretch on a whole frame: from there on it is heard as it was
 * made, while reading between samples costs more and dulls the highest tones. 1 where a stretch is too short for that.
 */
export function settlingRate(place: number, frames: number): number {
  const off = (Math.round(place) - place) / frames
  return Math.abs(off) <= MAX_RATE_ERROR ? 1 + off : 1
}

/** Nearly all of the time: at its place, in the middle of a sound, volume unchanged. */
function renderStraight(part: RenderPart): { place: number; gain: number; energy: number } {
  const { mix, from, frames, gain, place } = part
  const { pcm, mask } = part.window
  let energy = 0
  for (let i = 0; i < frames; i++) {
    const value = gain * (pcm[(place + i) & mask] as number)
    mix[from + i] = (mix[from + i] as number) + value
    energy += value * value
  }
  return { place: place + frames, gain, energy }
}

/** On its way back to its time, or between two frames after that: the reading of `sampleAt`, without a call per neighbour. */
function renderBetween(part: RenderPart): { place: number; gain: number; energy: number } {
  const { mix, from, frames, gain, place, rate, window } = part
  const { pcm, mask, startFrame, endFrame } = window
  const end = place + frames * rate
  if (Math.floor(place) - 1 < startFrame || Math.floor(end) + 2 >= endFrame) return renderShaped(part)
  let energy = 0
  for (let i = 0; i < frames; i++) {
    const at = place + i * rate
    const frame = Math.floor(at)
    const t = at - frame
    const a = pcm[(frame - 1) & mask] as number
    const b = pcm[frame & mask] as number
    const c = pcm[(frame + 1) & mask] as number
    const d = pcm[(frame + 2) & mask] as number
    const value = gain * (b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))))
    mix[from + i] = (mix[from + i] as number) + value
    energy += value * value
  }
  return { place: wholeIfNear(end), gain, energy }
}

function renderShaped(part: RenderPart): { place: number; gain: number; energy: number } {
  const { mix, from, frames, window, place, rate, targetGain, sinceEdge, untilEdge, fadeOutFrames, rampFrames } = part
  let { gain } = part
  let energy = 0
  for (let i = 0; i < frames; i++) {
    if (gain !== targetGain) gain = gainAfter(gain, targetGain, 1, rampFrames)
    let value = gain * sampleAt(window, place + i * rate)
    if (sinceEdge + i < EDGE_FRAMES) value *= smooth((sinceEdge + i) / EDGE_FRAMES)
    if (untilEdge - i <= fadeOutFrames) value *= smooth((untilEdge - i - 1) / fadeOutFrames)
    mix[from + i] = (mix[from + i] ?? 0) + value
    energy += value * value
  }
  return { place: wholeIfNear(place + frames * rate), gain, energy }
}

/** Where a gain that moves towards a target stands after some frames; `rampFrames`: from silence to full scale. */
export function gainAfter(gain: number, target: number, frames: number, rampFrames: number = RAMP_FRAMES): number {
  const step = frames / rampFrames
  return gain < target ? Math.min(target, gain + step) : Math.max(target, gain - step)
}

/** Whether the next 20 ms are so quiet that a jump is not heard. */
export function isPause(window: PcmWindow, place: number): boolean {
  const from = Math.max(window.startFrame, Math.floor(place))
  const to = Math.min(window.endFrame, from + 20 * FRAMES_PER_MS)
  if (to <= from) return true
  let energy = 0
  for (let k = from; k < to; k++) {
    const sample = window.pcm[k & window.mask] as number
    energy += sample * sample
  }
  return Math.sqrt(energy / (to - from)) < PAUSE_RMS
}

/** Rounds a mix to 16 bits; what is too loud is clipped, never wrapped. */
export function toPcm(mix: Float32Array, frames: number, pcm: Int16Array): void {
  for (let i = 0; i < frames; i++) {
    const value = mix[i] as number
    pcm[i] = value >= 32_767 ? 32_767 : value <= -32_768 ? -32_768 : Math.round(value)
  }
}

/** RMS of 16-bit samples in dBFS (a full-scale square wave is 0); null without samples, −120 at most quiet. */
export function levelDbfs(energy: number, frames: number): number | null {
  if (frames <= 0) return null
  return Math.max(-120, 10 * Math.log10(energy / frames / 32_768 ** 2))
}
