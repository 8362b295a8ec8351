import { ok, refuse } from '../../shared/core/result.ts'
import { createJobQueue } from './ffmpeg-queue.ts'
import { runChild } from './run-child.ts'

/** A voice that can be asked for by `id`. */
export interface Voice {
  readonly id: string
  /** As shown to the operator, in Vietnamese. */
  readonly name: string
  readonly region: 'north' | 'central' | 'south'
}

export interface SpeechOptions {
  readonly voice: string
  /** Percent of the voice's ordinary speed, 50–200; 100 where absent. */
  readonly speed?: number
  readonly signal?: AbortSignal
}

export type TtsRefusal = 'no-engine' | 'unknown-voice' | 'bad-text' | 'timed-out' | 'stopped' | 'busy' | 'failed'

/** A whole WAV file, and what had to be done to get it. */
export type Speech =
  | { readonly ok: true; readonly value: Uint8Array; readonly instead?: { readonly engine: string; readonly why: string } }
  | { readonly ok: false; readonly code: TtsRefusal; readonly why: string }

/** An engine that speaks. The text has been made speakable before (server/core/speech-text.ts). */
export interface TtsProvider {
  /** Name and version: another engine speaks the same text anew. */
  identity(): Promise<string>
  listVoices(): Promise<readonly Voice[]>
  /** `instead`: another engine spoke, and why; such speech is not kept for this one. */
  synthesize(text: string, options: SpeechOptions): Promise<Speech>
}

/** About 25 minutes of speech. */
export const MAX_SPEECH_CHARACTERS = 20_000
/** An ordinary reading pace for an open-air loudspeaker, words a minute. */
const WORDS_A_MINUTE = 145
export const SPEECH_TIMEOUT_MS = 120_000
/** 40 minutes at 22 050 Hz, 16 bit. */
export const MAX_WAV_BYTES = 110_000_000

const VOICES: readonly Voice[] = [
  { id: 'vi', name: 'Giọng miền Bắc', region: 'north' },
  { id: 'vi-vn-x-central', name: 'Giọng miền Trung', region: 'central' },
  { id: 'vi-vn-x-south', name: 'Giọng miền Nam', region: 'south' },
]

/** espeak-ng as a child process: text on standard input, never on a command line, never through a shell. */
export function createEspeak(settings: { readonly program?: string } = {}): TtsProvider {
  const program = settings.program ?? 'espeak-ng'
  const queue = createJobQueue(1, 200)
  const missing = refuse('no-engine' as const, 'espeak-ng is not installed: run "apt-get install espeak-ng"')
  return {
    async identity() {
      const outcome = await runChild(program, ['--version'], null, { timeoutMs: 15_000, maxOutputBytes: 65_536 })
      const version = outcome.kind === 'exited' ? /\d+\.\d+[\w.-]*/.exec(outcome.stdout.toString('utf8'))?.[0] : undefined
      return `espeak-ng ${version ?? 'unknown'}`
    },
    listVoices: () => Promise.resolve(VOICES),
    async synthesize(text, { voice, speed = 100, signal }) {
      if (!VOICES.some((known) => known.id === voice)) {
        return refuse('unknown-voice', `there is no voice "${voice.slice(0, 60)}": choose one of ${VOICES.map((v) => v.id).join(', ')}`)
      }
      if (text.trim() === '' || text.length > MAX_SPEECH_CHARACTERS * 4) {
        return refuse('bad-text', `the text must have 1 to ${MAX_SPEECH_CHARACTERS} characters`)
      }
      const pace = Math.round((WORDS_A_MINUTE * Math.max(50, Math.min(200, speed))) / 100)
      const args = ['-v', voice, '-s', String(pace), '-b', '1', '--stdin', '--stdout']
      // double brackets would switch the engine from text to phonemes
      const spoken = new TextEncoder().encode(text.replace(/[[\]]/g, ' ').replace(/\0/g, ' '))
      const limits = { timeoutMs: SPEECH_TIMEOUT_MS, maxOutputBytes: MAX_WAV_BYTES, signal }
      const outcome = await queue.run(() => runChild(program, args, spoken, limits))
      if (outcome === null) return refuse('busy', 'too many texts are being spoken: try again in a minute')
      switch (outcome.kind) {
        case 'missing': return missing
        case 'timed-out': case 'stopped': return refuse(outcome.kind, 'speaking the text was ended')
        case 'too-much-output': return refuse('bad-text', 'the text is too long to be spoken in one piece: cut it into parts')
        case 'exited': {
          const wav = outcome.exitCode === 0 ? withTrueLength(outcome.stdout) : null
          return wav === null ? refuse('failed', `espeak-ng failed: ${outcome.stderr.trim().slice(0, 200)}`) : ok(wav)
        }
      }
    },
  }
}

/** The engine writes the head before it knows the length; null when this is no WAV with sound. */
function withTrueLength(wav: Buffer): Uint8Array | null {
  if (wav.length <= 44 || wav.toString('latin1', 0, 4) !== 'RIFF' || wav.toString('latin1', 36, 40) !== 'data') return null
  const whole = wav.length - (wav.length % 2)
  wav.writeUInt32LE(whole - 8, 4)
  wav.writeUInt32LE(whole - 44, 40)
  return wav.subarray(0, whole)
}
