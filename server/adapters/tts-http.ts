import { ok, refuse } from '../../shared/core/result.ts'
import { createJobQueue } from './ffmpeg-queue.ts'
import { soundWav } from './tts-wav.ts'
import { MAX_WAV_BYTES, SPEECH_TIMEOUT_MS, type Speech, type TtsProvider, type Voice } from './tts.ts'

const REGIONS = [['north', 'miền Bắc'], ['central', 'miền Trung'], ['south', 'miền Nam']] as const
const VOICES: readonly Voice[] = REGIONS.map(([region, name]) => ({ id: `http-${region}`, name: `Giọng ${name} (dịch vụ)`, region }))

export interface HttpTtsSettings {
  /** Takes POST with JSON `{ text, voice, speed }` — voice: north, central or south; speed in percent — and answers a WAV file. */
  readonly url: string
  readonly timeoutMs?: number
}

/** Speech from a service of the province, or a bigger machine at the station. */
export function createHttpTts({ url, timeoutMs = SPEECH_TIMEOUT_MS }: HttpTtsSettings): TtsProvider {
  const queue = createJobQueue(2, 200)
  const ask = async (body: string, signal: AbortSignal): Promise<Speech> => {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'audio/wav' }, body, signal })
    if (!answer.ok) {
      await answer.body?.cancel()
      return refuse('failed', `the speech service answered ${answer.status}`)
    }
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length
      if (bytes > MAX_WAV_BYTES) return refuse('bad-text', 'the text is too long to be spoken in one piece: cut it into parts')
      chunks.push(chunk)
    }
    const wav = soundWav(Buffer.concat(chunks))
    return wav ? ok(wav) : refuse('failed', 'the speech service answered something that is no WAV file')
  }
  return {
    identity: () => Promise.resolve(`http ${url}`),
    listVoices: () => Promise.resolve(VOICES),
    async synthesize(text, { voice, speed = 100, signal }) {
      const known = VOICES.find((one) => one.id === voice)
      if (!known) return refuse('unknown-voice', `there is no voice "${voice.slice(0, 60)}"`)
      if (text.trim() === '') return refuse('bad-text', 'there is nothing to say')
      const timeout = AbortSignal.timeout(timeoutMs)
      try {
        const said = await queue.run(() => ask(JSON.stringify({ text, voice: known.region, speed }), signal ? AbortSignal.any([signal, timeout]) : timeout))
        return said ?? refuse('busy', 'too many texts are being spoken: try again in a minute')
      } catch (error) {
        if (signal?.aborted) return refuse('stopped', 'speaking the text was ended')
        if (timeout.aborted) return refuse('timed-out', 'the speech service did not answer in time')
        return refuse('no-engine', `the speech service cannot be reached (${(error as Error).message})`)
      }
    },
  }
}
