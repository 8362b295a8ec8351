import { Encoder } from '@evan/opus'
import type { Clock, MonoMs } from '../../shared/core/clock.ts'
import { opusFile } from '../core/opus-file.ts'

/** So much is listened to. */
export const LISTEN_MS = 10_000
const FRAME = 960
const LOOK_MS = 200
/** What is given to the device leaves it a moment later. */
const SETTLED_MS = 400
/** 30 kB for ten seconds, and no more than 40. */
const BITRATE_BPS = 24_000

/** Gives PCM by the instant at which its first sample sounds; returns what stops it. */
export type Hear = (hear: (pcm: Int16Array, at: MonoMs) => void) => () => void

/** Records ten seconds as Ogg Opus; what does not come is silence. The work is spread, so that sound that plays meanwhile is not held up. */
export function recordTenSeconds(clock: Clock, hear: Hear): Promise<{ readonly bytes: Uint8Array; readonly level: number }> {
  const encoder = new Encoder({ channels: 1, sample_rate: 48_000, application: 'audio' })
  encoder.bitrate = BITRATE_BPS
  const { lookahead } = encoder as unknown as { readonly lookahead: number }
  const began = clock.mono()
  const pcm = new Int16Array(LISTEN_MS * 48)
  const packets: Uint8Array[] = []
  const stop = hear((sound, at) => {
    const from = Math.round((at - began) * 48)
    for (let i = Math.max(0, -from); i < sound.length && from + i < pcm.length; i++) pcm[from + i] = sound[i] ?? 0
  })
  return new Promise((resolve) => {
    const look = (): void => {
      const ready = Math.min(pcm.length, (clock.mono() - began - SETTLED_MS) * 48)
      while ((packets.length + 1) * FRAME <= ready) packets.push(encoder.encode(pcm.subarray(packets.length * FRAME, (packets.length + 1) * FRAME)).slice())
      if ((packets.length + 1) * FRAME <= pcm.length) return void clock.after(LOOK_MS, look)
      stop()
      const power = pcm.reduce((sum, value) => sum + value * value, 0) / pcm.length / 32_768 ** 2
      resolve({ bytes: opusFile(packets, lookahead), level: Math.round(Math.max(-120, 10 * Math.log10(power + 1e-12))) })
    }
    clock.after(LOOK_MS, look)
  })
}
