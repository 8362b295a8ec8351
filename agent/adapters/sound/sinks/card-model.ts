import { hostMs } from '../host-time.ts'
import type { HostMs } from '../host-time.ts'

/** A sound card takes what it plays in periods of 10 ms. */
export const PERIOD_FRAMES = 480
const PERIOD_MS = 10

/** Takes one period that the card plays; `silent` when all of it is zero. The array is used again. */
export type PeriodTaker = (pcm: Int16Array, silent: boolean) => void
/** Takes whole periods in which the card had nothing to play, in one piece however many. */
export type SilenceTaker = (frames: number) => void

export interface CardOutput {
  readonly take: PeriodTaker
  readonly silence: SilenceTaker
}

export interface CardOptions {
  readonly startedAt: HostMs
  /** How much faster than 48 kHz the card's crystal runs. */
  readonly ppm: number
  /** What it can hold, in frames. */
  readonly capacityFrames: number
  /** What plays the sound; null where only its pace matters: then no sample is touched. */
  readonly output: CardOutput | null
}

/**
 * The arithmetic of a sound card that runs by a clock: period k is taken at startedAt + k × 10 ms and sounds for 10 ms;
 * where frames are absent it plays zeros, and it never makes up for time that has gone by. Looking late gives the
 * same sound as looking often, because what is absent at its instant cannot be written afterwards.
 */
export class CardModel {
  readonly #options: CardOptions
  readonly #capacity: number
  readonly #queue: Int16Array
  readonly #period = new Int16Array(PERIOD_FRAMES)
  readonly #periodMs: number
  #head = 0
  #queued = 0
  #periods = 0
  #consumed = 0
  #starved = 0

  constructor(options: CardOptions) {
    this.#options = options
    this.#capacity = options.capacityFrames
    this.#queue = new Int16Array(options.output === null ? 0 : options.capacityFrames)
    this.#periodMs = PERIOD_MS / (1 + options.ppm / 1e6)
  }

  /** Plays on up to `now`. */
  advance(now: HostMs): void {
    const due = Math.floor((now - this.#options.startedAt) / this.#periodMs) + 1
    const { output } = this.#options
    while (output !== null && this.#periods < due && this.#queued > 0) {
      const n = Math.min(PERIOD_FRAMES, this.#queued)
      this.#copyPeriod(n)
      this.#count(1, n)
      output.take(this.#period, isSilent(this.#period))
    }
    // what is left is silence: hours of it cost no more than a period, so that a card may be looked at rarely
    const left = due - this.#periods
    if (left <= 0) return
    this.#count(left, Math.min(this.#queued, left * PERIOD_FRAMES))
    output?.silence(left * PERIOD_FRAMES)
  }

  #count(periods: number, taken: number): void {
    this.#periods += periods
    this.#consumed += taken
    this.#starved += periods * PERIOD_FRAMES - taken
    this.#queued -= taken
  }

  #copyPeriod(n: number): void {
    const first = Math.min(n, this.#queue.length - this.#head)
    this.#period.set(this.#queue.subarray(this.#head, this.#head + first))
    if (first < n) this.#period.set(this.#queue.subarray(0, n - first), first)
    if (n < PERIOD_FRAMES) this.#period.fill(0, n)
    this.#head = (this.#head + n) % this.#queue.length
  }

  write(pcm: Int16Array): number {
    const n = Math.min(pcm.length, this.room)
    if (this.#options.output !== null) this.#store(pcm, n)
    this.#queued += n
    return n
  }

  #store(pcm: Int16Array, n: number): void {
    const tail = (this.#head + this.#queued) % this.#queue.length
    const first = Math.min(n, this.#queue.length - tail)
    this.#queue.set(pcm.subarray(0, first), tail)
    if (first < n) this.#queue.set(pcm.subarray(first, n), 0)
  }

  /** Drops all but the next `keep` frames. */
  flush(keep = 0): number {
    const dropped = Math.max(0, this.#queued - keep)
    this.#queued -= dropped
    return dropped
  }

  get consumed(): number {
    return this.#consumed
  }
  get starved(): number {
    return this.#starved
  }
  get queued(): number {
    return this.#queued
  }
  get room(): number {
    return this.#capacity - this.#queued
  }

  /** When the frame that is written next leaves the card. */
  nextAt(): HostMs {
    const frame = this.#periods * PERIOD_FRAMES + this.#queued
    return hostMs(this.#options.startedAt + (frame / PERIOD_FRAMES) * this.#periodMs)
  }
}

function isSilent(pcm: Int16Array): boolean {
  for (let i = 0; i < pcm.length; i++) if (pcm[i] !== 0) return false
  return true
}
