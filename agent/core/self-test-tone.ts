import { WINDOW_FRAMES } from './heard.ts'
import { ENVELOPE_FRAME_MS } from './heard-envelope.ts'
import type { PcmFeed } from './ports.ts'

/** A little more than the ear needs to learn from. */
export const TEST_TONE_MS = WINDOW_FRAMES * ENVELOPE_FRAME_MS + 1_000
const RATE_HZ = 48_000
/** −20 dBFS. */
const AMPLITUDE = 4_600
/** Two notes in two bands, in bursts of 150 ms: which of them sound is fixed, and looks like chance, so that it is found again at one place only. */
const LOW_HZ = 660
const HIGH_HZ = 1_760
const BURST_FRAMES = 7_200

/** Level of a band in burst n: 0, 0.3 or 1. */
function levelOf(n: number, band: number): number {
  const mixed = Math.imul((n + 1) * 2 + band, 0x9e3779b1) >>> 0
  const pick = (mixed ^ (mixed >>> 15)) % 5
  return pick < 2 ? 0.02 : pick === 2 ? 0.3 : 1
}

/** A short melody without music: heard as a test by whoever stands below, and by the box's own ear. */
export function toneFeed(): PcmFeed {
  return {
    kind: 'pcm',
    read: (frame, out) => {
      for (let i = 0; i < out.length; i++) {
        const at = Math.max(0, frame + i)
        const [burst, into] = [Math.floor(at / BURST_FRAMES), at % BURST_FRAMES]
        const edge = Math.min(1, into / 480, (BURST_FRAMES - into) / 480)
        const turn = (2 * Math.PI * at) / RATE_HZ
        out[i] = Math.round(AMPLITUDE * edge * (levelOf(burst, 0) * Math.sin(turn * LOW_HZ) + levelOf(burst, 1) * Math.sin(turn * HIGH_HZ)))
      }
      return out.length
    },
  }
}
