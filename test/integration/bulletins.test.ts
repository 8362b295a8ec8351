import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openDocuments } from '../../server/adapters/document-files.ts'
import type { NewEmergency } from '../../server/core/emergency.ts'
import { bulletinsPlugin, lookAtBulletins, type BulletinDeps } from '../../server/features/bulletins/plugin.ts'
import type { BulletinView } from '../../server/features/bulletins/views.ts'
import { noteReceipt, sourcePlugin } from '../../server/features/source/plugin.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { COMMUNE, OTHER_COMMUNE, PROVINCE, soundOf } from '../support/library-world.ts'
import { noticeWorld, type NoticeWorld } from '../support/notice-world.ts'
import { ask, form } from '../support/server-world.ts'

type Door = Awaited<ReturnType<NoticeWorld['door']>>
interface Station extends NoticeWorld {
  readonly desk: Door
  /** As the province’s system. */
  readonly source: (question: Parameters<Door>[1], payload?: unknown, headers?: Record<string, string>) => ReturnType<Door>
  readonly raised: NewEmergency[]
  readonly cancelled: string[]
  readonly bulletinDeps: BulletinDeps
  /** Why emergencies are not cancelled; null = they are. */
  refusing: string | null
}
const session = (id: string, area: string, at: string) => ({ id, name: `Buổi ${id}`, at, until: '18:00', days: 'daily', targets: { areas: [area] }, items: [{ speak: 'Kính chào bà con.' }] })
const order = (over: object = {}): object => ({ id: 'TB-01', class: 'normal', title: 'Phòng dịch', text: 'Bà con nhớ rửa tay.', areas: [COMMUNE, OTHER_COMMUNE], ...over })

async function station(t: Test, system: object = {}): Promise<Station> {
  const folder = await mkdtemp(join(tmpdir(), 'tl-documents-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const world = await noticeWorld(t, { documents: await openDocuments(join(folder, 'documents')) })
  const [raised, cancelled]: [NewEmergency[], string[]] = [[], []]
  const made: Pick<Station, 'refusing'> = { refusing: null }
  const emergencies = {
    raise: async (wish: NewEmergency) => ({ ok: true, value: { id: `k${raised.push(wish)}` } }) as never,
    cancel: async (id: string) => (made.refusing === null ? { ok: true, value: { id, cancelled: cancelled.push(id) } } : { ok: false, code: made.refusing, why: made.refusing }) as never,
    board: () => [{ cluster: 'aaaaaaaaaa', name: 'Cụm a', verdict: 'sounding', at: world.clock.wall(), level: null, why: null, correctedAt: null }] as never,
  }
  const bulletinDeps: BulletinDeps = { ...world.deps, live: world.live, emergencies, noted: noteReceipt(world.deps) }
  for (const [id, area, at] of [['xa-mot', COMMUNE, '17:00'], ['xa-hai', OTHER_COMMUNE, '17:30']] as const) world.deps.stores.sessions.put(session(id, area, at) as never, world.clock.wall())
  const credential = await ask(world.app, 'POST /api/v1/source-systems', { name: 'Sở', areas: [PROVINCE], emergencies: true, ...system })
  if (credential.status !== 201) throw new Error(credential.text)
  const { token } = credential.body as { token: string }
  const desk = await world.door(() => bulletinsPlugin(bulletinDeps))
  const http = await world.door(() => sourcePlugin(bulletinDeps))
  return Object.assign(made, { ...world, raised, cancelled, bulletinDeps, desk, source: (question, payload, headers = {}) => http(null, question, payload, { authorization: `Bearer ${token}`, ...headers }) } satisfies Omit<Station, 'refusing'>)
}
// a station with six people each time, on a machine that may be busy
t.setTimeout(180_000)

const inboxOf = async (world: Station, person: string): Promise<BulletinView[]> => (await world.desk(person, 'GET /api/v1/bulletins')).body as BulletinView[]
const idOf = async (world: Station): Promise<string> => (await inboxOf(world, world.provinceApprover.person))[0]?.id ?? ''

t.test('a priority bulletin goes into the next session of each commune by itself, once, and is aired by the evidence', async (t) => {
  const world = await station(t)
  const sent = await world.source('POST /api/v1/source/bulletins', order({ class: 'priority' }))
  t.equal(sent.status, 201, sent.text)
  t.match(sent.body, { id: 'TB-01', communes: [{ commune: COMMUNE, decision: 'taken', soundsAt: '2026-11-23T17:00:00.000+07:00', aired: null }, { commune: OTHER_COMMUNE, soundsAt: '2026-11-23T17:30:00.000+07:00' }] })
  t.same((await world.source('POST /api/v1/source/bulletins', order({ class: 'priority' }))).body, sent.body, 'the same again is the same')
  t.equal((await world.source('POST /api/v1/source/bulletins', order({ class: 'priority', title: 'Khác' }))).status, 409)
  t.equal(world.deps.stores.sessions.all().filter(({ id }) => id.startsWith('bt-')).length, 2)
  const [mine] = await inboxOf(world, world.operator.person)
  const [sounding] = mine?.communes[0]?.soundings ?? []
  const { stores } = world.deps
  const due = Date.parse(sounding?.at ?? '')
  stores.planned.insertMany([{ slot: 'x.1', cluster: 'aaaaaaaaaa', session: sounding?.id ?? '', occurrence: wallMs(due), due: wallMs(due), end: wallMs(due + 20_000), item: 'x', media: null, stream: null, planRev: 1 }])
  stores.evidence.insertRows('aaaaaaaaaa', 'log', [{ n: 1, slot: 'x.1', due: wallMs(due), end: wallMs(due + 20_000), began: wallMs(due + 40), ms: 20_000, underruns: 0 } as never], { at: wallMs(due + 30_000) })
  world.clock.pass(12 * 3_600_000)
  lookAtBulletins(world.bulletinDeps)
  const after = (await world.source('GET /api/v1/source/bulletins/TB-01')).body as { communes: { aired: string | null }[] }
  t.same(after.communes.map(({ aired }) => aired), ['2026-11-23T17:00:00.040+07:00', null])
})

t.test('where it collides with the commune’s own priority item the operator sets the order', async (t) => {
  const world = await station(t)
  const own = { ...session('rieng', COMMUNE, '17:00'), items: [{ speak: 'Tin của xã.', class: 'priority', order: 5 }] }
  world.deps.stores.sessions.put(own as never, world.clock.wall())
  await world.source('POST /api/v1/source/bulletins', order({ class: 'priority' }))
  const [mine] = await inboxOf(world, world.operator.person)
  t.match(mine?.communes[0]?.collides, [{ session: 'rieng', order: 5 }])
  const ordered = await world.desk(world.operator.person, `PUT /api/v1/bulletins/${mine?.id}/order`, { commune: COMMUNE, order: 9 })
  t.equal(ordered.status, 200, ordered.text)
  const placed = world.deps.stores.sessions.byId(mine?.communes[0]?.soundings[0]?.id ?? '')
  t.same(placed?.items.map(({ order: n }) => n), [9])
})

t.test('a normal bulletin is the commune’s to take or not; neither commune sees the other’s decision, the sender sees both', async (t) => {
  const world = await station(t)
  await world.source('POST /api/v1/source/bulletins', order())
  const id = await idOf(world)
  t.equal((await world.desk(world.elsewhere.person, `POST /api/v1/bulletins/${id}/decision`, { commune: OTHER_COMMUNE, take: false })).status, 400, 'a reason is owed')
  const declined = await world.desk(world.elsewhere.person, `POST /api/v1/bulletins/${id}/decision`, { commune: OTHER_COMMUNE, take: false, reason: 'Xã đã phát rồi' })
  t.match(declined.body, { communes: [{ commune: OTHER_COMMUNE, decision: 'declined', reason: 'Xã đã phát rồi' }] })
  const taken = (await world.desk(world.operator.person, `POST /api/v1/bulletins/${id}/decision`, { commune: COMMUNE, take: true })).body as BulletinView
  t.match(taken.communes, [{ commune: COMMUNE, decision: 'taken', decidedBy: 'Chị Hoa' }])
  t.equal(taken.communes.length, 1)
  t.equal((await world.desk(world.operator.person, `POST /api/v1/bulletins/${id}/decision`, { commune: OTHER_COMMUNE, take: true })).status, 404)
  const programme = taken.communes[0]?.programme ?? ''
  const place = () => world.desk(world.operator.person, `POST /api/v1/bulletins/${id}/place`, { commune: COMMUNE, when: 'next-session' })
  t.match((await place()).body, { error: { code: 'not-approved' } }, 'its words wait for approval as any others')
  t.equal((await world.approver.ask(`POST /api/v1/programmes/${programme}/approve`, { version: 1 })).status, 200)
  t.match((await place()).body, { communes: [{ soundings: [{ at: '2026-11-23T17:00:00.000+07:00' }] }] })
  t.match((await place()).body, { error: { code: 'placed' } })
  t.match((await world.source('GET /api/v1/source/bulletins/TB-01')).body, { communes: [{ decision: 'taken' }, { decision: 'declined', reason: 'Xã đã phát rồi' }] })
  t.equal((await world.desk(world.operator.person, `POST /api/v1/bulletins/${id}/unplace`, { commune: COMMUNE })).status, 200)
  t.equal(world.deps.stores.sessions.all().filter((each) => each.id.startsWith('bt-')).length, 0)
})

t.test('an emergency bulletin is raised at once with no approval in its way, by a right of its own', async (t) => {
  const world = await station(t)
  const sent = await world.source('POST /api/v1/source/bulletins', order({ class: 'emergency', danger: 8 }))
  t.match(sent.body, { emergency: 'k1' }, sent.text)
  t.match(world.raised, [{ messages: [{ kind: 'text', text: 'Bà con nhớ rửa tay.' }], targets: { areas: [COMMUNE, OTHER_COMMUNE] }, danger: 8, drill: false }])
  lookAtBulletins(world.bulletinDeps)
  t.match((await world.source('GET /api/v1/source/bulletins/TB-01')).body, { communes: [{ aired: /2026/ }, { aired: null }] })
  t.match((await world.desk(world.operator.person, `POST /api/v1/bulletins/${await idOf(world)}/decision`, { commune: COMMUNE, take: false, reason: 'x' })).body, { error: { code: 'emergency' } })
  await world.source('POST /api/v1/source/bulletins/TB-01/withdraw', { reason: 'Nhầm' })
  t.same(world.cancelled, ['k1'])
  const without = await station(t, { emergencies: false })
  t.equal((await without.source('POST /api/v1/source/bulletins', order({ class: 'emergency' }))).status, 403)
})

t.test('a correction takes what was placed back and places the new one; a withdrawal silences it', async (t) => {
  const world = await station(t)
  await world.source('POST /api/v1/source/bulletins', order({ class: 'priority' }))
  const corrected = await world.source('PUT /api/v1/source/bulletins/TB-01', order({ class: 'priority', text: 'Bà con nhớ đeo khẩu trang.' }))
  t.match(corrected.body, { version: 2 }, corrected.text)
  const placed = () => world.deps.stores.sessions.all().filter(({ id }) => id.startsWith('bt-'))
  t.equal(placed().length, 2)
  const names = placed().map(({ items }) => items.flatMap((item) => ('file' in item ? [world.deps.stores.programmes.byId(item.file)?.text] : [])))
  t.same(names, [['Bà con nhớ đeo khẩu trang.'], ['Bà con nhớ đeo khẩu trang.']])
  t.match((await world.source('POST /api/v1/source/bulletins/TB-01/withdraw', { reason: 'Nhầm số liệu' })).body, { withdrawn: true })
  t.equal(placed().length, 0)
  t.equal((await world.source('PUT /api/v1/source/bulletins/TB-01', order({ title: 'Lại' }))).status, 409)
})

t.test('a correction that cannot be made leaves what was placed; what still sounds is not called withdrawn', async (t) => {
  const world = await station(t)
  await world.source('POST /api/v1/source/bulletins', order({ class: 'priority' }))
  const placed = (): string[] => world.deps.stores.sessions.all().flatMap(({ id }) => (id.startsWith('bt-') ? [id] : []))
  const before = placed()
  const { payload, headers } = form([{ name: 'bulletin', value: JSON.stringify({ ...order({ class: 'priority' }), text: undefined }) }, { name: 'file', value: '<html>', file: 'tin.ogg' }])
  t.equal((await world.source('PUT /api/v1/source/bulletins/TB-01', payload, headers)).status, 422)
  t.equal(before.length, 2)
  t.same(placed(), before)
  t.match((await world.source('GET /api/v1/source/bulletins/TB-01')).body, { version: 1, communes: [{ soundsAt: /T17:00/ }, { soundsAt: /T17:30/ }] })
  await world.source('POST /api/v1/source/bulletins', order({ id: 'KC-01', class: 'emergency' }))
  world.refusing = 'disk-full'
  t.equal((await world.source('POST /api/v1/source/bulletins/KC-01/withdraw', { reason: 'Nhầm' })).status, 503)
  t.match((await world.source('GET /api/v1/source/bulletins/KC-01')).body, { withdrawn: false })
  world.refusing = 'already-over'
  t.match((await world.source('POST /api/v1/source/bulletins/KC-01/withdraw', { reason: 'Nhầm' })).body, { withdrawn: true })
})

t.test('the same bulletin sent again while the first is still spoken is one; so are two of one desk who take it at once', async (t) => {
  const world = await station(t)
  const send = () => world.source('POST /api/v1/source/bulletins', order({ class: 'priority' }))
  const placed = new Set<number>()
  let isOver = false
  const look = (): void => {
    placed.add(world.deps.stores.sessions.all().filter(({ id }) => id.startsWith('bt-')).length)
    if (!isOver) setImmediate(look)
  }
  look()
  const [one, two] = await Promise.all([send(), send()])
  isOver = true
  t.ok(placed.has(1), 'others have their turn between two communes')
  t.same([one.status, two.status], [201, 201])
  t.same(two.body, one.body)
  const made = (): number => world.deps.stores.programmes.inFolder(`${COMMUNE}/Bản tin`).length
  t.same(world.spoken, ['Bà con nhớ rửa tay.'], 'spoken once')
  await world.source('POST /api/v1/source/bulletins', order({ id: 'TB-02', text: 'Bà con nhớ đeo khẩu trang.' }))
  const id = (await inboxOf(world, world.operator.person)).find(({ external }) => external === 'TB-02')?.id ?? ''
  const take = () => world.desk(world.operator.person, `POST /api/v1/bulletins/${id}/decision`, { commune: COMMUNE, take: true })
  const before = made()
  const taken = await Promise.all([take(), take()])
  t.same(taken.map(({ status }) => status), [200, 200])
  t.equal(world.spoken.length, 2)
  t.ok(made() - before <= 1)
})

t.test('what a server that ended left unplaced is shown to the commune, and placed by hand', async (t) => {
  const world = await station(t)
  await world.source('POST /api/v1/source/bulletins', order({ class: 'priority' }))
  const { bulletins, sessions } = world.deps.stores
  const id = await idOf(world)
  const row = bulletins.commune(id, COMMUNE)
  if (!row) throw new Error('not received')
  sessions.remove(row.soundings[0]?.id ?? '')
  bulletins.saveCommune({ ...row, decision: 'none', placedAt: null, soundings: [] })
  const other = bulletins.commune(id, OTHER_COMMUNE)
  if (!other) throw new Error('not received there')
  bulletins.saveCommune({ ...other, decision: 'none', placedAt: null, soundings: [] })
  lookAtBulletins(world.bulletinDeps)
  t.match((await inboxOf(world, world.operator.person))[0]?.communes, [{ problem: null }], 'it may still be under way')
  world.clock.pass(601_000)
  lookAtBulletins(world.bulletinDeps)
  t.match((await inboxOf(world, world.operator.person))[0]?.communes, [{ decision: 'none', problem: { code: 'not-placed', vi: /tự xếp/ } }])
  t.match((await inboxOf(world, world.elsewhere.person))[0]?.communes, [{ decision: 'taken', problem: null, soundings: [{ id: other.soundings[0]?.id, at: /T17:30/ }] }], 'placed, and not noted: not placed twice')
  t.match((await world.desk(world.operator.person, `POST /api/v1/bulletins/${id}/place`, { commune: COMMUNE, when: 'next-session' })).body, { communes: [{ decision: 'taken', problem: null }] })
})

t.test('a document is on the desk at once; who has read it and who has not is told, with a reminder before the deadline', async (t) => {
  const world = await station(t)
  const bulletin = JSON.stringify(order({ id: 'VB-7', deadline: '2026-11-24T17:00:00+07:00' }))
  const pdf = form([{ name: 'bulletin', value: bulletin }, { name: 'file', value: '%PDF-1.7 nội dung', file: 'Bản tin tháng 11.pdf' }])
  const sent = await world.desk(world.provinceApprover.person, 'POST /api/v1/bulletins', pdf.payload, pdf.headers)
  t.equal(sent.status, 201, sent.text)
  const { id } = sent.body as BulletinView
  t.match(sent.body, { document: { name: 'Bản tin tháng 11.pdf', type: 'application/pdf' }, delivered: { communes: 2, read: 0 } })
  const opened = await world.desk(world.operator.person, `GET /api/v1/bulletins/${id}/document`)
  t.match(opened, { status: 200, text: '%PDF-1.7 nội dung', headers: { 'content-type': 'application/pdf', 'x-content-type-options': 'nosniff', 'content-disposition': /^attachment; filename="ban-tin.pdf"; filename\*=UTF-8''B%E1%BA%A3n/, 'content-security-policy': /sandbox/ } })
  const first = world.clock.wall()
  world.clock.pass(60_000)
  t.equal((await world.desk(world.operator.person, `POST /api/v1/bulletins/${id}/read`)).status, 200)
  const seen = (await world.desk(world.provinceApprover.person, `GET /api/v1/bulletins/${id}`)).body as BulletinView
  t.same(seen.delivered, { communes: 2, read: 1, unread: [OTHER_COMMUNE] }, 'the province’s own look is nobody’s receipt')
  t.match(seen.communes[0]?.readers, [{ name: 'Chị Hoa' }])
  t.equal(Date.parse(seen.communes[0]?.readAt ?? ''), first, 'the first time counts')
  lookAtBulletins(world.bulletinDeps)
  t.notOk(world.events.includes('bulletin.reminder'))
  world.clock.pass(12 * 3_600_000)
  lookAtBulletins(world.bulletinDeps)
  lookAtBulletins(world.bulletinDeps)
  t.equal(world.events.filter((kind) => kind === 'bulletin.reminder').length, 1, 'once, for the commune that has not read it')
  t.same((await inboxOf(world, world.elsewhere.person)).map(({ communes }) => communes.map(({ commune }) => commune)), [[OTHER_COMMUNE]])
})

t.test('a recording of a source is levelled and stored as its sound; what is neither is refused', async (t) => {
  const world = await station(t)
  const send = (file: string | Uint8Array, id: string) => {
    const { payload, headers } = form([{ name: 'bulletin', value: JSON.stringify({ ...order({ id, class: 'priority' }), text: undefined }) }, { name: 'file', value: file, file: 'tin.ogg' }])
    return world.source('POST /api/v1/source/bulletins', payload, headers)
  }
  t.match((await send(soundOf('tin'), 'A1')).body, { communes: [{ decision: 'taken' }, { decision: 'taken' }] })
  t.equal((await send('<html>', 'A2')).status, 422)
  t.equal(world.deps.stores.bulletins.list(10).length, 1)
})

t.test('bad input of every route is refused with a sentence', async (t) => {
  const world = await station(t)
  const who = world.approver.person
  const none = 'aaaaaaaaaaaa'
  const cases = [
    [world.source('POST /api/v1/source/bulletins', {}), 400], [world.source('POST /api/v1/source/bulletins', order({ class: 'urgent' })), 400], [world.source('POST /api/v1/source/bulletins', order({ areas: ['99999'] })), 422],
    [world.source('POST /api/v1/source/bulletins', order({ deadline: 'mai' })), 400], [world.source('POST /api/v1/source/bulletins', order({ deadline: '2020-01-01T00:00:00Z' })), 422], [world.source('POST /api/v1/source/bulletins', { ...order(), text: undefined }), 422],
    [world.source('POST /api/v1/source/bulletins', order(), { authorization: 'Bearer tl-nguon-x' }), 401], [world.source('GET /api/v1/source/bulletins/khong'), 404], [world.source('PUT /api/v1/source/bulletins/khong', order()), 404],
    [world.source('POST /api/v1/source/bulletins/khong/withdraw', { reason: 'x' }), 404], [world.source('POST /api/v1/source/bulletins/khong/withdraw', {}), 400],
    [world.desk(who, 'POST /api/v1/bulletins', order()), 403], [world.desk(who, 'POST /api/v1/bulletins', []), 400], [world.desk(who, `GET /api/v1/bulletins/${none}`), 404], [world.desk(who, `POST /api/v1/bulletins/${none}/read`), 404],
    [world.desk(who, `GET /api/v1/bulletins/${none}/document`), 404], [world.desk(who, `POST /api/v1/bulletins/${none}/decision`, { commune: COMMUNE, take: true }), 404], [world.desk(who, `POST /api/v1/bulletins/${none}/decision`, {}), 400],
    [world.desk(who, `POST /api/v1/bulletins/${none}/place`, { commune: COMMUNE, when: 'x' }), 400], [world.desk(who, `POST /api/v1/bulletins/${none}/unplace`, { commune: 1 }), 400], [world.desk(who, `PUT /api/v1/bulletins/${none}/order`, { commune: COMMUNE, order: -1 }), 400],
    [world.desk(who, `POST /api/v1/bulletins/${none}/withdraw`, { reason: ' ' }), 400], [ask(world.app, 'POST /api/v1/source-systems', { name: 'x', areas: ['99999'] }), 422], [ask(world.app, 'POST /api/v1/source-systems', { name: 'x', areas: [] }), 400],
    [ask(world.app, `DELETE /api/v1/source-systems/${none}`), 404], [ask(world.app, `GET /api/v1/source-systems/${none}/posts`), 404], [ask(world.app, `POST /api/v1/source-systems/${none}/posts/1/retry`), 404], [world.approver.ask('GET /api/v1/source-systems'), 403],
  ] as const
  for (const [n, [asked, status]] of cases.entries()) {
    const answer = await asked
    t.equal(answer.status, status, `${n}: ${answer.text}`)
    const { error } = answer.body as { error?: { en: string; vi: string } }
    if (error) t.ok(error.en.length > 10 && error.vi.length > 10)
  }
})
