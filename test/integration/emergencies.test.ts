import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { BoardView, EmergencyView } from '../../server/features/emergencies/messages.ts'
import { orderOf, startAlertPair } from '../support/alert-pair.ts'
import type { Reply } from '../support/live-server.ts'
import { until } from '../support/mqtt-client.ts'
import { makeOpus, sleep } from '../support/sound-rig.ts'
import { form } from '../support/server-world.ts'

const work = mkdtempSync(join(tmpdir(), 'tl-emergency-'))
const SIREN = join(work, 'siren.ogg')
makeOpus(SIREN, 'sine=frequency=700:duration=3')
const SIXTY_WORDS =
  'Ủy ban nhân dân xã thông báo khẩn. Nước sông đang lên rất nhanh, đê bao thôn Đông có nguy cơ vỡ. Đề nghị bà con thôn Đông và thôn Đoài đưa người già, trẻ em và tài sản lên nhà văn hóa xã ngay bây giờ. Không quay lại lấy đồ. Ai cần thuyền cứu hộ xin gọi số điện thoại của xã đội.'
/** What is made in two seconds on an idle machine may take long on a busy one. */
const MADE_MS = 60_000

const { live, east, west, raise, stop } = await startAlertPair()
t.teardown(async () => {
  await stop()
  rmSync(work, { recursive: true })
})

const errorOf = ({ body }: Reply): { code: string; en: string; vi: string } => (body as { error: { code: string; en: string; vi: string } }).error
const board = async (id: string): Promise<BoardView> => (await live.ask(`GET /emergencies/${id}/board`)).body as BoardView
const verdicts = async (id: string): Promise<Record<string, string>> => Object.fromEntries((await board(id)).rows.map((row) => [row.name, row.verdict]))

t.test('a stored clip is ordered from every cluster at once, pinned sounds by their names, 0.7 s after acceptance', async (t) => {
  const at = Date.now()
  const raised = await raise({ danger: 9, times: 2, gapSeconds: 3, volume: 80 })
  t.match(raised, { drill: false, label: null, clusters: 2, prepared: true, problem: null, endedAt: null })
  t.ok(await until(() => east.newest(raised.id) !== undefined && west.newest(raised.id) !== undefined))
  const [first] = east.orders(raised.id)
  t.match(first, { danger: 9, auth: 1, times: 2, gap: 3_000, vol: 80, ended: null, drill: false })
  t.equal(first?.parts.length, 2, 'the attention tone, then the message')
  for (const part of first?.parts ?? []) t.same(Object.keys(part).toSorted(), ['m', 'ms'], 'nothing has to be fetched')
  t.equal(first?.at, Date.parse(raised.startAt))
  t.equal(Date.parse(raised.startAt) - Date.parse(raised.acceptedAt), 700)
  t.ok((first?.at ?? 0) - at < 5_000)
  await live.ask(`POST /emergencies/${raised.id}/cancel`, { reason: 'thử xong', correction: null })
})

t.test('spoken text: the tone is ordered at once, the words follow in a newer revision, the sound behind the order', async (t) => {
  const raised = await raise({ messages: [{ text: SIXTY_WORDS }] })
  t.notOk(raised.prepared)
  t.equal(Date.parse(raised.startAt) - Date.parse(raised.acceptedAt), 2_000)
  t.ok(await until(() => east.orders(raised.id).length > 0))
  const [first] = east.orders(raised.id)
  t.equal(first?.parts.length, 1)
  t.equal(first?.lead, first?.parts[0]?.ms, 'the tone is no message')
  t.ok(await until(() => (east.newest(raised.id)?.parts.length ?? 0) > 1, MADE_MS), 'the words come')
  const last = east.newest(raised.id)
  const message = last?.parts.at(-1)
  t.ok((last?.rev ?? 0) > (first?.rev ?? 0))
  t.ok(last?.at === first?.at || (last?.parts.length ?? 0) === 2, 'in phase with the tone, or anew')
  const stream = message?.s ?? ''
  t.match(message, { m: /^[\w-]{43}$/, s: /^~[a-z0-9]+$/ })
  t.ok((message?.ms ?? 0) > 10_000 && (message?.b ?? 0) > 10_000)
  t.ok(await until(() => west.packets(stream).at(-1)?.last === true), 'the clip comes whole')
  for (const box of [east, west]) {
    const packets = box.packets(stream)
    t.same(packets.map((p) => p.seq), packets.map((_, n) => n), 'each packet once, in order')
    t.ok(packets.every((p) => p.clip))
    const whenOrdered = box.came.findIndex((one) => one.kind === 'order' && one.order.rev === last?.rev)
    t.ok(whenOrdered < box.came.findIndex((one) => one.kind === 'packet' && one.packet.stream === stream), 'the order before the sound')
  }
  t.match((await live.ask(`GET /emergencies/${raised.id}`)).body, { prepared: true, problem: null })
  await live.ask(`POST /emergencies/${raised.id}/cancel`, { reason: 'thử xong', correction: null })
})

t.test('a recording comes with the order: it is durable before it is accepted, and a file without sound is refused', async (t) => {
  const post = async (file: Buffer | string): Promise<Response> => {
    const { payload, headers } = form([{ name: 'order', value: JSON.stringify(orderOf({ messages: undefined })) }, { name: 'file', file: 'tin.ogg', value: file }])
    return fetch(`${live.server.url}/api/v1/emergencies`, { method: 'POST', headers: { authorization: `Bearer ${live.server.token}`, ...headers }, body: payload })
  }
  const refused = await post('this is no sound')
  t.equal(refused.status, 422)
  t.match(await refused.json(), { error: { code: 'not-audio', vi: /bản ghi âm/ } })
  const reply = await post(readFileSync(SIREN))
  t.equal(reply.status, 201)
  const { id } = (await reply.json()) as EmergencyView
  t.ok(await until(() => (east.newest(id)?.parts.length ?? 0) > 1, MADE_MS))
  t.ok(Math.abs((east.newest(id)?.parts.at(-1)?.ms ?? 0) - 3_000) < 250, 'as long as the recording')
  t.match((await live.ask(`GET /emergencies/${id}`)).body, { prepared: true, problem: null })
  await live.ask(`POST /emergencies/${id}/cancel`, { reason: 'thử xong', correction: null })
})

t.test('a live voice is a part of its own; it is never repeated', async (t) => {
  const { id } = await raise({ messages: [{ microphone: true, maxSeconds: 600 }], times: 5 })
  t.ok(await until(() => east.newest(id) !== undefined))
  t.match(east.newest(id), { times: 1, gap: 0, parts: [{ m: String }, { s: `~${id}0`, ms: 600_000 }] })
  await live.ask(`POST /emergencies/${id}/cancel`, { reason: 'thử xong', correction: null })
})

t.test('an exercise says so in every answer and order, sounds that it is one, and does not take the place of a real emergency', async (t) => {
  const real = await raise({ danger: 1 })
  const refused = await live.ask('POST /emergencies', orderOf({ drill: true, replaces: [real.id] }))
  t.equal(refused.status, 422)
  const drill = await raise({ drill: true, danger: 9, authority: 3 })
  t.match(drill, { drill: true, label: { vi: /DIỄN TẬP/ } })
  t.ok(await until(() => east.newest(drill.id) !== undefined))
  t.match(east.newest(drill.id), { drill: true, danger: 0, auth: 0 })
  t.equal(east.newest(drill.id)?.parts.length, 3, 'tone, "this is an exercise", message')
  for (const path of ['', '/board']) t.match(JSON.stringify((await live.ask(`GET /emergencies/${drill.id}${path}`)).body), /"drill":true/)
  t.match((await live.ask('GET /emergencies')).body, [{ id: drill.id, drill: true }, { id: real.id, drill: false }])
  t.equal((await live.ask('POST /emergencies/stop-all', { reason: 'thử xong' })).status, 200)
  t.same((await live.ask('GET /emergencies')).body, [], 'stop-all ends all of them')
  t.ok(await until(() => east.newest(drill.id)?.ended !== null && east.newest(real.id)?.ended !== null))
})

t.test('the board tells what each cluster said, and nothing else makes it sound', async (t) => {
  const events: string[] = []
  const { id } = await raise({ times: 1 })
  const abort = new AbortController()
  const stream = await fetch(`${live.server.url}/api/v1/emergencies/${id}/events`, { headers: { authorization: `Bearer ${live.server.token}` }, signal: abort.signal })
  t.match(stream.headers.get('content-type'), /event-stream/)
  const reading = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of stream.body ?? []) events.push(decoder.decode(chunk as Uint8Array))
  })().catch((error: unknown) => t.match(String(error), /abort/i))
  t.ok(await until(() => east.newest(id) !== undefined && west.newest(id) !== undefined))
  t.same(await verdicts(id), { 'Thôn Đông': 'ordered', 'Thôn Đoài': 'ordered' })
  const mine = east.newest(id)
  const theirs = west.newest(id)
  if (!mine || !theirs) throw new Error('no order')
  await east.answer(mine, 'received')
  await west.answer(theirs, 'failed', { why: 'sink-failed' })
  t.ok(await until(() => events.join('').includes('"failed"')), 'who looks on is told at once')
  t.same(await verdicts(id), { 'Thôn Đông': 'received', 'Thôn Đoài': 'failed' })
  await east.answer(mine, 'sounding')
  t.match((await board(id)).rows, [{ name: /./ }, { name: /./ }])
  await until(() => events.join('').includes('"sounding"'))
  const rows = (await board(id)).rows
  t.match(rows.find((row) => row.name === 'Thôn Đông'), { verdict: 'sounding', text: { vi: 'Đang phát ra loa.' } })
  t.match(rows.find((row) => row.name === 'Thôn Đoài'), { verdict: 'failed', why: { code: 'sink-failed', vi: /kỹ thuật viên/ } })
  // a cluster that is not its own cannot speak for it
  await east.answer({ ...mine, id: 'zzzzzzzzzz' }, 'sounding')
  await west.answer(theirs, 'sounding', { at: Date.now() })
  await east.answer(mine, 'finished', { at: Date.now() + 1 })
  await west.answer(theirs, 'finished', { at: Date.now() + 1 })
  t.ok(await until(() => events.join('').includes('"finished"')))
  for (let n = 0; n < 40 && ((await live.ask(`GET /emergencies/${id}`)).body as EmergencyView).endedAt === null; n++) await sleep(100)
  t.match((await live.ask(`GET /emergencies/${id}`)).body, { endedBecause: 'finished' }, 'when all have sounded it, it is finished')
  abort.abort()
  await reading
})

t.test('a cluster that hears nothing is unreached within thirty seconds, and is mended when it comes back and answers', async (t) => {
  await west.leave()
  const { id } = await raise({ expiresInMinutes: 5 })
  t.ok(await until(() => east.newest(id) !== undefined))
  await sleep(30_500)
  t.match(await verdicts(id), { 'Thôn Đoài': 'unreached' })
  await west.connect()
  t.ok(await until(() => west.newest(id) !== undefined), 'it is told when it says hello')
  const order = west.newest(id)
  if (order) await west.answer(order, 'sounding')
  await sleep(500)
  t.match(await verdicts(id), { 'Thôn Đoài': 'sounding' })
  await live.ask(`POST /emergencies/${id}/cancel`, { reason: 'thử xong', correction: null })
})

t.test('cancelling ends it everywhere and corrects it; with the stored words, with new ones, and after its end', async (t) => {
  const { id } = await raise()
  t.ok(await until(() => east.newest(id) !== undefined))
  const cancelled = await live.ask(`POST /emergencies/${id}/cancel`, { reason: 'báo nhầm' })
  t.match(cancelled, { status: 200, body: { endedBecause: 'cancelled', endedReason: 'báo nhầm' } })
  t.ok(await until(() => east.newest(id)?.ended !== null && west.newest(id)?.ended !== null))
  t.equal(east.newest(id)?.corr?.length, 2, 'the chime and the stored correction')
  t.ok((east.newest(id)?.exp ?? 0) > Date.now() + 20 * 3_600_000, 'also for those that come back much later')
  t.equal(errorOf(await live.ask(`POST /emergencies/${id}/cancel`, { reason: 'lần nữa' })).code, 'already-over')

  const spoken = await raise()
  t.equal((await live.ask(`POST /emergencies/${spoken.id}/cancel`, { reason: 'báo nhầm', correction: { text: 'Nước không lên. Bà con ở lại nhà.' } })).status, 200)
  t.ok(await until(() => east.newest(spoken.id)?.ended !== null), 'it is over at once')
  t.ok(await until(() => east.newest(spoken.id)?.corr !== undefined, MADE_MS), 'and corrected as soon as the words are made')
  t.ok(await until(() => east.packets(east.newest(spoken.id)?.corr?.at(-1)?.s ?? '').at(-1)?.last === true), 'which come in a burst')
  const corrected = east.newest(spoken.id)
  if (corrected) await east.answer(corrected, 'sounding', { slot: `a.${spoken.id}.c` })
  await sleep(600)
  t.ok((await board(spoken.id)).rows.find((row) => row.name === 'Thôn Đông')?.correctedAt, 'the board tells where the correction sounded')
})

t.test('one that replaces others is ordered before they end', async (t) => {
  const old = await raise({ danger: 3 })
  t.ok(await until(() => east.newest(old.id) !== undefined))
  const next = await raise({ danger: 3, replaces: [old.id] })
  t.ok(await until(() => east.newest(old.id)?.ended !== null))
  const place = (id: string, ended: boolean): number => east.came.findIndex((one) => one.kind === 'order' && one.order.id === id && (one.order.ended !== null) === ended)
  t.ok(place(next.id, false) < place(old.id, true))
  t.match((await live.ask(`GET /emergencies/${old.id}`)).body, { endedBecause: 'replaced', endedReason: next.id })
  t.equal(errorOf(await live.ask('POST /emergencies', orderOf({ replaces: ['khongco'] }))).code, 'no-such-emergency')
  await live.ask('POST /emergencies/stop-all', { reason: 'thử xong' })
})

t.test('a local stop ends it for one place only, with a reason that is shown at once', async (t) => {
  const { id } = await raise({ authority: 2 })
  t.ok(await until(() => east.newest(id) !== undefined && west.newest(id) !== undefined))
  const stopped = await live.ask(`POST /emergencies/${id}/local-stop`, { targets: { areas: ['24958'] }, reason: 'nước không về xã này' })
  t.equal(stopped.status, 200)
  t.ok(await until(() => east.newest(id)?.ended !== null))
  t.equal(east.newest(id)?.corr, undefined)
  t.equal(west.newest(id)?.ended, null, 'elsewhere it goes on')
  t.match((await board(id)).rows.find((row) => row.name === 'Thôn Đông'), { stopped: { reason: 'nước không về xã này', by: 'Quản trị' } })
  t.match((await live.ask(`GET /emergencies/${id}`)).body, { endedAt: null })
  t.equal(errorOf(await live.ask(`POST /emergencies/${id}/local-stop`, { targets: { areas: ['24958'] }, reason: 'lần nữa' })).code, 'no-clusters')
  await live.ask('POST /emergencies/stop-all', { reason: 'thử xong' })
})

t.test('the same request twice is one emergency; the same key for another one is refused', async (t) => {
  const ask = async (title: string): Promise<Reply> => {
    const answer = await fetch(`${live.server.url}/api/v1/emergencies`, {
      method: 'POST', headers: { authorization: `Bearer ${live.server.token}`, 'content-type': 'application/json', 'idempotency-key': 'dien-thoai-7' }, body: JSON.stringify(orderOf({ title })),
    })
    return { status: answer.status, body: await answer.json() }
  }
  const [one, two] = await Promise.all([ask('Lũ ống'), ask('Lũ ống')])
  t.same([one.status, two.status], [201, 201])
  t.equal((one.body as EmergencyView).id, (two.body as EmergencyView).id)
  t.equal(errorOf(await ask('Cháy rừng')).code, 'duplicate')
  await live.ask('POST /emergencies/stop-all', { reason: 'thử xong' })
})

t.test('what cannot be said or heard is refused with a sentence, and nothing is stored', async (t) => {
  const before = ((await live.ask('GET /emergencies?which=all')).body as unknown[]).length
  const rows: readonly (readonly [object, number, string])[] = [
    [{ targets: { clusters: ['Thôn Tây'] } }, 422, 'no-such-target'],
    [{ targets: { areas: [] } }, 422, 'no-clusters'],
    [{ messages: [{ programme: 'khong-co' }] }, 422, 'no-such-programme'],
    [{ messages: undefined }, 422, 'bad-message'],
    [{ messages: [{ text: 'a' }, { microphone: true }] }, 422, 'bad-message'],
    [{ messages: [{ text: 'a'.repeat(6_000) }] }, 400, 'invalid'],
    [{ expiresInMinutes: 0 }, 400, 'invalid'],
    [{ expiresInMinutes: 1_441 }, 400, 'invalid'],
    [{ drill: undefined }, 400, 'invalid'],
    [{ drill: 'no' }, 400, 'invalid'],
  ]
  for (const [over, status, code] of rows) {
    const reply = await live.ask('POST /emergencies', orderOf(over))
    t.equal(reply.status, status, JSON.stringify(over).slice(0, 60))
    t.match(errorOf(reply), { code, en: /\S/, vi: /\S/ })
  }
  t.equal((await live.ask('GET /emergencies/khongco1')).status, 404)
  t.equal((await live.ask('POST /emergencies/khongco1/cancel', { reason: 'x' })).status, 404)
  t.equal(((await live.ask('GET /emergencies?which=all')).body as unknown[]).length, before)
})
