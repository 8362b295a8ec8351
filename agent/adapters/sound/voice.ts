import { monoMs } from '../../../shared/core/clock.ts'
import type { MonoMs } from '../../../shared/core/clock.ts'
import type { PlayOrder, SoundReport } from '../../core/ports.ts'
import { moved, STEADY, steer } from '../../core/pacing.ts'
import { EDGE_FRAMES, FRAMES_PER_MS, isPause, RAMP_FRAMES, renderInto, settlingRate, volumeGain } from '../../core/render.ts'
import type { Share, VoiceMark } from './ledger.ts'
import type { Reader } from './reader.ts'
import { VoiceAccount } from './voice-account.ts'

/**
 * Decoded ahead of what is being written, and the least of it. Between the two nothing is decoded: a dozen packets in
 * one go find the decoder in the processor's caches, one after each sleep does not.
 */
const DECODE_AHEAD_FRAMES = 500 * FRAMES_PER_MS
const DECODE_AT_FRAMES = 260 * FRAMES_PER_MS
/** What one look may decode beyond need, and to catch up: 0.6 ms and 5 ms of work. */
const AHEAD_BUDGET_FRAMES = 260 * FRAMES_PER_MS
const CATCH_UP_BUDGET_FRAMES = 2_000 * FRAMES_PER_MS
/** Farther than this it is cheaper to seek than to decode through. */
const SEEK_BEYOND_FRAMES = 3_000 * FRAMES_PER_MS
/** A seek aims a little ahead: time goes on while it reads. */
const SEEK_LEAD_FRAMES = 60 * FRAMES_PER_MS
/** Interpolation looks at two frames ahead. */
const LOOK_FRAMES = 2

type State = 'preparing' | 'ready' | 'seeking' | 'exhausted'

/** One order while it lasts: knows which sample is due when, and gives it. */
export class Voice {
  readonly reader: Reader
  #until: MonoMs
  readonly #offsetFrames: number
  #at: MonoMs
  #state: State = 'preparing'
  /** Next frame of the medium to sound; null before it has begun and after it lost its place. */
  #place: number | null = null
  #rate = 1
  #steering = STEADY
  #gain: number
  #targetGain: number
  /** From silence to full scale: long while its first sound rises. */
  #rampFrames = RAMP_FRAMES
  #sinceEdge = 0
  #fadeLeft: number | null = null
  #fadeFrames = 0
  #starving = false
  /** Where the last seek went: a hole in the medium there is waited through, not sought again. */
  #sought = -Infinity
  #failed: SoundReport['failed'] = null
  readonly #account = new VoiceAccount()

  constructor(order: PlayOrder, reader: Reader) {
    this.reader = reader
    this.#until = order.until
    this.#at = order.at
    this.#offsetFrames = order.offsetMs * FRAMES_PER_MS
    this.#gain = this.#targetGain = volumeGain(order.volume)
    if (order.riseMs === undefined || this.#gain === 0) return
    this.#rampFrames = Math.max(RAMP_FRAMES, (order.riseMs * FRAMES_PER_MS) / this.#gain)
    this.#gain = 0
  }

  get at(): MonoMs {
    return this.#at
  }
  get until(): MonoMs {
    return this.#until
  }
  get exhausted(): boolean {
    return this.#state === 'exhausted'
  }
  /** Whether sound of it has been written, so that a starving device is its loss. */
  get sounding(): boolean {
    return this.#place !== null && this.#state !== 'exhausted'
  }

  /** Whether a stretch of `frames` that leaves at an instant could be written now: what comes in live, or is being opened, may still be on its way. */
  holds(leavesAt: MonoMs, frames: number): boolean {
    if (this.#at >= leavesAt + frames / FRAMES_PER_MS) return true
    if (this.#state === 'ready') return this.reader.holds(Math.max(0, this.#place ?? this.#due(leavesAt)), frames)
    return this.#state === 'exhausted'
  }

  /** The frame of the medium that is to leave at an instant. */
  #due(at: MonoMs): number {
    return this.#offsetFrames + (at - this.#at) * FRAMES_PER_MS
  }

  /** Opens the medium and reads what is needed first. Never rejects. */
  async prepare(now: MonoMs): Promise<void> {
    await this.#reading(async () => {
      const answer = await this.reader.open()
      if (answer !== 'ready') {
        this.fail(answer)
        return
      }
      const first = this.#due(monoMs(Math.max(now, this.#at)))
      if (first > SEEK_BEYOND_FRAMES && !this.reader.live) await this.reader.seek(first)
      else await this.reader.refill()
      if (this.#state !== 'preparing') return
      this.#state = 'ready'
      // what one look decodes at most must not delay the first sound
      this.reader.decodeTo(Math.max(first, 0) + DECODE_AHEAD_FRAMES, SEEK_BEYOND_FRAMES + DECODE_AHEAD_FRAMES)
    })
  }

  async #reading(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch {
      // a disk that cannot be read is told like a medium that cannot be played: nothing of it will sound
      this.fail('damaged-media')
    }
  }

  fail(reason: NonNullable<SoundReport['failed']>): void {
    this.#failed = reason
    this.#state = 'exhausted'
  }

  /** Nothing more of it can sound. */
  exhaust(): void {
    this.#state = 'exhausted'
  }

  retime(at: MonoMs): void {
    this.#steering = moved(this.#steering, this.#at - at)
    this.#at = at
  }

  endBy(until: MonoMs): void {
    if (until < this.#until) this.#until = until
  }

  setVolume(percent: number): void {
    this.#targetGain = volumeGain(percent)
  }

  fadeOut(frames: number): void {
    this.#fadeFrames = Math.max(1, frames)
    this.#fadeLeft = frames
  }

  /** The device lost time: what is written next goes to its right place at once. */
  realign(underrun: boolean): void {
    if (!this.sounding) return
    if (underrun) this.#account.noteUnderrun()
    this.#place = null
  }

  /** Back to where it stood when a flushed stretch was written. */
  restore(mark: VoiceMark): void {
    this.#place = mark.place
    this.#rate = mark.rate
    this.#gain = mark.gain
    this.#rampFrames = mark.rampFrames
    this.#sinceEdge = mark.sinceEdge
    this.#fadeLeft = mark.fadeLeft
    if (this.#state === 'exhausted' && this.#failed === null) this.#state = 'ready'
  }

  credit(frames: number, energy: number, leftAt: MonoMs): void {
    this.#account.played(frames, energy, leftAt)
  }

  /**
   * Adds what is due to a stretch whose first frame leaves at `leavesAt`; null when nothing is. Called for stretches
   * that follow each other.
   */
  render(mix: Float32Array, frames: number, leavesAt: MonoMs): Share<Voice> | null {
    if (this.#state !== 'ready') return null
    const end = Math.min(frames, Math.floor((this.until - leavesAt) * FRAMES_PER_MS))
    const from = this.#place === null ? Math.max(0, Math.ceil((this.#at - leavesAt) * FRAMES_PER_MS)) : 0
    if (end <= 0) {
      this.#state = 'exhausted'
      return null
    }
    if (from >= end) {
      if (!this.reader.live) this.#decodeAhead(this.#due(monoMs(leavesAt + from / FRAMES_PER_MS)), 0)
      return null
    }
    const place = this.#aim(this.#due(monoMs(leavesAt + from / FRAMES_PER_MS)))
    if (this.#rate === 1) this.#rate = settlingRate(place, end - from)
    const fits = this.reader.live ? this.#comes(place, end - from) : this.#fits(place, end - from)
    return fits ? this.#sound({ mix, from, frames: end - from, place, leavesAt }) : null
  }

  /** Where to read next: straight on, a little faster or slower, or somewhere else. */
  #aim(due: number): number {
    if (this.#place === null) return this.#jump(due)
    const lateMs = (due - this.#place) / FRAMES_PER_MS
    const inPause = Math.abs(lateMs) > 1 && isPause(this.reader.window, this.#place)
    const look = steer(this.#steering, lateMs, inPause)
    this.#steering = look.after
    if (look.steer.do === 'jump') return this.#jump(due)
    this.#rate = 1 + look.steer.ppm / 1e6
    return this.#place
  }

  #jump(due: number): number {
    this.#steering = STEADY
    this.#rate = 1
    this.#sinceEdge = 0
    return Math.round(due)
  }

  /** Whether the window reaches there, or can by decoding on; else starts a seek. */
  #fits(place: number, frames: number): boolean {
    const needed = place + frames * this.#rate + LOOK_FRAMES
    const { startFrame, endFrame } = this.reader.window
    const last = this.reader.lastFrame
    if (last !== null && place >= last) {
      this.#state = 'exhausted'
      return false
    }
    const far = place - endFrame > SEEK_BEYOND_FRAMES && place - this.#sought > SEEK_BEYOND_FRAMES
    if (place < startFrame || far) {
      this.#seek(place)
      return false
    }
    this.#decodeAhead(place, needed - place)
    return true
  }

  /** Whether something that comes in live is to sound there; what has not come is passed over in silence. */
  #comes(place: number, frames: number): boolean {
    const last = this.reader.lastFrame
    if (last !== null && place >= last) this.#state = 'exhausted'
    else if (this.reader.reach(place, place + frames * this.#rate + LOOK_FRAMES)) {
      this.reader.decodeTo(place + frames + DECODE_AHEAD_FRAMES, AHEAD_BUDGET_FRAMES)
      return true
    } else this.#account.noteSilence(frames)
    this.#place = null
    return false
  }

  #decodeAhead(place: number, frames: number): void {
    this.reader.decodeTo(place + frames, CATCH_UP_BUDGET_FRAMES)
    const end = place + frames
    if (this.reader.decodedTo < end + DECODE_AT_FRAMES) this.reader.decodeTo(end + DECODE_AHEAD_FRAMES, AHEAD_BUDGET_FRAMES)
    if (this.reader.hungry) void this.#reading(() => this.reader.refill())
  }

  #seek(place: number): void {
    this.#state = 'seeking'
    this.#place = null
    this.#sought = place
    void this.#reading(async () => {
      await this.reader.seek(place + SEEK_LEAD_FRAMES)
      if (this.#state === 'seeking') this.#state = 'ready'
    })
  }

  #sound(part: { mix: Float32Array; from: number; frames: number; place: number; leavesAt: MonoMs }): Share<Voice> | null {
    const { window, lastFrame } = this.reader
    const ready = Math.floor((window.endFrame - part.place) / this.#rate) - (lastFrame === null ? LOOK_FRAMES : 0)
    const frames = Math.max(0, Math.min(part.frames, ready, this.#fadeLeft ?? Infinity))
    const starving = frames < Math.min(part.frames, this.#fadeLeft ?? Infinity) && lastFrame === null
    if (starving && this.reader.live) this.#account.noteSilence(part.frames - frames)
    else if (starving && !this.#starving && this.#place !== null) this.#account.noteUnderrun()
    this.#starving = starving
    if (frames === 0) {
      this.#place = null
      return null
    }
    const lastIn = lastFrame === null ? null : Math.floor((lastFrame - part.place) / this.#rate)
    // it ends for whichever reason comes first
    const hardEnd = Math.floor((this.until - part.leavesAt) * FRAMES_PER_MS) - part.from
    const untilEdge = Math.min(hardEnd, lastIn ?? (starving ? ready : Infinity), this.#fadeLeft ?? Infinity)
    const { mix, from, place } = part
    const [rate, gain, targetGain, rampFrames, sinceEdge] = [this.#rate, this.#gain, this.#targetGain, this.#rampFrames, this.#sinceEdge]
    const mark = { place, rate, gain, targetGain, rampFrames, sinceEdge, fadeLeft: this.#fadeLeft }
    const fadeOutFrames = this.#fadeLeft === null ? EDGE_FRAMES : this.#fadeFrames
    const done = renderInto({ mix, from, frames, window, place, rate, gain, targetGain, rampFrames, sinceEdge, untilEdge, fadeOutFrames })
    this.#gain = done.gain
    if (done.gain === targetGain) this.#rampFrames = RAMP_FRAMES
    this.#sinceEdge += frames
    this.#place = starving ? null : done.place
    if (this.#fadeLeft !== null && (this.#fadeLeft -= frames) <= 0) this.#state = 'exhausted'
    return { voice: this, from, frames, energy: done.energy, mark }
  }

  /** Without a device nothing is rendered: what is over is told by the clock. */
  noteTime(now: MonoMs): void {
    const last = this.reader.lastFrame
    if (now >= this.until || (last !== null && this.#due(now) >= last)) this.#state = 'exhausted'
  }

  report(device: { lost: boolean; queuedMs: number }): SoundReport {
    const ahead = this.#place === null ? 0 : Math.max(0, this.reader.window.endFrame - this.#place) / FRAMES_PER_MS
    return {
      ...this.#account.report(),
      ...(this.reader.live ? { lostMs: this.#account.lostMs(this.reader.bridgedFrames) } : {}),
      bufferMs: Math.round(ahead + (this.sounding ? device.queuedMs : 0)),
      failed: this.#failed ?? (device.lost ? 'sink-failed' : this.reader.damaged ? 'damaged-media' : null),
    }
  }
}
