import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { BoardView, EmergencyView, RaisedView } from '../../server/features/emergencies/messages.ts'
import { BACK_WITHIN_MS } from '../../server/core/emergency-voice.ts'
import { wavFile } from '../../server/core/tones.ts'
import { startLiveServer, type LiveServer } from '../support/live-server.ts'
import type { Box } from '../support/box.ts'
import { bytesOf, pause, speaker, tone, type TestSpeaker } from '../support/mic-world.ts'
import { until } from '../support/mqtt-client.ts'
import { readRecording } from '../support/recording.ts'
import { ROOT } from '../support/tree.ts'

/** In step and within seconds; the machine that tests may be busy. */
const LATE_MS = 3_000
const TONE_MS = 4_800
/** A word: a sound that no siren and no chime makes. */
const WORD_HZ = 2_400
const WORD_MS = 400
const REST_MS = 200

t.setTimeout(240_000)

let live: LiveServer
let boxes: (Box & { readonly identity: { readonly cluster: string } })[] = []
t.before(async () => {
  live = await startLiveServer()
  boxes = [await live.enrolBox('Thôn Đông'), await live.enrolBox('Thôn Đoài'), await live.enrolBox('Thôn Trung')]
  const pinned = live.server.stores.programmes.all().filter((p) => p.kind === 'chime').length
  const allHeld = (): boolean => boxes.every((box) => (live.server.stores.presence.byCluster(box.identity.cluster)?.held ?? 0) >= pinned)
  if (!(await until(allHeld, 60_000))) throw new Error('the clusters did not fetch what is pinned')
})
t.teardown(async () => {
  for (const box of boxes) await box.stop(true)
  await live.stop()
})

async function raise(over: object = {}): Promise<RaisedView> {
  const reply = await live.ask('POST /emergencies', { title: 'Vỡ đê', targets: 'all', drill: false, volume: 100, messages: [{ microphone: true, language: 'vi' }], ...over })
  if (reply.status !== 201) throw new Error(JSON.stringify(reply.body))
  return reply.body as RaisedView
}
const view = async (id: string): Promise<EmergencyView> => (await live.ask(`GET /emergencies/${id}`)).body as EmergencyView
const board = async (id: string): Promise<BoardView> => (await live.ask(`GET /emergencies/${id}/board`)).body as BoardView
async function untilAsked<T>(ask: () => Promise<T>, fits: (answer: T) => boolean, ms: number): Promise<T> {
  for (const end = Date.now() + ms; ; await pause(100)) {
    const answer = await ask()
    if (fits(answer) || Date.now() > end) return answer
  }
}
const untilView = (id: string, fits: (now: EmergencyView) => boolean, ms: number): Promise<EmergencyView> => untilAsked(() => view(id), fits, ms)

/** Opens the microphone of an emergency, as the page does: by its ticket. */
async function takeMicrophone({ id, microphone }: RaisedView): Promise<TestSpeaker> {
  if (!microphone) throw new Error('no ticket')
  const who = await speaker({ url: live.server.url }, {}, `?ticket=${encodeURIComponent(microphone.ticket)}`)
  who.tell({ t: 'speak', emergency: id, format: 'pcm48' })
  await who.answer('started')
  who.tell({ t: 'talk' })
  return who
}
/** Sends silence until the page says "speak", then so many words; answers the wall time of the first. */
async function say(who: TestSpeaker, words: number): Promise<number> {
  const from = performance.now()
  let [frame, spoken, firstAt] = [0, -1, 0]
  const frames = (WORD_MS + REST_MS) / 20
  while (spoken < words * frames) {
    const state = who.answers.findLast((answer) => answer.t === 'state')
    if (spoken >= 0) spoken++
    else if (state?.t === 'state' && state.speakInMs === 0) [spoken, firstAt] = [0, Date.now()]
    const isWord = spoken >= 0 && spoken % frames < WORD_MS / 20
    who.sound(bytesOf(isWord ? tone(WORD_HZ, frame * 960) : new Int16Array(960)))
    frame++
    await pause(Math.max(0, from + frame * 20 - performance.now()))
  }
  return firstAt
}

const BLOCK_MS = 5
/** Wall times of all that sounds of words in what a box played, each BLOCK_MS long. A busy machine makes holes in what is said; it loses none. */
function wordsOf(box: Box, from: number): number[] {
  const { pcm, startedAtMs } = readRecording(box.wav)
  const found: number[] = []
  const block = BLOCK_MS * 48
  for (let at = Math.max(0, Math.round((from - startedAtMs) * 48)); at + block <= pcm.length; at += block) {
    let [re, im, all] = [0, 0, 0]
    for (let i = 0; i < block; i++) {
      const x = pcm[at + i] ?? 0
      const angle = (2 * Math.PI * WORD_HZ * (at + i)) / 48_000
      re += x * Math.cos(angle)
      im += x * Math.sin(angle)
      all += x * x
    }
    const power = (2 * (re * re + im * im)) / block
    if (power / block > 300 ** 2 && power > 0.5 * all) found.push(startedAtMs + at / 48)
  }
  return found
}
/** As many words as were said, by the time that they sound. */
const isWhole = (words: readonly number[], said: number): boolean => Math.abs(words.length * BLOCK_MS - said * WORD_MS) <= 0.1 * said * WORD_MS
const spoken = (words: readonly number[]): string => `${words.length * BLOCK_MS} ms of words`
const levelDb = (box: Box, from: number, ms: number): number => {
  const { pcm, startedAtMs } = readRecording(box.wav)
  const piece = pcm.subarray(Math.max(0, Math.round((from - startedAtMs) * 48)), Math.max(0, Math.round((from + ms - startedAtMs) * 48)))
  return 20 * Math.log10(Math.sqrt(piece.reduce((sum, x) => sum + x * x, 0) / Math.max(1, piece.length)) / 32_768 + 1e-9)
}

t.test('what is said into the microphone follows the tone on every cluster, in step, without the loss of a word', async (t) => {
  const raised = await raise()
  t.match(raised, { prepared: true, voice: { open: false, endsAt: null, ended: null }, microphone: { ticket: String } })
  t.ok(live.server.stores.emergencies.byId(raised.id), 'accepted before anybody speaks')
  const startAt = Date.parse(raised.startAt)
  const who = await takeMicrophone(raised)
  await who.answer('state', ({ state, total }) => state === 'on-air' && total === 3)
  t.match(await view(raised.id), { voice: { open: true } })
  const firstAt = await say(who, 6)
  who.tell({ t: 'end' })
  const ended = await untilView(raised.id, ({ endedAt }) => endedAt !== null, 20_000)
  t.match(ended, { endedBecause: 'finished', voice: { open: false, ended: { code: 'spoken', vi: /\S/ } } })
  t.match((await board(raised.id)).counts, { finished: 3 })
  await who.closed()

  const lastWord = Date.parse(ended.voice?.endsAt ?? '')
  const heard = boxes.map((box) => wordsOf(box, startAt))
  for (const [n, box] of boxes.entries()) {
    t.ok(levelDb(box, startAt + 2_500, 2_000) > -30, 'the attention tone sounds')
    const words = heard[n] ?? []
    t.ok(isWhole(words, 6), `every word is heard: ${spoken(words)}`)
    const first = words[0] ?? 0
    t.ok(first >= startAt + TONE_MS - 10, `the first word ${Math.round(first - startAt - TONE_MS)} ms behind the tone`)
    t.ok(first - firstAt < 1_500 + LATE_MS, `out ${Math.round(first - firstAt)} ms after it was said`)
    t.ok(levelDb(box, lastWord + 100, 1_500) > -40, 'the closing chime')
    t.ok(levelDb(box, lastWord + 3_500, 500) < -60, 'and silence')
  }
  const lags = [1, 2].flatMap((n) => [0, -1].map((edge) => Math.abs((heard[n]?.at(edge) ?? 0) - (heard[0]?.at(edge) ?? 1e9))))
  t.ok(Math.max(...lags) < 40, `in step: ${Math.max(...lags).toFixed(1)} ms`)
  t.comment(`first word ${Math.round((heard[0]?.[0] ?? 0) - firstAt)} ms after it was said; largest lag between clusters ${Math.max(...lags).toFixed(1)} ms`)
  t.ok(await until(() => live.server.stores.programmes.all().some((p) => p.folder === 'Thông báo khẩn' && p.name.startsWith('Vỡ đê')), 20_000), 'what was said is kept')
})

t.test('a page that dies: silence, and its speaker may come back; who does not ends it, and the board says why', async (t) => {
  const raised = await raise({ drill: true })
  const startAt = Date.parse(raised.startAt)
  const who = await takeMicrophone(raised)
  const { token } = await who.answer('started')
  await say(who, 2)
  who.cut()
  await pause(1_500)
  const back = await speaker({ url: live.server.url }, { authorization: `Bearer ${live.server.token}` })
  back.tell({ t: 'resume', token, format: 'pcm48' })
  await back.answer('started')
  back.tell({ t: 'talk' })
  await say(back, 3)
  back.cut()
  const cutAt = Date.now()
  const ended = await untilView(raised.id, ({ endedAt }) => endedAt !== null, BACK_WITHIN_MS + 20_000)
  t.match(ended, { endedBecause: 'no-voice', voice: { open: false, ended: { code: 'link-lost', vi: /Mất kết nối/ } } })
  const overAt = Date.parse(ended.voice?.endsAt ?? '')
  t.ok(overAt - cutAt >= BACK_WITHIN_MS - 1_000 && overAt - cutAt < BACK_WITHIN_MS + 5_000, `ended ${overAt - cutAt} ms after the page died`)
  for (const box of boxes) {
    t.ok(isWhole(wordsOf(box, startAt), 5), `all that was said: ${spoken(wordsOf(box, startAt))}`)
    t.ok(levelDb(box, cutAt + 4_000, 5_000) < -60, 'silence while it is waited for')
    t.ok(levelDb(box, overAt + 100, 1_500) > -40, 'closed with the chime')
  }
})

t.test('a local stop silences one place under the voice; a cancel ends it, corrected where it sounded', async (t) => {
  const raised = await raise()
  const startAt = Date.parse(raised.startAt)
  const who = await takeMicrophone(raised)
  const saying = say(who, 30)
  await pause(startAt + TONE_MS + 2_500 - Date.now())
  const stopped = Date.now()
  const west = boxes[1]
  t.equal((await live.ask(`POST /emergencies/${raised.id}/local-stop`, { targets: { clusters: [west?.identity.cluster] }, reason: 'không phải xã tôi' })).status, 200)
  await pause(LATE_MS + 1_500)
  t.same((await board(raised.id)).counts, { sounding: 2, ended: 1 })
  for (const box of boxes) {
    const level = levelDb(box, stopped + LATE_MS, 1_200)
    t.ok(box === west ? level < -60 : level > -40, `${box === west ? 'silent' : 'goes on'}: ${level} dBFS`)
  }
  const cancelled = Date.now()
  t.equal((await live.ask(`POST /emergencies/${raised.id}/cancel`, { reason: 'báo nhầm' })).status, 200)
  t.match(await who.answer('problem'), { code: 'ended-elsewhere', fatal: true })
  const corrected = ({ rows }: BoardView): number => rows.filter((row) => row.correctedAt !== null).length
  t.equal(corrected(await untilAsked(() => board(raised.id), (now) => corrected(now) === 3, 20_000)), 3, 'corrected everywhere: all have heard some of it')
  const [east] = boxes
  t.ok(east && wordsOf(east, cancelled + LATE_MS).length === 0, 'no word of it any more')
  who.cut()
  await Promise.allSettled([saying])
})

t.test('raised and spoken from the command line: the recording waits for the end of the tone', { timeout: 90_000 }, async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'tin.wav')
  const rests = (n: number): boolean => n % ((WORD_MS + REST_MS) * 48) < WORD_MS * 48
  writeFileSync(file, wavFile(Float32Array.from({ length: 48_000 * 3 }, (_, n) => (rests(n) ? 0.2 * Math.sin((2 * Math.PI * WORD_HZ * n) / 48_000) : 0)), 48_000))
  const from = Date.now()
  const args = ['--import', 'tsx', 'scripts/speak.ts', '--targets', 'all', '--emergency', 'drill', '--title', 'Diễn tập lũ', '--file', file]
  const child = spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, TL_SERVER: live.server.url, TL_TOKEN: live.server.token }, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  t.equal(await new Promise((done) => child.once('exit', done)), 0, said)
  t.match(said, /DIỄN TẬP \w+: 3 cụm[\s\S]*ĐANG LÊN SÓNG[\s\S]*Đã kết thúc/)
  for (const box of boxes) t.ok(isWhole(wordsOf(box, from), 5), `every word of it: ${spoken(wordsOf(box, from))}`)
})
