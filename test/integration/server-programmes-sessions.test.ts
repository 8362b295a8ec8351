import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ProgrammeView } from '../../server/features/programmes/handlers.ts'
import { seedTimetable } from '../../server/features/sessions/plugin.ts'
import { parseTimetable } from '../../server/adapters/timetable-yaml.ts'
import { AREAS, ask, form, serverWorld, type ServerWorld } from '../support/server-world.ts'

const SOUND = Buffer.concat([Buffer.from('OggS'), Buffer.alloc(996, 7)])

async function station(t: Test): Promise<ServerWorld> {
  const world = await serverWorld(t)
  for (const area of AREAS) await ask(world.app, 'POST /api/v1/areas', area)
  await ask(world.app, 'PUT /api/v1/areas/all/rules', { selfApproval: true })
  world.told.length = 0
  return world
}
const upload = (world: ServerWorld, file = 'Thông báo tiêm chủng.mp3', fields: Record<string, string> = {}, bytes: Uint8Array = SOUND) => {
  const { payload, headers } = form([...Object.entries(fields).map(([name, value]) => ({ name, value })), { name: 'file', value: bytes, file }])
  return ask(world.app, 'POST /api/v1/programmes', payload, headers)
}
const leftOver = (world: ServerWorld): string[] => readdirSync(join(world.folder, 'uploads'))

const morning = (over: object = {}): object => ({ id: 'sang', name: 'Buổi sáng', at: '05:30', until: '06:30', days: 'daily', targets: 'all', items: [{ speak: 'Xin chào bà con' }], ...over })

t.test('an uploaded recording is kept under its Vietnamese name and can be listened to', async (t) => {
  const world = await station(t)
  const { status, body } = await upload(world, 'Thông báo tiêm chủng.mp3', { folder: 'y-te', music: 'false' })
  t.equal(status, 201)
  const programme = body as ProgrammeView
  t.match(programme, { name: 'Thông báo tiêm chủng', folder: 'y-te', ms: 60_000, bytes: 1000, lufs: -16, music: false, kind: 'file' })
  t.match((await ask(world.app, 'GET /api/v1/programmes')).body, { total: 1, items: [{ id: programme.id, state: 'draft', airs: false }] })
  t.match((await ask(world.app, `GET /api/v1/programmes/${programme.id}`)).body, { peaks: 'AQID' })
  const whole = await ask(world.app, `GET ${programme.audio}`)
  t.match(whole, { status: 200, headers: { 'content-type': 'audio/ogg', 'content-length': '1000', 'accept-ranges': 'bytes' } })
  t.match(await ask(world.app, `GET ${programme.audio}`, undefined, { range: 'bytes=0-3' }), { status: 206, text: 'OggS', headers: { 'content-range': 'bytes 0-3/1000' } })
  t.match(await ask(world.app, `GET ${programme.audio}`, undefined, { range: 'bytes=-10' }), { status: 206, headers: { 'content-range': 'bytes 990-999/1000' } })
  t.match(await ask(world.app, `GET ${programme.audio}`, undefined, { range: 'bytes=2000-' }), { status: 416, body: { error: { code: 'bad-range' } } })
  t.same(leftOver(world), [], 'the upload itself is gone')
  t.same(world.told, [], 'nothing sounds of a draft: there is nothing to plan')
})

t.test('the same recording sent twice, because the answer was lost, is one programme', async (t) => {
  const world = await station(t)
  const first = (await upload(world)).body as ProgrammeView
  const second = (await upload(world)).body as ProgrammeView
  t.equal(second.id, first.id)
})

t.test('an upload that cannot be taken is refused with a sentence and leaves nothing behind', async (t) => {
  const world = await station(t)
  const cut = form([{ name: 'file', value: SOUND, file: 'a.mp3' }])
  const cases: [Promise<{ status: number; body: unknown }>, number, RegExp][] = [
    [upload(world, 'a.mp3', {}, Buffer.from('not a recording')), 422, /not a recording/],
    [upload(world, 'a.mp3', {}, Buffer.alloc(0)), 422, /empty/],
    [upload(world, 'a.mp3', { music: 'perhaps' }), 400, /"music"/],
    [upload(world, 'a.mp3', { folder: '../../etc' }), 400, /"folder"/],
    [upload(world, 'a.mp3', { name: 'x'.repeat(121) }), 400, /"name"/],
    [ask(world.app, 'POST /api/v1/programmes', form([{ name: 'name', value: 'x' }]).payload, cut.headers), 400, /no file/],
    [ask(world.app, 'POST /api/v1/programmes', cut.payload.subarray(0, 400), cut.headers), 400, /again|form/],
    [ask(world.app, 'POST /api/v1/programmes', Buffer.from('noise'), cut.headers), 400, /form/],
    [ask(world.app, 'POST /api/v1/programmes', '{}', { 'content-type': 'application/json' }), 400, /"upload"/],
    [ask(world.app, 'POST /api/v1/programmes', 'x', { 'content-type': 'audio/mpeg' }), 415, /./],
    [ask(world.app, 'POST /api/v1/programmes', cut.payload, { 'content-type': 'multipart/form-data' }), 400, /form/],
    [ask(world.app, 'POST /api/v1/programmes', form([{ name: 'file', value: SOUND, file: 'a.mp3' }, { name: 'file', value: SOUND, file: 'b.mp3' }]).payload, cut.headers), 413, /one file/],
    [ask(world.app, 'GET /api/v1/programmes/none'), 404, /no programme/],
    [ask(world.app, 'GET /api/v1/programmes/none/audio'), 404, /no programme/],
    [ask(world.app, 'DELETE /api/v1/programmes/none'), 404, /no programme/],
  ]
  for (const [n, [asked, status, sentence]] of cases.entries()) {
    const answer = await asked
    t.equal(answer.status, status, `case ${n}`)
    t.match(answer.body, { error: { en: sentence, vi: /\S/ } }, `case ${n}`)
  }
  t.same(leftOver(world), [])
  t.same((await ask(world.app, 'GET /api/v1/programmes')).body, { total: 0, items: [] })
})

t.test('a programme in use is not removed, and the sessions that use it are named', async (t) => {
  const world = await station(t)
  const file = (await upload(world, 'a.mp3', { state: 'approved' })).body as ProgrammeView
  const episode = (await upload(world, 'b.mp3', { folder: 'truyen', state: 'approved' }, Buffer.concat([SOUND, Buffer.from('2')]))).body as ProgrammeView
  await ask(world.app, 'POST /api/v1/sessions', morning({ items: [{ file: file.id }, { folder: 'truyen' }] }))
  for (const { id } of [file, episode]) t.match(await ask(world.app, `DELETE /api/v1/programmes/${id}`), { status: 409, body: { error: { en: /"Buổi sáng"/ } } })
  await ask(world.app, 'DELETE /api/v1/sessions/sang')
  for (const { id } of [file, episode]) t.equal((await ask(world.app, `DELETE /api/v1/programmes/${id}`)).status, 200)
  t.ok(world.deps.stores.programmes.bySha(file.sha), 'evidence can still name it')
})

t.test('a session is added, changed and removed, and the conductor hears of each', async (t) => {
  const world = await station(t)
  t.match(await ask(world.app, 'POST /api/v1/sessions', morning()), { status: 201, body: { session: { id: 'sang' } } })
  t.equal((await ask(world.app, 'POST /api/v1/sessions', morning())).status, 409)
  t.match(await ask(world.app, 'PUT /api/v1/sessions/sang', morning({ until: '06:00' })), { status: 200, body: { session: { until: '06:00' } } })
  t.match(await ask(world.app, 'GET /api/v1/sessions/sang'), { status: 200, body: { until: '06:00' } })
  t.match(await ask(world.app, 'GET /api/v1/sessions'), { body: [{ id: 'sang' }] })
  t.equal((await ask(world.app, 'PUT /api/v1/sessions/chieu', morning())).status, 404)
  t.equal((await ask(world.app, 'PUT /api/v1/sessions/sang', morning({ id: 'other' }))).status, 400)
  t.equal((await ask(world.app, 'DELETE /api/v1/sessions/sang')).status, 200)
  t.equal((await ask(world.app, 'DELETE /api/v1/sessions/sang')).status, 404)
  t.same(world.told, ['timetable', 'timetable', 'timetable'])
})

t.test('03:15 is refused with a plain sentence in both languages, and nothing is stored', async (t) => {
  const world = await station(t)
  const answer = await ask(world.app, 'POST /api/v1/sessions', morning({ at: '03:15', until: '03:45' }))
  t.match(answer, { status: 422, body: { error: { code: 'quiet-hours', en: /quiet hours \(21:00–05:00\)/, vi: /giờ không phát/, findings: [{ level: 'refused', path: '/at' }] } } })
  t.same((await ask(world.app, 'GET /api/v1/sessions')).body, [])
  t.same(world.told, [])
})

t.test('all that is wrong with a session is told at once; a warning does not keep it out', async (t) => {
  const world = await station(t)
  const { body } = await ask(world.app, 'POST /api/v1/sessions', morning({ targets: { areas: ['99999'] }, items: [{ file: 'none' }], policy: 'none' }))
  const codes = (body as { error: { findings: { code: string }[] } }).error.findings.map(({ code }) => code)
  for (const code of ['unknown-area', 'unknown-programme', 'unknown-policy']) t.ok(codes.includes(code), code)
  const noon = await ask(world.app, 'POST /api/v1/sessions', morning({ at: '11:30', until: '12:00' }))
  t.match(noon, { status: 201 })
  t.ok((noon.body as { warnings: { code: string }[] }).warnings.some(({ code }) => code === 'rest-hours'))
})

t.test('a session that does not fit the schema is refused with the field and what to do', async (t) => {
  const { app } = await station(t)
  const cases: [object, RegExp][] = [
    [{ at: '5:30' }, /"at" must have the form: HH:MM/],
    [{ items: [{ fiel: 'x' }] }, /needs one of the fields "chime", "file", "folder", "relay", "speak"|"items\[0\]/],
    [{ items: [{ file: 'a', colour: 1 }] }, /"items\[0\].colour" is not known/],
    [{ items: [] }, /"items" must have at least 1/],
    [{ days: { weekdays: [8] } }, /"days.weekdays\[0\]" must be at most 7/],
    [{ id: 'Buổi sáng' }, /"id" must have the form: lower-case/],
    [{ name: undefined }, /lacks the field "name"/],
  ]
  for (const [over, sentence] of cases) t.match(await ask(app, 'POST /api/v1/sessions', morning(over)), { status: 400, body: { error: { code: 'invalid', en: sentence } } }, JSON.stringify(over))
})

const YAML = `version: 1
station: Đài Đức Trọng
areas:
  - { code: "68", name: Lâm Đồng, kind: province }
  - { code: "24958", name: Xã Đức Trọng, kind: commune, parent: "68" }
policies:
  ca-ngay: { label: "Thử nghiệm, cả ngày", windows: ["00:00-24:00"], quiet: [] }
sessions:
  - id: sang
    name: Buổi sáng
    at: "05:30"
    until: "06:30"
    days: daily
    targets: all
    items:
      - speak: Xin chào
`
const yaml = { 'content-type': 'application/yaml' }

t.test('the timetable goes in as YAML and comes out the same', async (t) => {
  const world = await station(t)
  await ask(world.app, 'POST /api/v1/sessions', morning({ id: 'cu' }))
  t.match(await ask(world.app, 'PUT /api/v1/timetable.yaml', YAML, yaml), { status: 200, body: { areas: 2, policies: 1, sessions: 1 } })
  t.match((await ask(world.app, 'GET /api/v1/sessions')).body, [{ id: 'sang' }], 'what the file does not name is gone')
  const out = await ask(world.app, 'GET /api/v1/timetable.yaml')
  t.match(out.headers, { 'content-type': /yaml/ })
  const again = await ask(world.app, 'POST /api/v1/timetable.yaml', out.text, yaml)
  t.match(again, { status: 200, body: { sessions: 1 } })
  t.equal((await ask(world.app, 'GET /api/v1/timetable.yaml')).text, out.text)
})

t.test('a timetable with mistakes is refused with line and column, and changes nothing', async (t) => {
  const world = await station(t)
  const before = (await ask(world.app, 'GET /api/v1/timetable.yaml')).text
  const line = YAML.split('\n').findIndex((l) => l.includes('at: "05:30"')) + 1
  t.match(await ask(world.app, 'PUT /api/v1/timetable.yaml', YAML.replace('at: "05:30"', 'at: "03:15"'), yaml), { status: 422, body: { error: { code: 'quiet-hours', findings: [{ line }] } } })
  t.match(await ask(world.app, 'PUT /api/v1/timetable.yaml', 'a: [', yaml), { status: 422, body: { error: { code: 'malformed', findings: [{ line: 1 }] } } })
  t.equal((await ask(world.app, 'PUT /api/v1/timetable.yaml', '{}', { 'content-type': 'application/json' })).status, 400)
  t.equal((await ask(world.app, 'PUT /api/v1/timetable.yaml', `# ${'x'.repeat(1_100_000)}`, yaml)).status, 413)
  t.equal((await ask(world.app, 'GET /api/v1/timetable.yaml')).text, before)
})

t.test('an empty station is seeded once; afterwards the database is the truth', async (t) => {
  const { deps } = await serverWorld(t)
  const parsed = parseTimetable(YAML, 'x')
  if (!parsed.ok) return t.fail(JSON.stringify(parsed.problems))
  t.match(seedTimetable(deps, { ...parsed.value, sessions: [{ ...parsed.value.sessions[0]!, at: '03:15', until: '04:00' }] }), { ok: false, refusal: { code: 'quiet-hours' } })
  t.match(seedTimetable(deps, { ...parsed.value, sessions: [{ ...parsed.value.sessions[0]!, items: [{ file: 'follows.mp3' }], targets: { clusters: ['Cụm chợ'] } }] }), { ok: true, value: { sessions: 1 } })
  deps.stores.sessions.remove('sang')
  t.same(seedTimetable(deps, parsed.value), { ok: true, value: null })
  t.same(deps.stores.sessions.all(), [])
})
