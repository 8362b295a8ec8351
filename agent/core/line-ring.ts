import { monoMs, type MonoMs } from '../../shared/core/clock.ts'

export const LINE_RATE_HZ = 48_000
const FRAMES_PER_MS = LINE_RATE_HZ / 1_000
/** Two seconds and more, a power of two. */
const RING_FRAMES = 131_072
/** The earliest arrival within this tells when a sample was taken; the others were held up on the way. */
const ARRIVALS_MS = 2_000
const ARRIVAL_BUCKET_MS = 250
/** Further off than this it is no drift: the device has lost or held back sound. */
const JUMP_FRAMES = 100 * FRAMES_PER_MS
/** Of this many frames one is made or left out at most, so that nobody hears the correction: 1 000 ppm. */
const FRAMES_PER_SLIP = 1_000

/** Where a sample stands: mono ms × 48, whole. */
export const positionOf = (at: number): number => Math.round(at * FRAMES_PER_MS)

/**
 * Sound of a line input by the instant at which it was taken, on the agent's own monotonic clock. The card's crystal is another one:
 * what it delivers is stretched, by a thousandth at most, to stay where the clock says.
 */
export class LineRing {
  readonly #ring = new Int16Array(RING_FRAMES)
  #arrivals: { readonly since: MonoMs; offsetMs: number }[] = []
  #captured = 0
  #start = 0
  #end = 0

  /** The device begins anew: nothing of before is held. */
  clear(): void {
    this.#arrivals = []
    this.#captured = 0
    this.#start = this.#end = 0
  }

  /** Mono PCM, 48 kHz, that was complete at `at`. */
  put(pcm: Int16Array, at: MonoMs): void {
    if (pcm.length === 0) return
    const isFirst = this.#captured === 0
    this.#captured += pcm.length
    const due = positionOf(this.#zeroAt(at) + this.#captured / FRAMES_PER_MS)
    if (isFirst) this.#start = this.#end = due - pcm.length
    const offBy = due - (this.#end + pcm.length)
    if (Math.abs(offBy) > JUMP_FRAMES) this.#jump(due - pcm.length)
    const most = Math.max(1, Math.floor(pcm.length / FRAMES_PER_SLIP))
    const slip = Math.abs(offBy) > JUMP_FRAMES ? 0 : Math.max(-most, Math.min(most, Math.trunc(offBy / FRAMES_PER_MS)))
    this.#append(slip === 0 ? pcm : stretched(pcm, pcm.length + slip))
  }

  /** Copies what is held from `position` on; how many frames that was. What is too old is 0. */
  read(position: number, out: Int16Array): number {
    const held = Math.min(out.length, this.#end - position)
    if (held <= 0 || this.#end === this.#start) return 0
    for (let i = 0; i < held; i++) {
      const at = position + i
      out[i] = at < this.#start ? 0 : (this.#ring[at & (RING_FRAMES - 1)] ?? 0)
    }
    return held
  }

  /** When the first sample of all was taken, mono ms, as far as the arrivals tell. */
  #zeroAt(at: MonoMs): number {
    const offsetMs = at - this.#captured / FRAMES_PER_MS
    const newest = this.#arrivals.at(-1)
    if (newest && at - newest.since < ARRIVAL_BUCKET_MS) newest.offsetMs = Math.min(newest.offsetMs, offsetMs)
    else this.#arrivals.push({ since: monoMs(at), offsetMs })
    while ((this.#arrivals[0]?.since ?? at) < at - ARRIVALS_MS) this.#arrivals.shift()
    return Math.min(...this.#arrivals.map((arrival) => arrival.offsetMs))
  }

  #jump(to: number): void {
    const gap = to - this.#end
    if (gap < 0) {
      // a pause of this process made the earliest arrivals look late: what is held stays, the rest begins anew
      this.#start = this.#end = to
      return
    }
    this.#append(new Int16Array(Math.min(gap, RING_FRAMES)))
    this.#end = to
    this.#start = Math.max(this.#start, this.#end - RING_FRAMES)
  }

  #append(pcm: Int16Array): void {
    for (let i = 0; i < pcm.length; i++) this.#ring[(this.#end + i) & (RING_FRAMES - 1)] = pcm[i] ?? 0
    this.#end += pcm.length
    this.#start = Math.max(this.#start, this.#end - RING_FRAMES)
  }
}

/** The same sound in another number of frames, between its samples on straight lines. */
function stretched(pcm: Int16Array, frames: number): Int16Array {
  const out = new Int16Array(frames)
  const step = (pcm.length - 1) / Math.max(1, frames - 1)
  for (let i = 0; i < frames; i++) {
    const place = i * step
    const before = Math.min(pcm.length - 1, Math.floor(place))
    const [a, b] = [pcm[before] ?? 0, pcm[Math.min(pcm.length - 1, before + 1)] ?? 0]
    out[i] = Math.round(a + (b - a) * (place - before))
  }
  return out
}
