import type { OpusFeed, PcmFeed } from '../../core/ports.ts'
import { EDGE_FRAMES, FRAMES_PER_MS, type PcmWindow } from '../../core/render.ts'
import type { DecoderPool, OpusDecoder } from './opus-decoder.ts'
import type { OpenAnswer, Reader } from './reader.ts'

/** 1.4 s, as of a file. */
const RING_FRAMES = 65_536
/** After a hole, and at the beginning, this much must be there: else it would stutter (DESIGN §5). */
const START_FRAMES = 300 * FRAMES_PER_MS
/** A decoder that starts in the middle needs this much before it sounds right. */
const PRE_ROLL_FRAMES = 80 * FRAMES_PER_MS
/** A hole is bridged by a guess for so long, the second half of it fading. */
const BRIDGE_FRAMES = 100 * FRAMES_PER_MS
const BRIDGE_LEVEL_FRAMES = 50 * FRAMES_PER_MS
/** What the sender's and this box's rounding may differ. */
const SEAM_FRAMES = 2
/** A packet of the longest kind, and a whole number of shorter ones. */
const GUESS_FRAMES = 60 * FRAMES_PER_MS
const CHUNK_FRAMES = 20 * FRAMES_PER_MS

abstract class LiveReader implements Reader {
  readonly live = true
  readonly hungry = false
  readonly damaged = false
  protected readonly ring = new Int16Array(RING_FRAMES)
  protected start = 0
  protected end = 0
  /** Sound has been found and is followed. */
  protected running = false
  /** Where the sound stands between silence (0) and itself (1): no edge is heard. */
  #level = 0
  protected bridged = 0

  abstract open(): Promise<OpenAnswer>
  abstract close(): void
  abstract get lastFrame(): number | null
  /** Looks for sound in [place, end); true when it is followed from there. */
  protected abstract find(place: number, end: number): boolean
  abstract holds(place: number, frames: number): boolean
  protected abstract follow(frame: number, budgetFrames: number, due: boolean): void

  seek(): Promise<void> {
    return Promise.resolve()
  }
  refill(): Promise<void> {
    return Promise.resolve()
  }

  decodeTo(frame: number, budgetFrames: number): void {
    if (this.running) this.follow(frame, budgetFrames, false)
  }

  reach(place: number, end: number): boolean {
    const inWindow = place >= this.start && place <= this.end
    if (this.running && !inWindow) this.running = false
    if (this.running) this.follow(end, end - this.end, true)
    if (inWindow && place < this.end) return true
    return this.find(Math.floor(place), Math.ceil(end))
  }

  get decodedTo(): number {
    return this.end
  }
  get bridgedFrames(): number {
    return this.bridged
  }
  get window(): PcmWindow {
    return { pcm: this.ring, mask: RING_FRAMES - 1, startFrame: Math.max(0, this.start), endFrame: Math.min(this.end, this.lastFrame ?? Infinity) }
  }

  protected begin(frame: number): void {
    this.start = this.end = frame
    this.#level = 0
    this.running = true
  }

  protected append(pcm: Int16Array): void {
    const at = this.end & (RING_FRAMES - 1)
    const first = Math.min(pcm.length, RING_FRAMES - at)
    this.ring.set(first < pcm.length ? pcm.subarray(0, first) : pcm, at)
    if (first < pcm.length) this.ring.set(pcm.subarray(first), 0)
    if (this.#level < 1) this.#shape(pcm.length, 1 / EDGE_FRAMES)
    this.end += pcm.length
    this.start = Math.max(this.start, this.end - RING_FRAMES)
  }

  /** A guess in place of sound; silent after BRIDGE_FRAMES of them. */
  protected appendFading(pcm: Int16Array, before: number): void {
    const level = this.#level
    this.#level = 1
    this.append(pcm)
    this.#level = level
    const from = this.end
    this.end -= pcm.length
    const steady = Math.max(0, Math.min(pcm.length, BRIDGE_LEVEL_FRAMES - before))
    this.#shape(steady, 0)
    this.end += steady
    this.#shape(pcm.length - steady, -1 / (BRIDGE_FRAMES - BRIDGE_LEVEL_FRAMES))
    this.end = from
  }

  protected appendSilence(frames: number): void {
    for (let left = frames; left > 0; left -= SILENCE.length) this.append(left < SILENCE.length ? SILENCE.subarray(0, left) : SILENCE)
    this.#level = 0
  }

  /** Weighs what was just put into the ring. */
  #shape(frames: number, step: number): void {
    for (let i = 0; i < frames; i++) {
      const at = (this.end + i) & (RING_FRAMES - 1)
      this.#level = Math.min(1, Math.max(0, this.#level + step))
      this.ring[at] = (this.ring[at] as number) * this.#level
    }
  }
}

const SILENCE = new Int16Array(CHUNK_FRAMES)

/** Opus packets that come in by their place. */
export class FeedReader extends LiveReader {
  readonly #feed: OpusFeed
  readonly #pool: DecoderPool
  #decoder: OpusDecoder | null = null
  /** Guessed since the last packet. */
  #guessed = 0

  constructor(feed: OpusFeed, pool: DecoderPool) {
    super()
    this.#feed = feed
    this.#pool = pool
  }

  open(): Promise<OpenAnswer> {
    this.#decoder = this.#pool.take(0)
    return Promise.resolve('ready')
  }

  close(): void {
    if (this.#decoder) this.#pool.give(this.#decoder)
    this.#decoder = null
    this.running = false
  }

  get lastFrame(): number | null {
    return this.#feed.endFrame()
  }

  protected find(place: number, end: number): boolean {
    const first = this.#feed.next(place)
    if (!first || first.startFrame >= end || !this.#decoder) return false
    const from = Math.max(place, first.startFrame)
    if (this.#runFrom(from) < START_FRAMES) return false
    this.#decoder.reset(0)
    this.#guessed = 0
    if (first.startFrame > place) {
      this.begin(place)
      this.appendSilence(first.startFrame - place)
      this.bridged += first.startFrame - place
    } else this.begin(this.#preRoll(place, first.startFrame))
    this.follow(end, PRE_ROLL_FRAMES + end - this.end, true)
    return this.end > place
  }

  /** Where to begin so that the decoder is warm at `place`. */
  #preRoll(place: number, startFrame: number): number {
    const before = this.#feed.next(Math.max(0, place - PRE_ROLL_FRAMES))
    if (!before || before.startFrame >= startFrame) return startFrame
    return this.#runFrom(before.startFrame) > place - before.startFrame ? before.startFrame : startFrame
  }

  holds(place: number, frames: number): boolean {
    return this.#runFrom(Math.floor(place)) >= frames
  }

  /** Frames that follow each other from here, as far as it matters; all, where the sound ends before. */
  #runFrom(frame: number): number {
    let at = frame
    while (at - frame < START_FRAMES) {
      const packet = this.#feed.next(at)
      const last = this.#feed.endFrame()
      if (last !== null && at >= last - SEAM_FRAMES) return START_FRAMES
      if (!packet || packet.startFrame > at + SEAM_FRAMES) break
      at = packet.startFrame + packet.frames
    }
    return at - frame
  }

  protected follow(frame: number, budgetFrames: number, due: boolean): void {
    const stopAt = this.end + budgetFrames
    while (this.running && this.#decoder && this.end < frame && this.end < stopAt) {
      const packet = this.#feed.next(this.end)
      const lacking = packet ? packet.startFrame - this.end : Infinity
      if (lacking > SEAM_FRAMES) {
        const last = this.#feed.endFrame()
        if (!due || (last !== null && this.end >= last - SEAM_FRAMES)) return
        this.#bridge(lacking)
      } else if (packet) this.#take(packet.bytes, packet)
    }
  }

  #take(bytes: Uint8Array, { startFrame, frames }: { readonly startFrame: number; readonly frames: number }): void {
    this.#guessed = 0
    const known = Math.max(0, this.end - startFrame)
    if (bytes.length === 0) return this.appendSilence(frames - known)
    const pcm = this.#decoder?.decode(bytes).pcm
    this.append(pcm && pcm.length > known ? pcm.subarray(known) : SILENCE.subarray(0, 1))
  }

  #bridge(frames: number): void {
    // guesses come in the length of packets: one that is cut does not join the next
    const wanted = Math.min(Math.ceil(frames), GUESS_FRAMES, BRIDGE_FRAMES - this.#guessed)
    if (wanted <= 0 || !this.#decoder) {
      this.running = false
      return
    }
    const pcm = this.#decoder.conceal(wanted)
    this.appendFading(pcm, this.#guessed)
    this.#guessed += pcm.length
    this.bridged += pcm.length
  }
}

/** PCM that comes in by its place. */
export class PcmReader extends LiveReader {
  readonly #feed: PcmFeed
  readonly #chunk = new Int16Array(CHUNK_FRAMES)

  constructor(feed: PcmFeed) {
    super()
    this.#feed = feed
  }

  open(): Promise<OpenAnswer> {
    return Promise.resolve('ready')
  }
  close(): void {
    this.running = false
  }
  get lastFrame(): null {
    return null
  }
  /** What an input gives is there when it sounds, and not before. */
  holds(): boolean {
    return false
  }

  protected find(place: number, end: number): boolean {
    this.begin(place)
    this.follow(end, end - place, true)
    return this.end > place
  }

  protected follow(frame: number, budgetFrames: number, due: boolean): void {
    const stopAt = Math.min(this.end + budgetFrames, frame)
    while (this.running && this.end < stopAt) {
      const wanted = Math.min(CHUNK_FRAMES, Math.ceil(stopAt - this.end))
      const got = this.#feed.read(this.end, wanted < CHUNK_FRAMES ? this.#chunk.subarray(0, wanted) : this.#chunk)
      if (got > 0) this.append(this.#chunk.subarray(0, Math.min(got, wanted)))
      if (got >= wanted) continue
      if (due) this.running = false
      return
    }
  }
}
