import type { MonoMs } from '../../../shared/core/clock.ts'
import { FRAMES_PER_MS, levelDbfs } from '../../core/render.ts'
import type { SoundReport } from '../../core/ports.ts'

/** What has become of an order's sound: what left the device, and what did not. */
export class VoiceAccount {
  #began: MonoMs | null = null
  #playedFrames = 0
  #energy = 0
  #underruns = 0
  /** Of what comes in live: due, and nothing sounded. */
  #silentFrames = 0

  played(frames: number, energy: number, leftAt: MonoMs): void {
    this.#began ??= leftAt
    this.#playedFrames += frames
    this.#energy += energy
  }
  noteUnderrun(): void {
    this.#underruns++
  }
  noteSilence(frames: number): void {
    this.#silentFrames += frames
  }

  /** Of what comes in live, frames that did not sound; `bridged`: frames that were made up in between. */
  lostMs(bridged: number): number {
    return Math.round((this.#silentFrames + bridged) / FRAMES_PER_MS)
  }
  report(): Pick<SoundReport, 'began' | 'playedMs' | 'levelDb' | 'underruns'> {
    return { began: this.#began, playedMs: this.#playedFrames / FRAMES_PER_MS, levelDb: levelDbfs(this.#energy, this.#playedFrames), underruns: this.#underruns }
  }
}
