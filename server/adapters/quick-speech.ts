import type { Log } from '../../shared/core/log.ts'
import type { QuickGoal } from '../core/quick-speech.ts'
import { attention, TONE_RATE_HZ, wavFile } from '../core/tones.ts'
import { createThread } from './worker-thread.ts'

export interface QuickAsk {
  readonly wav: Uint8Array
  readonly goal: QuickGoal
  readonly bitrateBps: number
}
export interface QuickFile {
  /** Ogg Opus, mono, 48 kHz. */
  readonly file: Uint8Array
  readonly samples: number
  /** Of the sound as it went into the encoder, and of the engine's, LUFS. */
  readonly loudnessLufs: number
  readonly sourceLufs: number
  /** At most 400 values 0–255. */
  readonly peaks: Uint8Array
}

/** From an engine's WAV to the clusters' file in one pass, in a thread of its own: a tenth of a second for ten seconds of speech. */
export interface QuickSpeechEncoder {
  /** null for sound that it does not take, and when its thread died: an import does it. Never rejects. */
  encode(ask: QuickAsk): Promise<QuickFile | null>
  stop(): Promise<void>
}

const GOAL: QuickGoal = { targetLufs: -16, maxTruePeakDb: -1.5, silenceDb: -50, keepSilenceMs: 100 }

/** Starts the thread and makes something once, so that the first message does not wait for what is only slow at first. */
export function createQuickSpeech(log: Log): QuickSpeechEncoder {
  // in WebAssembly: the encoder's machine code brings the process down when a thread that has loaded it ends
  const thread = createThread('quick-speech', { env: { ...process.env, OPUS_FORCE_WASM: '1' } })
  let stopped = false
  const encode: QuickSpeechEncoder['encode'] = async (ask) => {
    try {
      return (await thread.run('encode', ask)) as QuickFile | null
    } catch (error) {
      if (!stopped) log.error({ error: String(error) }, 'words could not be prepared quickly, they are imported')
      return null
    }
  }
  const warm = encode({ wav: wavFile(attention(), TONE_RATE_HZ), goal: GOAL, bitrateBps: 24_000 })
  return {
    encode,
    stop: async () => {
      stopped = true
      await thread.stop()
      await warm
    },
  }
}
