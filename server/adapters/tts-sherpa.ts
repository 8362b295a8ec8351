import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { ok, refuse } from '../../shared/core/result.ts'
import { createJobQueue } from './ffmpeg-queue.ts'
import { runChild } from './run-child.ts'
import { soundWav } from './tts-wav.ts'
import { SPEECH_TIMEOUT_MS, type Speech, type TtsProvider, type Voice } from './tts.ts'

export interface SherpaSettings {
  /** Folder of a VITS model as sherpa-onnx publishes them: one `.onnx`, `tokens.txt`, and `espeak-ng-data` or `lexicon.txt` where it has one. */
  readonly folder: string
  readonly program?: string
}

const NOTHING_TO_READ = 65_536

/** The model's parts as the program wants them; null when the folder holds no model. */
function modelArgs(folder: string): string[] | null {
  const model = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.onnx')).sort()[0] : undefined
  const tokens = join(folder, 'tokens.txt')
  if (model === undefined || !existsSync(tokens)) return null
  const optional = ([option, name]: readonly [string, string]): string[] => (existsSync(join(folder, name)) ? [`--${option}=${join(folder, name)}`] : [])
  return [`--vits-model=${join(folder, model)}`, `--vits-tokens=${tokens}`, ...optional(['vits-data-dir', 'espeak-ng-data']), ...optional(['vits-lexicon', 'lexicon.txt'])]
}

/** A neural voice on this machine: `sherpa-onnx-offline-tts` as a child process, without a shell. */
export function createSherpa({ folder, program = 'sherpa-onnx-offline-tts' }: SherpaSettings): TtsProvider {
  const queue = createJobQueue(1, 200)
  const voice: Voice = { id: 'sherpa', name: `Giọng máy (${basename(folder)})`, region: /south|mien-?nam/i.test(folder) ? 'south' : /central|mien-?trung/i.test(folder) ? 'central' : 'north' }

  const speak = async (args: readonly string[], text: string, signal: AbortSignal | undefined): Promise<Speech> => {
    const work = await mkdtemp(join(tmpdir(), 'tl-speech-'))
    try {
      const path = join(work, 'said.wav')
      // a word that begins with a dash would be an option
      const outcome = await runChild(program, [...args, `--output-filename=${path}`, text.replace(/^[\s-]+/, '')], null, { timeoutMs: SPEECH_TIMEOUT_MS, maxOutputBytes: NOTHING_TO_READ, signal })
      switch (outcome.kind) {
        case 'missing': return refuse('no-engine', `${program} is not installed: install sherpa-onnx, or set TL_TTS=espeak`)
        case 'timed-out': case 'stopped': return refuse(outcome.kind, 'speaking the text was ended')
        case 'too-much-output': return refuse('failed', `${program} talks too much on its standard output`)
        case 'exited': {
          const wav = outcome.exitCode === 0 && existsSync(path) ? soundWav(await readFile(path)) : null
          return wav ? ok(wav) : refuse('failed', `${program} failed: ${outcome.stderr.trim().slice(-200)}`)
        }
      }
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }

  return {
    identity: () => Promise.resolve(`sherpa-onnx ${basename(folder)} ${(modelArgs(folder) ?? []).map((arg) => basename(arg)).join(' ')}`),
    listVoices: () => Promise.resolve([voice]),
    async synthesize(text, { voice: wanted, speed = 100, signal }) {
      if (wanted !== voice.id) return refuse('unknown-voice', `there is no voice "${wanted.slice(0, 60)}": choose ${voice.id}`)
      if (text.trim() === '') return refuse('bad-text', 'there is nothing to say')
      const args = modelArgs(folder)
      if (!args) return refuse('no-engine', `${folder} holds no model: it needs a .onnx file and tokens.txt`)
      // sherpa's length scale is the inverse of a speed
      const scale = (100 / Math.max(50, Math.min(200, speed))).toFixed(3)
      const said = await queue.run(() => speak([...args, `--vits-length-scale=${scale}`], text, signal))
      return said ?? refuse('busy', 'too many texts are being spoken: try again in a minute')
    },
  }
}
