import type { MonoMs } from '../../shared/core/clock.ts'

/** Foreign sound on the line, dBFS (RMS): a quiet input lies 20 dB and more below. */
export const LINE_LOUD_DB = -40
/** So much of it, with pauses below PAUSE_MS: a plug that is pushed in, or a relay that switches, is no programme. */
const LOUD_FOR_MS = 1_000
const PAUSE_MS = 1_000
const FRAMES_PER_MS = 48
/** It is over when the line has been quieter than this, by 6 dB, for so long: pauses of speech do not end it. */
const QUIET_DB = LINE_LOUD_DB - 6
const QUIET_FOR_MS = 10_000

/** RMS of full scale, dBFS; −120 for digital silence and for nothing. */
export function levelDbOf(pcm: Int16Array): number {
  let sum = 0
  for (const sample of pcm) sum += sample * sample
  return sum === 0 ? -120 : Math.max(-120, 10 * Math.log10(sum / pcm.length / (32_768 * 32_768)))
}

export interface LineWatch {
  /** Sound of the line that was complete at `at`; `inside`: a signed window is open. Tells the change, or null. */
  note(pcm: Int16Array, at: MonoMs, inside: boolean): 'began' | 'ended' | null
  /** Foreign sound is on the line. */
  foreign(): boolean
}

/** Says when anything sounds on the line outside the signed windows (DESIGN §1: it is silent when it should be). */
export function createLineWatch(): LineWatch {
  let loudMs = 0
  let quietSince: MonoMs | null = null
  let foreign = false
  const end = (): 'ended' | null => {
    const was = foreign
    foreign = false
    loudMs = 0
    quietSince = null
    return was ? 'ended' : null
  }
  return {
    note: (pcm, at, inside) => {
      if (inside) return end()
      const level = levelDbOf(pcm)
      quietSince = level < QUIET_DB ? (quietSince ?? at) : null
      if (level >= LINE_LOUD_DB) loudMs += pcm.length / FRAMES_PER_MS
      else if (quietSince !== null && at - quietSince > PAUSE_MS) loudMs = 0
      if (foreign) return quietSince !== null && at - quietSince >= QUIET_FOR_MS ? end() : null
      if (loudMs < LOUD_FOR_MS) return null
      foreign = true
      return 'began'
    },
    foreign: () => foreign,
  }
}
