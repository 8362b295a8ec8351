import type { Clock, MonoMs } from '../../../shared/core/clock.ts'
import { monoMs } from '../../../shared/core/clock.ts'
import { FRAMES_PER_MS } from '../../core/render.ts'
import type { Sink, SinkFactory, SinkPosition } from './sinks/sink.ts'

export interface DeviceDeps {
  readonly sink: SinkFactory
  readonly clock: Clock
  readonly log: (line: string) => void
  /** The device is gone, with what it held. */
  readonly lost: () => void
}

/** Waits between attempts to open a lost device; the last one repeats. */
const BACK_OFF_MS = [250, 500, 1_000, 2_000, 5_000] as const
/** A device that has worked for so long begins a new row of attempts when it is lost. */
const STEADY_MS = 10_000
/** A program that meets a missing device ends within this. */
const PROVEN_MS = 300

export interface DeviceView extends SinkPosition {
  /** It ran dry since the last look. */
  readonly starvedNow: boolean
  /** It has been fed since it was opened, or cut. */
  readonly wrote: boolean
}

/** The one sink, opened around sound and opened again when it is lost. */
export class Device {
  readonly #deps: DeviceDeps
  #sink: Sink | null = null
  #starved = 0
  #wrote = false
  #queued = 0
  #failures = 0
  #retryAt: MonoMs
  #openedAt: MonoMs
  #lost = false

  constructor(deps: DeviceDeps) {
    this.#deps = deps
    this.#retryAt = this.#openedAt = deps.clock.mono()
  }

  get isOpen(): boolean {
    return this.#sink !== null
  }
  /** It failed, and has not taken sound since. */
  get isLost(): boolean {
    return this.#lost
  }
  get queuedMs(): number {
    return this.#queued / FRAMES_PER_MS
  }

  /** Opens it, unless it is open or was lost a moment ago. */
  open(): void {
    const now = this.#deps.clock.mono()
    if (this.#sink !== null || now < this.#retryAt) return
    const sink: Sink = this.#deps.sink.open((why) => this.#noteFailure(sink, why))
    this.#sink = sink
    this.#openedAt = now
    this.#starved = 0
    this.#wrote = false
  }

  /** Null when it is closed. */
  look(): DeviceView | null {
    if (this.#sink === null) return null
    const position = this.#sink.position()
    const starvedNow = this.#wrote && position.starved > this.#starved
    this.#starved = position.starved
    this.#queued = position.queued
    if (position.consumed > 0 && this.#deps.clock.mono() - this.#openedAt > PROVEN_MS) this.#lost = false
    const { consumed, queued, starved, nextAt, room } = position
    return { consumed, queued, starved, nextAt, room, starvedNow, wrote: this.#wrote }
  }

  /** False when the device was lost by it. */
  write(pcm: Int16Array): boolean {
    const taken = this.#sink?.write(pcm)
    this.#wrote = true
    this.#queued += taken ?? 0
    return taken === pcm.length && this.#sink !== null
  }

  /** Takes back what sounds later than the next `keep` frames; `cut` when the sound broke off in the middle. */
  flush(keep: number): { dropped: number; cut: boolean } {
    if (this.#sink === null) return { dropped: 0, cut: true }
    const [dropped, cut] = [this.#sink.flush(keep), this.#sink.flushCuts]
    this.#queued = cut ? 0 : Math.max(0, this.#queued - dropped)
    // where the sound goes on, a device that ran dry in between has cut it
    if (cut) this.#wrote = false
    return { dropped, cut }
  }

  close(): void {
    this.#sink?.close()
    this.#sink = null
    this.#queued = 0
  }

  #noteFailure(sink: Sink, why: string): void {
    if (sink !== this.#sink) return
    const now = this.#deps.clock.mono()
    if (now - this.#openedAt > STEADY_MS) this.#failures = 0
    const waitMs = BACK_OFF_MS[Math.min(this.#failures, BACK_OFF_MS.length - 1)] ?? 0
    this.#failures++
    this.#retryAt = monoMs(now + waitMs)
    this.#lost = true
    this.close()
    this.#deps.log(`${why} Next attempt in ${String(waitMs)} ms.`)
    this.#deps.lost()
  }
}
