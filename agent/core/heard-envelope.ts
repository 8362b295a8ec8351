/**
 * What the ear needs of a sound in order to know it again: its power in two bands, a hundred times a second. Horns and
 * microphones colour a sound, so that its samples cannot be compared; the rise and fall of its words stay.
 */

/** One frame of an envelope is so long, ms. Frame n covers [n × 10, n × 10 + 10) of the agent's monotonic clock. */
export const ENVELOPE_FRAME_MS = 10
const SAMPLES_PER_FRAME = 480
const RATE_HZ = 48_000
/** Power of one band under which nothing is told apart, dBFS. */
export const ENVELOPE_FLOOR_DB = -90
/** A minute and more, a power of two: nobody asks for older frames. */
const RING_FRAMES = 8_192

/** Power in dBFS of the low band (150 Hz to 1 kHz) and of what is above. */
export interface Envelope {
  readonly low: Float32Array
  readonly high: Float32Array
}

const share = (hz: number): number => 1 - Math.exp((-2 * Math.PI * hz) / RATE_HZ)
const [SPLIT, RUMBLE] = [share(1_000), share(150)]
const dbOf = (sum: number, samples: number): number => Math.max(ENVELOPE_FLOOR_DB, 10 * Math.log10(sum / samples / 32_768 ** 2 + 1e-12))

/** Takes sound by the sample that it is (mono ms × 48), in any pieces, and keeps the envelope of the last 80 s. */
export class EnvelopeRing {
  readonly #low = new Float32Array(RING_FRAMES).fill(ENVELOPE_FLOOR_DB)
  readonly #high = new Float32Array(RING_FRAMES).fill(ENVELOPE_FLOOR_DB)
  #next: number | null = null
  #endFrame = 0
  #startFrame = 0
  #split = 0
  #rumble = 0
  #lowSum = 0
  #highSum = 0
  #samples = 0

  /** One past the newest whole frame; 0 before the first. */
  get endFrame(): number {
    return this.#endFrame
  }
  get startFrame(): number {
    return Math.max(this.#startFrame, this.#endFrame - RING_FRAMES)
  }

  /** @param position of the first sample; a hole before it counts as silence, what was there already is replaced. */
  put(pcm: Int16Array, position: number): void {
    const at = Math.round(position)
    // the same place but for rounding: the sound goes on
    if (this.#next === null || Math.abs(at - this.#next) > SAMPLES_PER_FRAME / 10) this.#seek(at)
    let frame = Math.floor((this.#next ?? at) / SAMPLES_PER_FRAME)
    let left = SAMPLES_PER_FRAME - ((this.#next ?? at) % SAMPLES_PER_FRAME)
    let [split, rumble, lowSum, highSum, samples] = [this.#split, this.#rumble, this.#lowSum, this.#highSum, this.#samples]
    for (let i = 0; i < pcm.length; i++) {
      const x = pcm[i] as number
      split += SPLIT * (x - split)
      rumble += RUMBLE * (split - rumble)
      const [low, high] = [split - rumble, x - split]
      lowSum += low * low
      highSum += high * high
      samples++
      if (--left > 0) continue
      this.#close(frame, dbOf(lowSum, samples), dbOf(highSum, samples))
      lowSum = highSum = samples = 0
      left = SAMPLES_PER_FRAME
      frame++
    }
    ;[this.#split, this.#rumble, this.#lowSum, this.#highSum, this.#samples] = [split, rumble, lowSum, highSum, samples]
    this.#next = (this.#next ?? at) + pcm.length
  }

  /** Frames [from, from + count); what is not held is silence. */
  read(from: number, count: number): Envelope {
    const out = { low: new Float32Array(count).fill(ENVELOPE_FLOOR_DB), high: new Float32Array(count).fill(ENVELOPE_FLOOR_DB) }
    for (let i = 0; i < count; i++) {
      const frame = from + i
      if (frame < this.startFrame || frame >= this.#endFrame) continue
      out.low[i] = this.#low[frame & (RING_FRAMES - 1)] as number
      out.high[i] = this.#high[frame & (RING_FRAMES - 1)] as number
    }
    return out
  }

  #seek(at: number): void {
    const frame = Math.floor(at / SAMPLES_PER_FRAME)
    if (this.#next === null || frame > this.#endFrame + RING_FRAMES) this.#startFrame = this.#endFrame = frame
    for (let f = this.#endFrame; f < frame; f++) this.#set(f, ENVELOPE_FLOOR_DB, ENVELOPE_FLOOR_DB)
    this.#endFrame = frame
    this.#next = at
    this.#split = this.#rumble = this.#lowSum = this.#highSum = this.#samples = 0
  }

  #set(frame: number, low: number, high: number): void {
    this.#low[frame & (RING_FRAMES - 1)] = low
    this.#high[frame & (RING_FRAMES - 1)] = high
  }

  #close(frame: number, low: number, high: number): void {
    this.#set(frame, low, high)
    this.#endFrame = frame + 1
  }
}
