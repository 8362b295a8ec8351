import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance } from 'fastify'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createFfmpeg } from '../../server/adapters/ffmpeg.ts'
import { createMediaStore } from '../../server/adapters/media-store.ts'
import { createEspeak, type TtsProvider } from '../../server/adapters/tts.ts'
import { speakToMedia, speechKey } from '../../server/features/programmes/plugin.ts'
import { speechDictionary, speechPlugin } from '../../server/features/speech/plugin.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { asAdministrator } from '../support/as-administrator.ts'
import { serverWorld, type ServerWorld } from '../support/server-world.ts'

interface SpeechWorld extends ServerWorld {
  readonly http: FastifyInstance
  readonly spoken: string[]
  readonly sounds: Parameters<typeof speakToMedia>[0]
}

async function speechWorld(t: Test): Promise<SpeechWorld> {
  const world = await serverWorld(t)
  const store = createMediaStore(join(world.folder, 'media'))
  await store.start()
  const espeak = createEspeak()
  const spoken: string[] = []
  const tts: TtsProvider = { ...espeak, synthesize: (text, options) => (spoken.push(text), espeak.synthesize(text, options)) }
  const sounds = { ffmpeg: createFfmpeg(), store, tts, dictionary: speechDictionary(world.deps.stores.meta) }
  const http = Fastify().withTypeProvider<TypeBoxTypeProvider>()
  asAdministrator(http)
  await http.register(speechPlugin({ ...world.deps, sounds }), { prefix: '/api/v1' })
  t.teardown(async () => {
    await http.close()
    await store.stop()
  })
  return { ...world, http, spoken, sounds }
}
const put = (http: FastifyInstance, entries: object[]) => http.inject({ method: 'PUT', url: '/api/v1/speech/dictionary', payload: { entries } })

t.test('a text can be heard before it is used, as the station says it', async (t) => {
  const { http } = await speechWorld(t)
  t.same((await http.inject('/api/v1/speech/dictionary')).json(), { entries: [] })
  t.equal((await put(http, [{ written: 'Xuân Trường', spoken: 'Xuân Chường' }])).statusCode, 200)
  const answer = await http.inject({ method: 'POST', url: '/api/v1/speech/preview', payload: { text: 'UBND xã Xuân Trường, 7h30', voice: 'vi-vn-x-south' } })
  t.equal(answer.statusCode, 200)
  const body = answer.json<{ spoken: string; wav: string; instead: null }>()
  t.match(body, { spoken: 'Uỷ ban nhân dân xã Xuân Chường, bảy giờ ba mươi phút', voice: 'vi-vn-x-south', instead: null })
  const wav = Buffer.from(body.wav, 'base64')
  t.equal(wav.toString('latin1', 0, 4), 'RIFF')
  t.ok(wav.length > 30_000)
  t.equal((await http.inject({ method: 'POST', url: '/api/v1/speech/preview', payload: { text: 'a', voice: 'none' } })).statusCode, 422)
  t.equal((await http.inject({ method: 'POST', url: '/api/v1/speech/preview', payload: { text: '***' } })).statusCode, 422)
  t.match((await http.inject('/api/v1/speech/voices')).json(), [{ region: 'north' }, { region: 'central' }, { region: 'south' }])
})

t.test('the same text, voice, speed and dictionary are spoken once', async (t) => {
  const { http, sounds, spoken } = await speechWorld(t)
  const say = (text: string, more: object = {}) => speakToMedia(sounds, { text, ...more })
  const [first, again] = [await say('Họp thôn Đạ Huoai'), await say('Họp thôn Đạ Huoai')]
  t.ok(first.ok && again.ok && first.value.sha === again.value.sha)
  t.equal(spoken.length, 1)
  await say('Họp thôn Đạ Huoai', { speed: 120 })
  await say('Họp thôn Đạ Huoai', { voice: 'vi-vn-x-south' })
  t.equal(spoken.length, 3)
  await put(http, [{ written: 'Đạ Huoai', spoken: 'Đạ Hoai' }])
  await say('Họp thôn Đạ Huoai')
  t.same([spoken.length, spoken.at(-1)], [4, 'Họp thôn Đạ Hoai'], 'another dictionary is another text')
})

t.test('what another engine had to speak is not kept for the one that was asked', async (t) => {
  const { sounds, spoken } = await speechWorld(t)
  const tts: TtsProvider = { ...sounds.tts, synthesize: async (text, options) => {
    const said = await sounds.tts.synthesize(text, options)
    return said.ok ? { ...said, instead: { engine: 'espeak-ng', why: 'away' } } : said
  } }
  for (let n = 0; n < 2; n++) await speakToMedia({ ...sounds, tts }, { text: 'Một hai ba' })
  t.equal(spoken.length, 2)
})

t.test('a new word in the dictionary is heard in the timetable, and never silence in between', async (t) => {
  const { http, sounds, deps, told } = await speechWorld(t)
  const { programmes, sessions } = deps.stores
  const item = { speak: 'Mời bà con thôn Đạ Huoai đi họp' }
  const session: Session = { id: 'hop', name: 'Họp', at: '17:00', until: '17:10', days: 'daily', targets: 'all', items: [item] }
  sessions.put(session, deps.clock.wall())
  const key = speechKey(deps.crypto, { text: item.speak })
  const made = await speakToMedia(sounds, { text: item.speak })
  if (!made.ok) return t.fail(made.why)
  const { sha, bytes, durationMs } = made.value
  programmes.insert({ id: 'old', name: item.speak, folder: '', sha, bytes, ms: Math.round(durationMs), lufs: -16, truePeak: -2, peaks: new Uint8Array(), kind: 'speech', music: false, key, createdAt: deps.clock.wall() })
  await put(http, [{ written: 'khác', spoken: 'khác nữa' }])
  await put(http, [{ written: 'Đạ Huoai', spoken: 'Đạ Hoai' }])
  let now = programmes.byKey(key)
  for (let n = 0; n < 600 && now?.id === 'old'; n++) {
    await new Promise((done) => setTimeout(done, 50))
    now = programmes.byKey(key)
  }
  t.ok(now, 'there is always one')
  t.not(now?.sha, sha)
  t.match(now, { name: item.speak, kind: 'speech', key })
  await new Promise((done) => setTimeout(done, 100))
  t.same(told, ['timetable'], 'clusters are told once, and only when something sounds different')
})
