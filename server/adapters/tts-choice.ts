import type { Log } from '../../shared/core/log.ts'
import { createHttpTts } from './tts-http.ts'
import { createSherpa } from './tts-sherpa.ts'
import { createEspeak, type TtsProvider } from './tts.ts'

export interface TtsSettings {
  /** `espeak`, `sherpa:/folder/of/a/model` or `http(s)://…`; null = espeak. */
  readonly engine: string | null
  readonly log: Log
  /** Other programs in place of those on the path. */
  readonly programs?: { readonly espeak?: string; readonly sherpa?: string }
}

/** Refusals that another engine would give as well, or that a person meant. */
const FINAL: ReadonlySet<string> = new Set(['bad-text', 'stopped', 'unknown-voice'])

/**
 * The station's voice. Where another engine than espeak-ng is configured and fails, espeak-ng speaks in a voice of the same region
 * instead, and the result says so: a warning must not wait for a service. Its own voices can be asked for at any time.
 */
export function createTts({ engine, log, programs = {} }: TtsSettings): TtsProvider {
  const espeak = createEspeak(programs.espeak === undefined ? {} : { program: programs.espeak })
  const folder = /^sherpa:(.+)$/.exec(engine ?? '')?.[1]
  if (engine === null || engine === 'espeak') return espeak
  const first = folder === undefined ? createHttpTts({ url: engine }) : createSherpa({ folder, ...(programs.sherpa === undefined ? {} : { program: programs.sherpa }) })
  return {
    identity: async () => `${await first.identity()}, ${await espeak.identity()}`,
    listVoices: async () => [...(await first.listVoices()), ...(await espeak.listVoices())],
    async synthesize(text, options) {
      const wanted = (await first.listVoices()).find((voice) => voice.id === options.voice)
      if (!wanted) return espeak.synthesize(text, options)
      const said = await first.synthesize(text, options)
      if (said.ok || FINAL.has(said.code)) return said
      log.warn({ engine, code: said.code, why: said.why }, 'the configured voice failed, espeak-ng speaks instead')
      const stand = (await espeak.listVoices()).find((voice) => voice.region === wanted.region)
      const instead = await espeak.synthesize(text, { ...options, voice: stand?.id ?? 'vi' })
      return instead.ok ? { ...instead, instead: { engine: await espeak.identity(), why: said.why } } : said
    },
  }
}
