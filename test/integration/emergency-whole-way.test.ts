import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { BoardView, EmergencyView } from '../../server/features/emergencies/messages.ts'
import { startLiveServer, type LiveServer } from '../support/live-server.ts'
import type { Box } from '../support/box.ts'
import { levels, readRecording, spansAt } from '../support/recording.ts'
import { sleep } from '../support/sound-rig.ts'

/** In step and within seconds; the machine that tests may be busy. */
const LATE_MS = 3_000
const FIFTEEN_WORDS = 'Nước sông lên nhanh, bà con thôn Đông đưa người già và trẻ em lên nhà văn hóa ngay.'

let live: LiveServer
let boxes: (Box & { readonly identity: { readonly cluster: string } })[] = []
const work = mkdtempSync(join(tmpdir(), 'tl-whole-'))
t.before(async () => {
  live = await startLiveServer()
  boxes = [await live.enrolBox('Thôn Đông'), await live.enrolBox('Thôn Đoài')]
  const pinned = live.server.stores.programmes.all().filter((p) => p.kind === 'chime').length
  for (let n = 0; n < 300; n++) {
    const held = boxes.map((box) => live.server.stores.presence.byCluster(box.identity.cluster)?.held ?? 0)
    if (held.every((count) => count >= pinned)) return
    await sleep(200)
  }
  throw new Error('the clusters did not fetch what is pinned')
})
t.teardown(async () => {
  for (const box of boxes) await box.stop(true)
  await live.stop()
  rmSync(work, { recursive: true })
})

async function raise(over: object): Promise<EmergencyView & { readonly answeredAt: number }> {
  const reply = await live.ask('POST /emergencies', { title: 'Vỡ đê', targets: 'all', drill: false, times: 1, gapSeconds: 0, volume: 100, ...over })
  if (reply.status !== 201) throw new Error(JSON.stringify(reply.body))
  return { ...(reply.body as EmergencyView), answeredAt: Date.now() }
}
const board = async (id: string): Promise<BoardView> => (await live.ask(`GET /emergencies/${id}/board`)).body as BoardView
async function untilVerdict(id: string, verdict: string, withinMs: number): Promise<BoardView> {
  const end = Date.now() + withinMs
  for (;;) {
    const now = await board(id)
    if (now.rows.every((row) => row.verdict === verdict) || Date.now() > end) return now
    await sleep(100)
  }
}
const spanAt = (box: Box, at: number): { fromMs: number; toMs: number } | undefined => spansAt(box.wav, 1_500).find((span) => span.toMs > at)
const loudest = (box: Box, from: number, to: number): number => {
  const recording = readRecording(box.wav)
  return Math.max(...levels(recording.pcm).slice(Math.max(0, Math.round((from - recording.startedAtMs) / 5)), Math.round((to - recording.startedAtMs) / 5)))
}

t.test('a pinned clip sounds everywhere from the instant that the order names, and the board says so', async (t) => {
  const raised = await raise({ messages: [{ programme: 'bao-yen' }] })
  const startAt = Date.parse(raised.startAt)
  const sounding = await untilVerdict(raised.id, 'sounding', 10_000)
  t.same(sounding.counts, { sounding: 2 })
  for (const row of sounding.rows) t.ok(Math.abs(Date.parse(row.at) - startAt) < LATE_MS, `${row.name} says so from ${Date.parse(row.at) - startAt} ms after the start`)
  const finished = await untilVerdict(raised.id, 'finished', 40_000)
  t.same(finished.counts, { finished: 2 })
  const spans = boxes.map((box) => spanAt(box, startAt))
  for (const span of spans) t.ok(Math.abs((span?.fromMs ?? 0) - startAt) < 500, `sound began ${Math.round((span?.fromMs ?? 0) - startAt)} ms after the instant named`)
  t.ok(Math.abs((spans[0]?.fromMs ?? 0) - (spans[1]?.fromMs ?? 1e9)) < 40, 'both together')
})

t.test('spoken text: tone within three seconds, words behind it, cancelled in the middle, corrected where it sounded', async (t) => {
  const asked = Date.now()
  const raised = await raise({ messages: [{ text: FIFTEEN_WORDS }], times: 3 })
  const startAt = Date.parse(raised.startAt)
  t.equal((await untilVerdict(raised.id, 'sounding', 15_000)).counts['sounding'], 2)
  for (let n = 0; n < 150 && !((await live.ask(`GET /emergencies/${raised.id}`)).body as EmergencyView).prepared; n++) await sleep(100)
  const record = live.server.stores.emergencies.byId(raised.id)
  const tones = (record?.course.tones ?? 1) * (record?.course.tone?.ms ?? 0)
  const wordsFrom = (record?.startAt ?? 0) + tones
  await sleep(wordsFrom + 3_000 - Date.now())
  for (const box of boxes) {
    t.ok((spanAt(box, startAt)?.fromMs ?? Infinity) - asked < 2_000 + LATE_MS, 'the tone is there')
    t.ok(loudest(box, wordsFrom + 500, wordsFrom + 2_500) > -30, 'the words sound behind the tone')
  }
  const cancelled = Date.now()
  t.equal((await live.ask(`POST /emergencies/${raised.id}/cancel`, { reason: 'báo nhầm' })).status, 200)
  const end = Date.now() + 20_000
  while ((await board(raised.id)).rows.some((row) => row.correctedAt === null) && Date.now() < end) await sleep(200)
  const after = await board(raised.id)
  t.ok(after.rows.every((row) => row.correctedAt !== null), 'the correction sounds on both')
  for (const box of boxes) {
    const span = spansAt(box.wav, 400).find((one) => one.toMs > cancelled)
    t.ok((span?.toMs ?? Infinity) - cancelled < LATE_MS, `silent ${Math.round((span?.toMs ?? Infinity) - cancelled)} ms after the cancel`)
  }
})

t.test('a local stop silences one place, and the other goes on', async (t) => {
  await sleep(8_000)
  const [east, west] = boxes
  if (!east || !west) throw new Error('no boxes')
  const raised = await raise({ messages: [{ programme: 'bao-yen' }], times: 3 })
  t.equal((await untilVerdict(raised.id, 'sounding', 10_000)).counts['sounding'], 2)
  await sleep(2_000)
  const stopped = Date.now()
  t.equal((await live.ask(`POST /emergencies/${raised.id}/local-stop`, { targets: { clusters: [west.identity.cluster] }, reason: 'không phải xã tôi' })).status, 200)
  await sleep(LATE_MS + 1_000)
  const now = await board(raised.id)
  t.match(now.rows.find((row) => row.name === 'Thôn Đoài'), { verdict: 'ended', stopped: { reason: 'không phải xã tôi' } })
  t.equal(now.rows.find((row) => row.name === 'Thôn Đông')?.verdict, 'sounding')
  t.ok(loudest(west, stopped + LATE_MS, stopped + LATE_MS + 800) < -60)
  t.ok(loudest(east, stopped + LATE_MS, stopped + LATE_MS + 800) > -40)
})
