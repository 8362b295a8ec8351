import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { AskView } from '../../server/features/emergencies/ask-views.ts'
import type { EmergencyView, RaisedView } from '../../server/features/emergencies/messages.ts'
import { enrolAlertBox, type AlertBox } from '../support/alert-box.ts'
import { killed, serverProgram } from '../support/child-program.ts'
import { askHttp, startLiveServer, stationFolder, type Reply } from '../support/live-server.ts'
import { until } from '../support/mqtt-client.ts'
import { personAt, type PersonAt } from '../support/people-live.ts'
import { form } from '../support/server-world.ts'
import { makeOpus, sleep } from '../support/sound-rig.ts'

t.setTimeout(300_000)

const NEIGHBOUR = { code: '24961', name: 'Xã bên', kind: 'commune', parent: '68' } as const
const BOTH = ['24958', '24961']
const announcer = (areas: readonly string[]): object[] => [{ role: 'announcer', areas }]
const asked = ({ body }: Reply): AskView => body as AskView
const order = (over: object = {}): object => ({ title: 'Vỡ đê', messages: [{ programme: 'bao-yen' }], targets: { areas: BOTH }, drill: false, ...over })

t.test('two accounts of one station: asked, shown, agreed to; and asked, not answered, sent alone with a reason', async (t) => {
  const live = await startLiveServer()
  t.teardown(live.stop)
  await live.ask('POST /areas', NEIGHBOUR)
  const east = await enrolAlertBox(live.server, 'Cụm Đức Trọng', '24958')
  const west = await enrolAlertBox(live.server, 'Cụm xã bên', '24961')
  t.teardown(async () => {
    for (const box of [east, west]) await box.leave()
  })
  const at = (name: string, grants: object[]): Promise<PersonAt> => personAt(live.server, name, grants)
  const ha = await at('Lò Thị Hà', announcer(BOTH))
  const binh = await at('Lê Văn Bình', announcer(BOTH))
  const cuc = await at('Vũ Thị Cúc', announcer(['24958']))
  const told: { kind: string; subject: string }[] = []
  live.server.deps.events.onEvent(({ kind, subject }) => void told.push({ kind, subject }))

  t.same((await ha.ask('GET /emergency-settings')).body, { secondPerson: false }, 'off until an administrator turns it on')
  t.equal((await ha.ask('PUT /emergency-settings', { secondPerson: true })).status, 403)
  const free = await ha.ask('POST /emergencies', order())
  t.equal(free.status, 201, 'while it is off nobody is asked')
  await ha.ask(`POST /emergencies/${(free.body as EmergencyView).id}/cancel`, { reason: 'thử xong', correction: null })
  t.same((await live.ask('PUT /emergency-settings', { secondPerson: true })).body, { secondPerson: true })

  await t.test('a yes sounds exactly what was shown', async (t) => {
    const raised = await ha.ask('POST /emergencies', order({ messages: [{ text: 'Nước lên nhanh, bà con lên nhà văn hóa.' }] }))
    t.equal(raised.status, 202)
    const mine = asked(raised)
    t.match(mine, { state: 'waiting', mine: true, mayAnswer: false, clusters: 2, communes: ['Xã thử', 'Xã bên'], asked: ['Lê Văn Bình'], raisedBy: 'Lò Thị Hà' })
    t.equal(Date.parse(mine.aloneFrom) - Date.parse(mine.askedAt), 60_000)
    t.same((await live.ask('GET /emergencies')).body, [], 'nothing sounds')
    const shown = (await binh.ask('GET /emergency-asks')).body as AskView[]
    t.match(shown, [{ id: mine.id, mine: false, mayAnswer: true, messages: [{ kind: 'text', text: 'Nước lên nhanh, bà con lên nhà văn hóa.' }] }])
    t.same((await cuc.ask('GET /emergency-asks')).body, [], 'whoever may not agree is not asked')
    for (let n = 0; n < 300 && !asked(await ha.ask(`GET /emergency-asks/${mine.id}`)).prepared; n++) await sleep(200)
    const heard = await live.server.app.inject({ url: String(asked(await ha.ask(`GET /emergency-asks/${mine.id}`)).messages[0]?.sound), headers: { authorization: `Bearer ${live.server.token}` } })
    t.equal(heard.headers['content-type'], 'audio/ogg', 'what would sound can be heard')
    // whoever asked has signed out meanwhile: what was accepted stands
    t.equal((await ha.ask('POST /sign-out')).status, 200)
    const from = Date.now()
    const yes = await binh.ask(`POST /emergency-asks/${mine.id}/confirm`, { content: shown[0]?.content })
    t.match(yes, { status: 200, body: { state: 'confirmed', decidedBy: 'Lê Văn Bình' } })
    t.ok(await until(() => (east.newest(mine.id)?.parts.length ?? 0) > 1 && (west.newest(mine.id)?.parts.length ?? 0) > 1), 'tone and words in the first order')
    const first = east.orders(mine.id)[0]
    t.equal(first?.parts.length, 2, 'the words were ready')
    t.ok((first?.at ?? Infinity) - from <= 3_000, `the tone ${(first?.at ?? 0) - from} ms after the yes`)
    t.match((await live.ask(`GET /emergencies/${mine.id}`)).body, { second: { name: 'Lê Văn Bình', reason: null }, prepared: true })
    t.same(told.filter(({ subject }) => subject === mine.id).map(({ kind }) => kind), ['emergency.asked', 'emergency.ask-changed', 'emergency.ask-changed'])
    await live.ask(`POST /emergencies/${mine.id}/cancel`, { reason: 'thử xong', correction: null })
  })

  const lan = await at('Cao Thị Lan', announcer(BOTH))
  await t.test('a no is seen by whoever asked; after a minute they go on alone, and administrators are told', async (t) => {
    const mine = asked(await lan.ask('POST /emergencies', order({ drill: true })))
    t.match(asked(await binh.ask(`POST /emergency-asks/${mine.id}/refuse`, { reason: 'Nhầm xã' })), { state: 'waiting', refusals: [{ name: 'Lê Văn Bình', reason: 'Nhầm xã' }] })
    t.match(asked(await lan.ask(`GET /emergency-asks/${mine.id}`)), { refusals: [{ reason: 'Nhầm xã' }] })
    t.match(await lan.ask(`POST /emergency-asks/${mine.id}/alone`, { reason: 'gấp' }), { status: 409, body: { error: { code: 'too-early' } } })
    await sleep(Math.max(0, Date.parse(mine.aloneFrom) - Date.now() + 50))
    t.match(await lan.ask(`POST /emergency-asks/${mine.id}/alone`, { reason: 'Không ai nghe máy' }), { status: 200, body: { state: 'alone', reason: 'Không ai nghe máy' } })
    t.ok(await until(() => east.newest(mine.id)?.drill === true && west.newest(mine.id)?.drill === true), 'a drill stays a drill')
    t.match(await binh.ask(`POST /emergency-asks/${mine.id}/confirm`, { content: mine.content }), { status: 409, body: { error: { code: 'ask-over' } } })
    t.ok(told.some(({ kind, subject }) => kind === 'emergency.alone' && subject === mine.id))
    t.match(live.server.stores.auditPages.page({ action: 'emergency.alone', most: 1 }), [{ subject: mine.id, detail: { reason: 'Không ai nghe máy', name: 'Cao Thị Lan' } }])
    await live.ask('POST /emergencies/stop-all', { reason: 'thử xong' })
  })

  await t.test('a live voice waits as well, and its ticket is had after the yes; a recording can be heard before it', async (t) => {
    const voice = asked(await lan.ask('POST /emergencies', order({ messages: [{ microphone: true }] })))
    t.equal(voice.messages[0]?.kind, 'voice')
    t.equal((await lan.ask('POST /microphone/tickets', { emergency: voice.id })).status, 403, 'no ticket before it is one')
    t.equal((await binh.ask(`POST /emergency-asks/${voice.id}/confirm`, { content: voice.content })).status, 200)
    t.equal((await lan.ask('POST /microphone/tickets', { emergency: voice.id })).status, 201)
    await live.ask('POST /emergencies/stop-all', { reason: 'thử xong' })
    const work = mkdtempSync(join(tmpdir(), 'tl-second-'))
    t.teardown(() => rmSync(work, { recursive: true }))
    const siren = join(work, 'siren.ogg')
    makeOpus(siren, 'sine=frequency=700:duration=2')
    const { payload, headers } = form([{ name: 'order', value: JSON.stringify(order({ messages: undefined })) }, { name: 'file', file: 'tin.ogg', value: readFileSync(siren) }])
    const sent = await lan.send('POST /emergencies', payload, headers)
    t.equal(sent.status, 202, JSON.stringify(sent.body))
    t.equal(asked(sent).messages[0]?.kind, 'recording')
    t.match(await lan.ask(`POST /emergency-asks/${asked(sent).id}/withdraw`), { status: 200, body: { state: 'withdrawn' } })
  })

  await t.test('one who was asked under a role that was taken since does not sound by a yes', async (t) => {
    const mine = asked(await lan.ask('POST /emergencies', order()))
    const people = (await live.ask('GET /people')).body as { id: string; name: string }[]
    const id = people.find(({ name }) => name === 'Cao Thị Lan')?.id ?? ''
    t.equal((await live.ask(`PATCH /people/${id}`, { grants: announcer(['24958']) })).status, 200)
    t.match(await binh.ask(`POST /emergency-asks/${mine.id}/confirm`, { content: mine.content }), { status: 409, body: { error: { code: 'raiser-gone' } } })
    t.same((await live.ask('GET /emergencies')).body, [])
  })
})

t.test('what waits for a second person outlives kill -9, and so does the yes', async (t) => {
  const { folder, timetable } = stationFolder()
  let server = await serverProgram(folder, timetable)
  const kill = (): Promise<void> => killed(server)
  let box: AlertBox | null = null
  t.teardown(async () => {
    await box?.leave()
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  // the station's own sounds are there
  for (let n = 0; n < 300 && ((await askHttp(server.url, server.token, 'GET /pinned-clips')).body as unknown[]).length < 7; n++) await sleep(200)
  await askHttp(server.url, server.token, 'POST /areas', NEIGHBOUR)
  box = await enrolAlertBox(server, 'Cụm 1', '24958')
  await (await enrolAlertBox(server, 'Cụm 2', '24961')).leave()
  await askHttp(server.url, server.token, 'PUT /emergency-settings', { secondPerson: true })
  const raised = await askHttp(server.url, server.token, 'POST /emergencies', order({ messages: [{ text: 'Nước lên nhanh.' }] }))
  t.equal(raised.status, 202, JSON.stringify(raised.body).slice(0, 300))
  const { id, content } = asked(raised)
  await box.leave()
  await kill()

  server = await serverProgram(folder, timetable)
  await box.connect(server.mqttUrl)
  const binh = await personAt(server, 'Lê Văn Bình', announcer(BOTH))
  t.match((await binh.ask('GET /emergency-asks')).body, [{ id, content, state: 'waiting', mayAnswer: true }])
  t.match(await askHttp(server.url, server.token, `POST /emergency-asks/${id}/confirm`, { content }), { status: 403, body: { error: { code: 'own-ask' } } })
  t.equal((await binh.ask(`POST /emergency-asks/${id}/confirm`, { content })).status, 200)
  await box.leave()
  await kill()

  server = await serverProgram(folder, timetable)
  await box.connect(server.mqttUrl)
  t.match((await askHttp(server.url, server.token, `GET /emergencies/${id}`)).body as RaisedView, { id, second: { name: 'Lê Văn Bình' } })
  t.ok(await until(() => (box?.newest(id)?.parts.length ?? 0) > 1, 60_000), 'it sounds')
})
