import t from 'tap'
import { datedBounds } from '../../server/features/pauses/plugin.ts'
import { as, asAdministrator, CLUSTERS, deskWorld, draftOf, put, session } from '../support/desk-world.ts'
import { asNobody } from '../support/people-world.ts'

t.setTimeout(120_000)
const HOUR = 3_600_000

t.test('a pause silences a hamlet until midnight, ends by itself, and can be ended early', async (t) => {
  const world = await deskWorld(t)
  const { operator, neighbour, deps, clock } = world
  await asAdministrator(world, 'POST /sessions', session())
  world.told.length = 0
  const made = await as(operator, 'POST /pauses', { areas: ['24958-dong'], reason: ' Đám tang ' })
  t.match(made, { status: 201, body: { state: 'running', reason: 'Đám tang', by: 'Nguyễn Văn An', to: '2026-11-24T00:00:00.000+07:00', reach: { clusters: 1, vi: '1 xã, 1 cụm' }, silences: [{ session: 'chieu', at: '2026-11-23T17:00:00.000+07:00' }] } })
  t.same(world.told, [`cluster ${CLUSTERS.hamlet}`], 'only that cluster is planned')
  const dated = datedBounds(deps.stores, clock.wall())
  t.match(dated(CLUSTERS.hamlet).pauses, [{ reason: 'Đám tang' }])
  t.same(dated(CLUSTERS.centre).pauses, [])
  t.match((await as(operator, 'GET /pauses')).body, [{ state: 'running' }])
  t.same((await as(neighbour, 'GET /pauses')).body, [])
  const { id } = made.body as { id: string }
  t.equal((await as(neighbour, `POST /pauses/${id}/end`)).status, 404)
  clock.pass(HOUR)
  t.match(await as(operator, `POST /pauses/${id}/end`), { status: 200, body: { state: 'ended', to: '2026-11-23T05:00:00.000+07:00' } })
  t.match(await as(operator, `POST /pauses/${id}/end`), { status: 409, body: { error: { code: 'over' } } })
  t.same((await as(operator, 'GET /pauses')).body, [])
  t.match((await as(operator, 'GET /pauses?since=2026-11-22')).body, [{ id, state: 'ended' }])
  const later = await as(operator, 'POST /pauses', { clusters: [CLUSTERS.centre], from: '2026-11-25T08:00:00+07:00', to: '2026-11-25T10:00:00+07:00', reason: 'Thi' })
  t.match(later.body, { state: 'upcoming', clusters: [{ name: 'Cụm Chợ' }] })
  await as(operator, `POST /pauses/${(later.body as { id: string }).id}/end`)
  t.same(datedBounds(deps.stores, clock.wall())(CLUSTERS.centre).pauses, [], 'one that has not begun never does')
  const own = await as(operator, 'POST /pauses', { areas: ['24958'], reason: 'Thi' })
  clock.pass(24 * HOUR)
  const told = (await as(operator, 'GET /pauses?since=2026-11-22')).body as readonly { id: string }[]
  t.match(told.find((one) => one.id === (own.body as { id: string }).id), { state: 'over' })
})

t.test('openings of quiet hours have a right of their own, end within twelve hours, and let a session of that night be published', async (t) => {
  const world = await deskWorld(t)
  const { operator, approver } = world
  world.clock.pass(16 * HOUR)
  const night = session({ id: 'giao-thua', name: 'Giao thừa', at: '23:45', until: '00:15', days: { once: '2026-11-23' } })
  t.match(await as(approver, 'POST /sessions', night), { status: 422, body: { error: { code: 'quiet-hours' } } })
  const wish = { areas: ['24958'], from: '2026-11-23T23:30:00+07:00', to: '2026-11-24T00:30:00+07:00', reason: 'Giao thừa' }
  t.equal((await as(operator, 'POST /openings', wish)).status, 403)
  t.match(await as(approver, 'POST /openings', { ...wish, to: '2026-11-24T09:00:00+07:00' }), { status: 422, body: { error: { code: 'too-far' } } })
  t.match(await as(approver, 'POST /openings', { ...wish, areas: ['24958-dong'] }), { status: 201 })
  t.match(await as(approver, 'POST /sessions', night), { status: 422 }, 'open in one hamlet is not open in the commune')
  t.match(await as(approver, 'POST /openings', wish), { status: 201, body: { state: 'upcoming' } })
  t.match(await as(approver, 'POST /sessions', night), { status: 201, body: { warnings: [{ code: 'unusual-hour' }, {}] } })
})

t.test('days of mourning of an area are in the plans of its clusters only', async (t) => {
  const { approver, operator, deps, clock } = await deskWorld(t)
  t.equal((await as(operator, 'POST /mourning', { areas: ['24958'], date: '2026-11-25', reason: 'Quốc tang' })).status, 403)
  t.match(await as(approver, 'POST /mourning', { areas: ['24958'], date: '2026-11-25', until: '2026-11-26', reason: 'Quốc tang' }), { status: 201 })
  const dated = datedBounds(deps.stores, clock.wall())
  t.same(dated(CLUSTERS.hamlet).mourning, ['2026-11-25', '2026-11-26'])
  t.same(dated(CLUSTERS.next).mourning, [])
})

t.test('an area writes its own rules, and none that a session in force would break', async (t) => {
  const world = await deskWorld(t)
  const { operator, approver, province } = world
  await asAdministrator(world, 'POST /sessions', session())
  t.equal((await as(operator, 'PUT /policies/xa', {})).status, 403)
  t.match(await as(approver, 'PUT /policies/mac-dinh', { windows: ['05:00-22:00'] }), { status: 403 }, 'the default is everybody’s')
  t.match(await as(approver, 'PUT /policies/xa', { windows: ['25:00-26:00'] }), { status: 422, body: { error: { code: 'bad-span' } } })
  t.match(await as(approver, 'PUT /policies/xa', { windows: ['05:00-17:30'] }), { status: 200, body: { policy: { areas: [], sentences: [{ vi: 'Lịch phát được phép trong khung giờ 05:00–17:30.' }] } } })
  t.match(await as(approver, 'PUT /areas/24958/policy', { policy: 'xa' }), { status: 409, body: { error: { code: 'sessions-break-it', findings: [{ path: '/sessions/chieu/at' }] } } })
  t.match(await as(approver, 'PUT /policies/xa', { windows: ['05:00-19:00'], volume: [{ at: '05:00-06:00', percent: 60 }], mourning: ['2026-11-25'], caps: { minutesPerDay: 90 } }), { status: 200 })
  t.match(await as(approver, 'PUT /areas/24958/policy', { policy: 'xa' }), { status: 200, body: { policy: { areas: ['24958', '24958-dong'] } } })
  t.match(await as(approver, 'PUT /policies/xa', { windows: ['05:00-19:00'], caps: { minutesPerDay: 45 } }), { status: 409 }, 'a cap that is broken already')
  t.match(await as(operator, 'POST /timetable/check', session({ id: 'nua', at: '06:00', until: '07:00' })), { status: 200, body: { findings: [{ code: 'cap', level: 'refused' }] } })
  t.match(await as(approver, 'DELETE /policies/xa'), { status: 409, body: { error: { code: 'in-use' } } })
  t.match(await as(approver, 'PUT /areas/24958/policy', { policy: null }), { status: 200 })
  t.equal((await as(approver, 'DELETE /policies/xa')).status, 200)
  t.equal((await as(approver, 'PUT /areas/24961/policy', { policy: null })).status, 403)
  t.equal((await as(province, 'PUT /areas/99999/policy', { policy: null })).status, 404)
  t.match((await as(operator, 'GET /policies')).body, [{ id: 'mac-dinh' }])
})

t.test('groups reach over areas, for whoever may publish in all of them', async (t) => {
  const world = await deskWorld(t)
  const { operator, province, neighbour } = world
  const group = { id: 'loa-cho', name: 'Loa chợ', clusters: [CLUSTERS.centre, 'Cụm Bên'] }
  t.equal((await as(operator, 'PUT /groups/loa-cho', group)).status, 403)
  t.match(await as(province, 'PUT /groups/loa-cho', group), { status: 200 })
  t.match(await as(province, 'PUT /groups/loa-cho', { ...group, clusters: ['không có'] }), { status: 422, body: { error: { code: 'unknown-cluster' } } })
  t.match(await as(province, 'PUT /groups/khac', group), { status: 400, body: { error: { code: 'other-id' } } })
  t.match((await as(neighbour, 'GET /groups')).body, [{ id: 'loa-cho' }])
  t.equal((await as(province, 'POST /sessions', session({ targets: { groups: ['loa-cho'] } }))).status, 201)
  t.equal((await as(operator, 'PUT /sessions/chieu', session({ targets: { groups: ['loa-cho'] }, until: '17:10' }))).status, 403)
  t.match(await as(province, 'DELETE /groups/loa-cho'), { status: 409, body: { error: { code: 'in-use' } } })
  await as(province, 'DELETE /sessions/chieu')
  t.equal((await as(province, 'DELETE /groups/loa-cho')).status, 200)
  t.equal((await as(province, 'GET /groups/loa-cho')).status, 404)
})

t.test('the timetable of an area is a calendar that a link without an account can read, until it is withdrawn', async (t) => {
  const world = await deskWorld(t)
  const { operator, neighbour } = world
  await asAdministrator(world, 'POST /sessions', session({ name: 'Buổi chiều; tin, và nhạc', except: ['2026-11-24'] }))
  const own = await as(operator, 'GET /timetable/areas/24958/calendar.ics')
  t.match(own, { status: 200, headers: { 'content-type': 'text/calendar; charset=utf-8' } })
  t.equal(own.text.match(/BEGIN:VEVENT/g)?.length, 59, 'sixty days without the exception')
  t.match(own.text, 'SUMMARY:Buổi chiều\\; tin\\, và nhạc\r\n')
  t.match(own.text, 'DTSTART;TZID=Asia/Ho_Chi_Minh:20261123T170000\r\n')
  t.match(own.text, 'UID:chieu.2026-11-23.0.24958@tieng-lang\r\n')
  for (const line of own.text.split('\r\n')) t.ok(Buffer.byteLength(line) <= 75, line)
  t.equal((await as(neighbour, 'GET /timetable/areas/24958/calendar.ics')).status, 403)
  const made = await as(operator, 'POST /timetable/links', { area: '24958' })
  const { path, id } = made.body as { path: string; id: string }
  t.match(await asNobody(world, `GET ${path}`), { status: 200, text: own.text })
  t.equal((await asNobody(world, `GET ${path.slice(0, -1)}~`)).status, 400)
  t.equal((await asNobody(world, `GET ${path.slice(0, -4)}AAAA`)).status, 404)
  t.notMatch(JSON.stringify((await as(operator, 'GET /timetable/links')).body), path.split('/').at(-1) ?? '')
  t.equal((await as(neighbour, `DELETE /timetable/links/${id}`)).status, 404)
  t.equal((await as(operator, `DELETE /timetable/links/${id}`)).status, 200)
  t.equal((await asNobody(world, `GET ${path}`)).status, 404)
})

t.test('bad input of every route is a 4xx with a sentence in both languages', async (t) => {
  const world = await deskWorld(t)
  const { province } = world
  const draft = await draftOf(province, '68')
  await put(province, draft, session())
  const at = `/timetable/drafts/${draft}`
  const cases: [Parameters<typeof as>[1], unknown, number][] = [
    ['POST /timetable/drafts', {}, 400], ['POST /timetable/drafts', { name: ' ' }, 400], ['POST /timetable/drafts', { name: 'x', area: '99' }, 422], ['POST /timetable/drafts', { name: 'x', colour: 1 }, 400],
    ['GET /timetable/drafts/zz', undefined, 400], ['GET /timetable/drafts/000000000000', undefined, 404], [`PATCH ${at}`, {}, 400],
    [`PUT ${at}/sessions/chieu`, { id: 'chieu' }, 400], [`PUT ${at}/sessions/khac`, session(), 400], [`DELETE ${at}/sessions/khong`, undefined, 404], [`POST ${at}/sessions/khong/forget`, undefined, 404],
    [`POST ${at}/resolve`, { session: 'chieu', take: 'both' }, 400], [`POST ${at}/resolve`, { session: 'chieu', take: 'mine' }, 409],
    [`POST ${at}/place`, {}, 400], [`POST ${at}/place`, { session: session(), answer: 'perhaps' }, 400], [`POST ${at}/place`, { item: { file: 'x' }, into: 'khong', at: '17:00' }, 404],
    [`POST ${at}/copy`, { from: '2026-11-23', to: '2026-11-30', days: 2 }, 400], [`POST ${at}/copy`, { from: '2026-02-30', to: '2026-11-30', days: 1 }, 422],
    [`POST ${at}/apply`, { template: '000000000000', days: 'daily' }, 404], [`POST ${at}/except`, { when: 'Tết' }, 400], [`POST ${at}/except`, { sessions: ['khong'], when: '2026-11-25' }, 404],
    [`POST ${at}/extend`, { session: 'chieu', date: '2026-11-25', until: '19:00' }, 400], [`POST ${at}/extend`, { session: 'khong', date: '2026-11-25', until: '19:00', reason: 'x' }, 404],
    [`GET ${at}/preview`, undefined, 400], [`GET ${at}/preview?cluster=zzzzzzzzzz&at=2026-11-23T05:30`, undefined, 404], [`POST ${at}/publish`, { unusual: 'yes' }, 400],
    ['GET /timetable/week?from=tomorrow', undefined, 400], ['GET /timetable/week?from=2026-02-30', undefined, 422], ['GET /timetable/week?area=99999', undefined, 404], ['GET /timetable/week?draft=000000000000', undefined, 404],
    ['POST /timetable/check', {}, 400], ['GET /timetable/publications?before=0', undefined, 400], ['GET /timetable/publications/99', undefined, 404], ['POST /timetable/publications/99/undo', {}, 404], ['POST /timetable/publications/x/undo', {}, 400],
    ['POST /timetable/templates', { name: 'x', sessions: [] }, 400], ['POST /timetable/templates', { name: 'x', area: '24958', sessions: ['khong'] }, 404], ['DELETE /timetable/templates/000000000000', undefined, 404],
    ['POST /pauses', { reason: 'x' }, 422], ['POST /pauses', { areas: ['24958'] }, 400], ['POST /pauses', { areas: ['99999'], reason: 'x' }, 422], ['POST /pauses', { clusters: ['zzzzzzzzzz'], reason: 'x' }, 422],
    ['POST /pauses', { areas: ['24958'], reason: 'x', to: '2026-11-22T00:00:00Z' }, 422], ['POST /pauses', { areas: ['24958'], reason: 'x', to: '2027-01-22T00:00:00Z' }, 422], ['POST /pauses', { areas: ['24958'], reason: 'x', from: '2026-11-31T00:00:00Z' }, 422],
    ['POST /pauses/000000000000/end', undefined, 404], ['GET /pauses?since=2026-02-30', undefined, 422], ['POST /openings', { areas: ['24958'], reason: 'x' }, 400], ['POST /openings/000000000000/end', undefined, 404],
    ['POST /mourning', { areas: ['24958'], date: '2026-02-30', reason: 'x' }, 422], ['POST /mourning', { areas: [], date: '2026-11-25', reason: 'x' }, 400], ['POST /mourning/000000000000/end', undefined, 404],
    ['GET /policies/khong', undefined, 404], ['PUT /policies/Xa', {}, 400], ['PUT /policies/x', { caps: { minutesPerDay: 0 } }, 400], ['DELETE /policies/khong', undefined, 404], ['PUT /areas/24958/policy', { policy: 'khong' }, 404], ['PUT /areas/24958/policy', {}, 400],
    ['PUT /groups/x', {}, 400], ['GET /groups/khong', undefined, 404], ['DELETE /groups/khong', undefined, 404], ['GET /timetable/areas/99999/calendar.ics', undefined, 404], ['GET /timetable/areas/x/calendar.ics', undefined, 400],
    ['POST /timetable/links', { area: '99999' }, 422], ['POST /timetable/links', {}, 400], ['DELETE /timetable/links/000000000000', undefined, 404],
  ]
  for (const [question, body, status] of cases) {
    const answer = await as(province, question, body)
    t.equal(answer.status, status, `${question} ${JSON.stringify(body)}: ${answer.text.slice(0, 200)}`)
    t.match(answer.body, { error: { code: /\S/, en: /\S{2}/, vi: /\S{2}/ } }, question)
  }
  t.match(await as(province, `PUT ${at}/sessions/chieu`, session(), { 'if-match': 'new' }), { status: 400 })
  t.same(world.errors, [])
})
