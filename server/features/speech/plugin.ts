import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type, type Static } from 'typebox'
import type { Log } from '../../../shared/core/log.ts'
import { accepted, answer, refusals, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import { applyDictionary, SpeechDictionary } from '../../core/speech-dictionary.ts'
import { speechText } from '../../core/speech-text.ts'
import type { Stores } from '../../core/stores.ts'
import { keepDictionary, respeak, speechDictionary, type RespeakDeps } from './dictionary.ts'

export { speechDictionary } from './dictionary.ts'

export interface SpeechDeps extends RespeakDeps {
  readonly stores: Pick<Stores, 'programmes' | 'sessions' | 'meta'>
  readonly log: Log
}

/** About a minute: what a person listens to before it goes into the timetable. */
const MAX_PREVIEW = 1_000
const Preview = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: MAX_PREVIEW, pattern: '\\S', description: `1 to ${MAX_PREVIEW} characters, not only spaces` }),
    voice: Type.Optional(Type.String({ maxLength: 60 })),
    /** Percent. */
    speed: Type.Optional(Type.Integer({ minimum: 50, maximum: 200 })),
  },
  { additionalProperties: false },
)
const PreviewView = Type.Object({
  spoken: Type.String({ description: 'the text as it is said' }),
  voice: Type.String(),
  instead: Type.Union([Type.Object({ engine: Type.String(), en: Type.String(), vi: Type.String() }), Type.Null()], { description: 'set where another engine had to speak' }),
  wav: Type.String({ description: 'a WAV file in base64' }),
})
const VoiceView = Type.Object({ id: Type.String(), name: Type.String(), region: Type.String() })

const NO_VOICE: Refusal = { status: 422, code: 'no-voice', field: '/voice', en: 'There is no such voice: choose one of GET /api/v1/speech/voices.', vi: 'Không có giọng đọc này: xin chọn trong danh sách giọng đọc.' }
const NOTHING_TO_SAY: Refusal = { status: 422, code: 'bad-text', field: '/text', en: 'Nothing of this text can be said: write words.', vi: 'Văn bản không có gì để đọc: xin nhập lại.' }
const NOT_SPOKEN: Refusal = { status: 503, code: 'speech-failed', en: 'The text could not be spoken now: try again in a minute.', vi: 'Chưa đọc được văn bản: xin thử lại sau một phút.' }

async function preview({ sounds, stores, log }: SpeechDeps, order: Static<typeof Preview>): Promise<Outcome<Static<typeof PreviewView>>> {
  const voices = await sounds.tts.listVoices()
  const voice = order.voice === undefined ? voices[0] : voices.find((one) => one.id === order.voice)
  if (!voice) return refused(NO_VOICE)
  const spoken = speechText(applyDictionary(order.text, speechDictionary(stores.meta)()), voice.region)
  if (spoken === '') return refused(NOTHING_TO_SAY)
  const said = await sounds.tts.synthesize(spoken, { voice: voice.id, ...(order.speed === undefined ? {} : { speed: order.speed }) })
  if (!said.ok) {
    log.warn({ code: said.code, why: said.why }, 'a text could not be spoken')
    return refused(NOT_SPOKEN)
  }
  const { instead } = said
  return accepted({
    spoken, voice: voice.id, wav: Buffer.from(said.value).toString('base64'),
    instead: instead ? { engine: instead.engine, en: `${voice.name} failed, ${instead.engine} spoke instead: ${instead.why}.`, vi: `${voice.name} chưa đọc được, tạm dùng giọng ${instead.engine}.` } : null,
  })
}

/** How the station says its own words, and a way to hear a text before it is used. Belongs below `/api/v1`. */
export const speechPlugin =
  (deps: SpeechDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const tags = ['speech']
    const dictionary = speechDictionary(deps.stores.meta)
    app.get('/speech/voices', { config: { action: 'station.read' }, schema: { tags, summary: 'Voices that can read a text', response: { 200: Type.Array(VoiceView), ...refusals } } }, async () => [...(await deps.sounds.tts.listVoices())])
    app.get('/speech/dictionary', { config: { action: 'station.read' }, schema: { tags, summary: 'How this station says its own words', response: { 200: SpeechDictionary, ...refusals } } }, () => dictionary())
    app.put('/speech/dictionary', { config: { action: 'speech.write', wholeStation: true }, schema: { tags, summary: 'Replace the dictionary; texts of the timetable that sound different are spoken anew', body: SpeechDictionary, response: { 200: SpeechDictionary, ...refusals } } }, (request) => {
      const before = dictionary()
      const after = request.body
      deps.decide({ actor: request.who.actor, action: 'speech.dictionary', subject: 'dictionary', detail: after }, () => keepDictionary(deps.stores.meta, after))
      respeak(deps, before, after).catch((error: unknown) => deps.log.error({ error: String(error) }, 'texts were not spoken anew'))
      return after
    })
    app.post('/speech/preview', { config: { action: 'speech.write' }, schema: { tags, summary: 'Hear a text as it would be read', body: Preview, response: { 200: PreviewView, ...refusals } } }, async (request, reply) => answer(reply, await preview(deps, request.body)))
  }
