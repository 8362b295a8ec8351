import t, { type Test } from 'tap'
import { NOTICE_SEEDS } from '../../server/core/notice-seeds.ts'
import { noticesPlugin } from '../../server/features/notices/plugin.ts'
import type { NoticeView } from '../../server/features/notices/views.ts'
import { ask } from '../support/server-world.ts'
import { COMMUNE } from '../support/library-world.ts'
import { noticeWorld, type NoticeWorld } from '../support/notice-world.ts'

type Door = Awaited<ReturnType<NoticeWorld['door']>>
async function station(t: Test, over = {}): Promise<NoticeWorld & { readonly notices: Door }> {
  const world = await noticeWorld(t, over)
  return { ...world, notices: await world.door((live) => noticesPlugin({ ...world.deps, live })) }
}
// a station with six people each time, on a machine that may be busy
t.setTimeout(180_000)

const LOST = { template: 'tim-tre-lac', fields: { ten: 'Nguyễn Văn An, 5 tuổi, mặc áo đỏ', noi: 'gần chợ xã', bao: 'công an xã' }, targets: { areas: [COMMUNE] } }
const FILLED: Readonly<Record<string, string>> = { time: '2026-11-24T08:00', place: 'nhà văn hoá', name: 'cụ Bình', line: 'làm đường' }
const selfApproval = (world: NoticeWorld): void => world.deps.stores.approval.putRule(COMMUNE, { selfApproval: true, originalDays: null })
const EVENING = { id: 'chieu', name: 'Buổi chiều', at: '17:00', until: '18:00', days: 'daily', targets: { areas: [COMMUNE] }, items: [{ speak: 'Kính chào bà con.' }] }
/** A session to be the next one, as it stands in the timetable. */
const planEvening = (world: NoticeWorld): void => world.deps.stores.sessions.put(EVENING as never, world.clock.wall())

t.test('a lost child is called out at once where the rule of the area lets the maker approve: one request, on the air, with its reach', async (t) => {
  const world = await station(t)
  selfApproval(world)
  const answer = await world.notices(world.approver.person, 'POST /api/v1/notices', { ...LOST, when: 'now' })
  t.equal(answer.status, 201, answer.text)
  const notice = answer.body as NoticeView
  t.match(notice, { state: 'ordered', approval: { approved: true, link: null }, reach: { clusters: 2, communes: 1, vi: 'Sẽ phát tới 2 cụm loa thuộc 1 xã.' }, soundings: [{ kind: 'live', clusters: 2 }] })
  t.match(world.spoken, [/Gia đình đang tìm cháu Nguyễn Văn An/])
  const entries = world.deps.stores.clusters.byId('bbbbbbbbbb')?.now.live
  t.equal(entries?.length, 1)
  t.ok(Date.parse(notice.soundings[0]?.at ?? '') - world.clock.wall() < 60_000, 'within a minute of the last tap')
  t.same(world.deps.stores.clusters.byId('cccccccccc')?.now.live ?? [], [], 'the other commune stays silent')
  t.ok(world.deps.stores.audit.verify().ok)
})

t.test('an operator’s notice waits for the approver, gets them a link, and goes on the air by itself when it is approved', async (t) => {
  const links: { person: string; path: string }[] = []
  const world = await station(t, { sendLink: async (link: { person: string; path: string }) => links.push(link) > 0 })
  const answer = await world.notices(world.operator.person, 'POST /api/v1/notices', { ...LOST, when: 'now' })
  t.equal(answer.status, 201, answer.text)
  const notice = answer.body as NoticeView
  t.match(notice, { state: 'waiting', approval: { approved: false, link: { person: 'Anh Bình', path: null } }, soundings: [] })
  t.equal(links[0]?.person, world.approver.person)
  t.same(world.deps.stores.clusters.byId('aaaaaaaaaa')?.now.live ?? [], [])
  const approved = await ask(world.app, `POST /api/v1${links[0]?.path as string}`, { decision: 'approve' }, { authorization: '' })
  t.equal(approved.status, 200, approved.text)
  await new Promise(setImmediate)
  const after = (await world.notices(world.operator.person, `GET /api/v1/notices/${notice.id}`)).body as NoticeView
  t.match(after, { state: 'ordered', soundings: [{ kind: 'live' }] })
  t.equal(world.live.list('under-way').length, 1, 'once')
})

t.test('what the approver sends back says why, and sounds after it is asked for again', async (t) => {
  const world = await station(t)
  const { id, programme } = (await world.notices(world.operator.person, 'POST /api/v1/notices', { ...LOST, when: 'now' })).body as NoticeView
  const returned = await world.approver.ask(`POST /api/v1/programmes/${programme}/return`, { version: 1, reason: 'Chưa rõ tên cháu' })
  t.equal(returned.status, 200, returned.text)
  await new Promise(setImmediate)
  t.match((await world.notices(world.operator.person, `GET /api/v1/notices/${id}`)).body, { state: 'returned', problem: { vi: 'Chưa rõ tên cháu' } })
  t.match((await world.notices(world.operator.person, `POST /api/v1/notices/${id}/order`, { when: 'now' })).body, { state: 'waiting' })
})

t.test('an approval that comes hours later does not call out what was to be called out at once', async (t) => {
  const world = await station(t)
  const { id, programme } = (await world.notices(world.operator.person, 'POST /api/v1/notices', { ...LOST, when: 'now' })).body as NoticeView
  world.clock.pass(3 * 3_600_000)
  await world.approver.ask(`POST /api/v1/programmes/${programme}/approve`, { version: 1 })
  await new Promise(setImmediate)
  t.match((await world.notices(world.operator.person, `GET /api/v1/notices/${id}`)).body, { state: 'failed', problem: { code: 'approved-too-late' } })
  t.same(world.live.list('all'), [])
})

t.test('quiet hours are explained, and the next session is taken instead', async (t) => {
  const world = await station(t)
  selfApproval(world)
  planEvening(world)
  world.clock.pass(-4 * 3_600_000)
  const made = (await world.notices(world.approver.person, 'POST /api/v1/notices', LOST)).body as NoticeView
  t.match(made, { state: 'prepared', audio: `/programmes/${made.programme}/audio`, approval: { approved: false } })
  const now = await world.notices(world.approver.person, `POST /api/v1/notices/${made.id}/order`, { when: 'now' })
  t.equal(now.status, 409, now.text)
  t.match((now.body as { error: { vi: string } }).error.vi, /không phát/)
  const next = await world.notices(world.approver.person, `POST /api/v1/notices/${made.id}/order`, { when: 'next-session' })
  t.equal(next.status, 200, next.text)
  t.match(next.body, { state: 'ordered', soundings: [{ kind: 'session', at: '2026-11-23T17:00:00.000+07:00', to: '2026-11-23T17:00:20.000+07:00', clusters: 2 }] })
  const [sounding] = (next.body as NoticeView).soundings
  t.match(world.deps.stores.sessions.byId(sounding?.id ?? ''), { days: { once: '2026-11-23' }, items: [{ file: made.programme, class: 'priority' }] })
  t.equal((await world.notices(world.approver.person, `POST /api/v1/notices/${made.id}/withdraw`)).status, 200)
  t.equal(world.deps.stores.sessions.byId(sounding?.id ?? ''), null)
})

t.test('a time is kept, within the hours that are allowed', async (t) => {
  const world = await station(t)
  selfApproval(world)
  const wish = (at: string) => world.notices(world.approver.person, 'POST /api/v1/notices', { ...LOST, when: { at } })
  t.match((await wish('2026-11-23T17:30:00+07:00')).body, { state: 'ordered', soundings: [{ at: '2026-11-23T17:30:00.000+07:00' }] })
  t.equal((await wish('2026-11-23T02:00:00+07:00')).status, 422)
  t.match((await wish('2026-11-24T02:00:00+07:00')).body, { error: { vi: /./ } }, 'quiet hours')
  t.match((await wish('2028-11-24T08:00:00+07:00')).body, { error: { code: 'too-far' } })
  t.match((await world.notices(world.approver.person, 'POST /api/v1/notices', { ...LOST, targets: { areas: [COMMUNE] }, when: 'next-session' })).status, 201, 'its own session of half past five is the next')
})

t.test('each template that a station begins with is spoken and goes on the air', async (t) => {
  const world = await station(t)
  selfApproval(world)
  for (const { id, fields } of NOTICE_SEEDS) {
    const values = Object.fromEntries(fields.map(({ key, kind }) => [key, FILLED[kind]]))
    const answer = await world.notices(world.approver.person, 'POST /api/v1/notices', { template: id, fields: values, targets: { areas: [COMMUNE] }, when: 'now' })
    t.match(answer.body, { state: 'ordered', name: NOTICE_SEEDS.find((seed) => seed.id === id)?.name as string }, answer.text)
    const [sounding] = (answer.body as NoticeView).soundings
    world.live.end(sounding?.id ?? '', { at: null, actor: 'administrator' })
  }
  t.equal(world.spoken.length, NOTICE_SEEDS.length)
})

t.test('the same key twice is one notice', async (t) => {
  const world = await station(t)
  selfApproval(world)
  const twice = [0, 1].map(() => world.notices(world.approver.person, 'POST /api/v1/notices', { ...LOST, when: 'now' }, { 'idempotency-key': 'mot-lan' }))
  const [first, second] = await Promise.all(twice)
  t.equal((first?.body as NoticeView).id, (second?.body as NoticeView).id)
  t.equal(world.live.list('all').length, 1)
  t.match((await world.notices(world.approver.person, 'POST /api/v1/notices', { ...LOST, template: 'cao-pho' }, { 'idempotency-key': 'mot-lan' })).status, 409)
})

t.test('a notice that was approved while the server was down goes out when it is back', async (t) => {
  const world = await station(t)
  planEvening(world)
  const { id, programme } = (await world.notices(world.operator.person, 'POST /api/v1/notices', { ...LOST, when: 'next-session' })).body as NoticeView
  const { stores, clock } = world.deps
  stores.programmes.decideVersion(programme, 1, { state: 'approved', by: 'person:x', name: 'x', at: clock.wall() })
  t.equal(stores.notices.byId(id)?.state, 'waiting')
  await world.door((live) => noticesPlugin({ ...world.deps, live }))
  t.match(stores.notices.byId(id), { state: 'ordered', soundings: [{ kind: 'session' }] })
})

t.test('a notice that a server placed and had no time to note is not placed twice', async (t) => {
  const world = await station(t)
  planEvening(world)
  const { id, programme } = (await world.notices(world.operator.person, 'POST /api/v1/notices', { ...LOST, when: 'next-session' })).body as NoticeView
  const { sessions } = world.deps.stores
  sessions.put({ ...EVENING, id: `tb-${id}-0a1b`, until: '17:01', days: { once: '2026-11-23' }, items: [{ file: programme }] } as never, world.clock.wall())
  t.equal((await world.approver.ask(`POST /api/v1/programmes/${programme}/approve`, { version: 1 })).status, 200)
  await new Promise(setImmediate)
  const after = (await world.notices(world.operator.person, `GET /api/v1/notices/${id}`)).body as NoticeView
  t.match(after, { state: 'ordered', soundings: [{ id: `tb-${id}-0a1b`, at: /T17:00/, clusters: 2 }] })
  t.equal(sessions.all().filter((one) => one.id.startsWith('tb-')).length, 1)
})

t.test('a commune writes its own template in versions; another commune neither sees nor changes it', async (t) => {
  const world = await station(t)
  const words = { name: 'Thu gom rác', text: 'Kính thưa bà con. Xe thu gom rác đến {noi} lúc {luc}. Xin cảm ơn bà con.', fields: [{ key: 'noi', label: 'Nơi', kind: 'place' }, { key: 'luc', label: 'Giờ', kind: 'time' }] }
  const made = await world.operator.ask('POST /api/v1/notice-templates', { area: COMMUNE, ...words })
  t.equal(made.status, 201, made.text)
  const { id } = made.body as { id: string }
  const changed = await world.operator.ask(`PUT /api/v1/notice-templates/${id}`, { ...words, text: `${words.text} Mời bà con click vào hệ thống.` })
  t.match(changed.body, { version: 2, warnings: [{ code: 'jargon' }, { code: 'jargon' }] })
  t.equal(((await world.operator.ask(`GET /api/v1/notice-templates/${id}/versions`)).body as unknown[]).length, 2)
  const names = (answer: { body: unknown }): string[] => (answer.body as { id: string }[]).map((one) => one.id)
  t.ok(names(await world.operator.ask('GET /api/v1/notice-templates')).includes(id))
  t.notOk(names(await world.elsewhere.ask('GET /api/v1/notice-templates')).includes(id))
  t.equal((await world.elsewhere.ask(`PUT /api/v1/notice-templates/${id}`, words)).status, 404)
  t.equal((await world.elsewhere.ask('POST /api/v1/notice-templates', { area: COMMUNE, ...words })).status, 403)
  t.equal((await world.operator.ask('PUT /api/v1/notice-templates/cup-dien', words)).status, 403, 'the whole station’s is not a commune’s to change')
  t.equal((await world.operator.ask(`DELETE /api/v1/notice-templates/${id}`)).status, 200)
  t.notOk(names(await world.operator.ask('GET /api/v1/notice-templates')).includes(id))
})

t.test('bad input of every route is refused with a sentence', async (t) => {
  const world = await station(t)
  const cases: readonly (readonly [Parameters<typeof world.operator.ask>[0], unknown, number])[] = [
    ['POST /api/v1/notices', {}, 400], ['POST /api/v1/notices', { ...LOST, when: 'soon' }, 400], ['POST /api/v1/notices', { ...LOST, when: { at: 'mai' } }, 400],
    ['POST /api/v1/notices', { ...LOST, template: 'khong-co' }, 404], ['POST /api/v1/notices', { ...LOST, fields: { ten: 'An' } }, 422], ['POST /api/v1/notices', { ...LOST, extra: 1 }, 400],
    ['POST /api/v1/notices', { ...LOST, targets: { areas: ['99999'] } }, 422], ['POST /api/v1/notices', { ...LOST, targets: { areas: ['24961'] } }, 403], ['POST /api/v1/notices', { ...LOST, targets: 'all' }, 403],
    ['POST /api/v1/notices', { ...LOST, when: 'now' }, 503], ['POST /api/v1/notices', { ...LOST, when: 'next-session' }, 409],
    ['GET /api/v1/notices/aaaaaaaaaaaa', undefined, 404], ['GET /api/v1/notices/x', undefined, 400], ['POST /api/v1/notices/aaaaaaaaaaaa/order', { when: 'now' }, 404], ['POST /api/v1/notices/aaaaaaaaaaaa/order', {}, 400],
    ['POST /api/v1/notices/aaaaaaaaaaaa/withdraw', undefined, 404],
    ['POST /api/v1/notice-templates', { area: COMMUNE, name: 'x', text: 'Mời bà con tới {noi}.', fields: [] }, 422], ['POST /api/v1/notice-templates', { area: COMMUNE, name: 'x', text: 'ngắn', fields: [] }, 400],
    ['POST /api/v1/notice-templates', { area: COMMUNE, name: 'x', text: 'Mời bà con tới.', fields: [1, 2, 3, 4] }, 400], ['PUT /api/v1/notice-templates/khong-co', { name: 'x', text: 'Mời bà con tới.', fields: [] }, 404],
    ['DELETE /api/v1/notice-templates/khong-co', undefined, 404], ['GET /api/v1/notice-templates/khong-co/versions', undefined, 404],
  ]
  for (const [question, body, status] of cases) {
    const answer = await world.operator.ask(question, body)
    t.equal(answer.status, status, `${question} ${JSON.stringify(body)} ${answer.text}`)
    const { error } = answer.body as { error: { en: string; vi: string } }
    t.ok(error.en.length > 10 && error.vi.length > 10, question)
  }
  t.equal((await ask(world.app, 'GET /api/v1/notices', undefined, { authorization: '' })).status, 401)
  t.match((await world.elsewhere.ask('GET /api/v1/notices')).body, [])
})
