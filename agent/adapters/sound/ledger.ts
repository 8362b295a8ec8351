import { monoMs } from '../../../shared/core/clock.ts'
import type { MonoMs } from '../../../shared/core/clock.ts'
import { FRAMES_PER_MS, gainAfter } from '../../core/render.ts'

/** What a voice must know to sound the same stretch again. */
export interface VoiceMark {
  readonly place: number
  readonly rate: number
  readonly gain: number
  readonly targetGain: number
  readonly rampFrames: number
  readonly sinceEdge: number
  /** Frames left of its last fade; null while it is not ending. */
  readonly fadeLeft: number | null
}

/** One voice's share of a written stretch. */
export interface Share<Voice> {
  readonly voice: Voice
  /** First frame of the stretch that is this voice's, and how many. */
  readonly from: number
  readonly frames: number
  readonly energy: number
  readonly mark: VoiceMark
}

interface Stretch<Voice> {
  readonly index: number
  readonly leavesAt: MonoMs
  readonly shares: readonly Share<Voice>[]
  frames: number
  credited: number
}

/** Told of what has really left: frames, their energy, and when the first of them left. */
export type Credit<Voice> = (voice: Voice, frames: number, energy: number, leftAt: MonoMs) => void

/** Remembers what was written until the device has taken it, so that only what sounded counts as played. */
export class Ledger<Voice> {
  readonly #credit: Credit<Voice>
  #stretches: Stretch<Voice>[] = []
  #written = 0

  constructor(credit: Credit<Voice>) {
    this.#credit = credit
  }

  note(frames: number, leavesAt: MonoMs, shares: readonly Share<Voice>[]): void {
    this.#stretches.push({ index: this.#written, leavesAt, shares, frames, credited: 0 })
    this.#written += frames
  }

  /** @param consumed frames that the device has taken since it was opened, dropped ones not counted. */
  settle(consumed: number): void {
    for (let first = this.#stretches[0]; first !== undefined; first = this.#stretches[0]) {
      const taken = Math.min(first.frames, consumed - first.index)
      if (taken > first.credited) this.#pay(first, taken)
      if (taken < first.frames) return
      this.#stretches.shift()
    }
  }

  #pay(stretch: Stretch<Voice>, taken: number): void {
    for (const { voice, from, frames, energy } of stretch.shares) {
      const start = Math.max(from, stretch.credited)
      const paid = Math.min(from + frames, taken) - start
      if (paid <= 0) continue
      this.#credit(voice, paid, (energy * paid) / frames, monoMs(stretch.leavesAt + start / FRAMES_PER_MS))
    }
    stretch.credited = taken
  }

  /** The last `dropped` frames will never sound. Says where each voice stood when the first of them was written. */
  rewind(dropped: number): Map<Voice, VoiceMark> {
    const marks = new Map<Voice, VoiceMark>()
    const keep = this.#written - dropped
    for (let last = this.#stretches.at(-1); last && last.index + last.frames > keep; last = this.#stretches.at(-1)) {
      const kept = Math.max(0, keep - last.index)
      for (const share of last.shares) {
        const into = Math.max(0, kept - share.from)
        if (into < share.frames) marks.set(share.voice, later(share.mark, into))
      }
      if (kept > 0) {
        last.frames = kept
        break
      }
      this.#stretches.pop()
    }
    this.#written = keep
    return marks
  }

  /** The device is gone with all that it held; counting starts anew. */
  clear(): void {
    this.#stretches = []
    this.#written = 0
  }

  /** Whether something of this voice waits in the device. */
  holds(voice: Voice): boolean {
    return this.#stretches.some((stretch) =>
      stretch.shares.some((share) => share.voice === voice && share.from + share.frames > stretch.credited && share.from < stretch.frames),
    )
  }
}

const later = (mark: VoiceMark, frames: number): VoiceMark => ({
  place: mark.place + frames * mark.rate,
  rate: mark.rate,
  gain: gainAfter(mark.gain, mark.targetGain, frames, mark.rampFrames),
  targetGain: mark.targetGain,
  rampFrames: mark.rampFrames,
  sinceEdge: mark.sinceEdge + frames,
  fadeLeft: mark.fadeLeft === null ? null : mark.fadeLeft - frames,
})
