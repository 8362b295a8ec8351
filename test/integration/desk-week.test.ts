import t from 'tap'
import type { WeekView } from '../../server/features/timetable/week-views.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { as, asAdministrator, CLUSTERS, deskWorld, draftOf, programme, put, session } from '../support/desk-world.ts'

t.setTimeout(120_000)

t.test('a week shows each item at its exact place, what is too much, what is empty, what clashes, and the rules in sentences', async (t) => {
  const world = await deskWorld(t)
  const { operator, approver, neighbour } = world
  programme(world, 'dai')
  programme(world, 'cho', { state: 'pending' })
  await as(approver, 'PUT /policies/xa', { windows: ['05:00-19:00'], caps: { minutesPerDay: 120, sessionsPerDay: 3 } })
  await as(approver, 'PUT /areas/24958/policy', { policy: 'xa' })
  await asAdministrator(world, 'POST /sessions', session({ items: [{ file: 'dai' }, { relay: 'vov1', length: '30m', substitute: 'dai' }] }))
  const draft = await draftOf(operator, '24958')
  await put(operator, draft, session({ id: 'them', name: 'Buổi thêm', at: '17:45', until: '17:50', items: [{ file: 'dai' }, { file: 'cho' }], days: { once: '2026-11-25' } }))
  const week = (await as(operator, `GET /timetable/week?from=2026-11-23&area=24958&draft=${draft}`)).body as WeekView
  t.match(week.days[0], { date: '2026-11-23', weekday: 1, lunar: '15/10' })
  t.equal(week.days.length, 7)
  const [monday] = week.sessions
  t.match(monday, { session: 'chieu', start: '2026-11-23T17:00:00.000+07:00', lengthMs: 3_600_000, filledMs: 2_400_000, overS: 0, underS: 1_200, fill: { vi: 'thiếu 1200 giây' }, clusters: 2, draft: false })
  t.match(monday?.items, [{ name: 'dai', start: '2026-11-23T17:00:00.000+07:00', lengthMs: 600_000, state: 'ready', fits: 'whole' }, { kind: 'relay', start: '2026-11-23T17:10:00.000+07:00', lengthMs: 1_800_000 }])
  const added = week.sessions.find((one) => one.session === 'them')
  t.match(added, { date: '2026-11-25', overS: 300, draft: true, clashes: [{ session: 'chieu', clusters: 2, how: 'queue', from: '2026-11-25T17:45:00.000+07:00' }] })
  t.match(added?.items, [{ fits: 'cut', lengthMs: 300_000 }, { start: null, lengthMs: 0, state: 'not-approved', problem: { vi: /chưa duyệt/ } }])
  t.match(week.rules, [{ policy: 'xa', caps: { minutesPerDay: 120 }, used: [{ date: '2026-11-23', sessions: 1, minutes: 60 }, {}, { date: '2026-11-25', sessions: 2, minutes: 65 }] }])
  t.ok(week.rules[0]?.sentences.some(({ vi }) => vi === 'Mỗi ngày phát tối đa 120 phút.'))
  t.ok(week.findings.some(({ code, path }) => code === 'not-approved' && path.startsWith('/sessions/them')))
  const theirs = (await as(neighbour, 'GET /timetable/week?from=2026-11-23')).body as WeekView
  t.same(theirs.sessions, [], 'the neighbour hears none of it')
})

t.test('a clash is answered with overwrite, append or move; a session of the province is never pushed aside by a commune', async (t) => {
  const world = await deskWorld(t)
  const { operator } = world
  await asAdministrator(world, 'POST /sessions', session())
  await asAdministrator(world, 'POST /sessions', session({ id: 'tinh', name: 'Buổi của tỉnh', at: '06:00', until: '06:30', targets: { areas: ['68'] } }))
  const draft = await draftOf(operator, '24958')
  const meeting = session({ id: 'hop', name: 'Họp thôn', at: '17:30', until: '17:45', days: { once: '2026-11-25' }, targets: { areas: ['24958-dong'] } })
  const place = (one: Session, answer?: string) => as(operator, `POST /timetable/drafts/${draft}/place`, { session: one, ...(answer === undefined ? {} : { answer }) })
  t.match(await place(meeting), { status: 409, body: { error: { code: 'clash', findings: [{ path: '/sessions/chieu', vi: '"Buổi chiều", 17:00–18:00' }] } } })
  t.match(await place(meeting, 'append'), { status: 200, body: { changed: ['hop'] } })
  t.match((await as(operator, `GET /timetable/drafts/${draft}`)).body, { list: [{ session: 'hop', doc: { at: '18:00', until: '18:15' } }] })
  t.match(await place({ ...meeting, id: 'hop2' }, 'overwrite'), { status: 200, body: { changed: ['chieu', 'chieu-2', 'hop2'] } })
  const { list } = (await as(operator, `GET /timetable/drafts/${draft}`)).body as { list: { session: string; doc: Session }[] }
  t.match(list.find((one) => one.session === 'chieu-2')?.doc, { targets: { clusters: [CLUSTERS.centre] }, days: { once: ['2026-11-25'] } }, 'the rest of the commune keeps it')
  const early = session({ id: 'som', name: 'Sớm', at: '06:10', until: '06:20' })
  t.match(await place(early, 'overwrite'), { status: 403, body: { error: { code: 'not-yours', findings: [{ path: '/sessions/tinh' }] } } })
  t.match(await place(early, 'append'), { status: 200 })
})

t.test('an item is placed in a session at a time, on all days or on one', async (t) => {
  const world = await deskWorld(t)
  const { operator } = world
  programme(world, 'mot')
  programme(world, 'hai')
  programme(world, 'tin', { ms: 120_000 })
  await asAdministrator(world, 'POST /sessions', session({ items: [{ file: 'mot' }, { file: 'hai' }] }))
  const draft = await draftOf(operator, '24958')
  const place = (wish: object) => as(operator, `POST /timetable/drafts/${draft}/place`, { item: { file: 'tin' }, into: 'chieu', at: '17:05', ...wish })
  t.match(await place({}), { status: 409, body: { error: { code: 'clash', vi: /"mot"/ } } })
  t.match(await place({ at: '16:59', answer: 'append' }), { status: 422, body: { error: { code: 'not-in-session' } } })
  t.match(await place({ date: '2026-11-25', answer: 'append' }), { status: 200, body: { changed: ['chieu', 'chieu-2'] } })
  const { list } = (await as(operator, `GET /timetable/drafts/${draft}`)).body as { list: { session: string; doc: Session }[] }
  t.match(list, [{ doc: { except: ['2026-11-25'], items: [{ file: 'mot' }, { file: 'hai' }] } }, { doc: { days: { once: ['2026-11-25'] }, items: [{ file: 'mot' }, { file: 'tin' }, { file: 'hai' }] } }])
  t.match(await place({ at: '17:20' }), { status: 200 }, 'behind the last one nothing is in the way')
  t.match(await place({ date: '2026-02-30', answer: 'move' }), { status: 422, body: { error: { code: 'no-such-date' } } })
})

t.test('days and weeks are copied, and only what the other days lack', async (t) => {
  const world = await deskWorld(t)
  const { operator } = world
  await asAdministrator(world, 'POST /sessions', session())
  await asAdministrator(world, 'POST /sessions', session({ id: 'tiem', name: 'Tiêm chủng', at: '09:00', until: '09:10', days: { once: ['2026-11-24', '2026-11-26'] } }))
  const draft = await draftOf(operator, '24958')
  t.match(await as(operator, `POST /timetable/drafts/${draft}/copy`, { from: '2026-11-23', to: '2026-11-30', days: 1 }), { status: 422, body: { error: { code: 'nothing-to-copy' } } })
  t.match(await as(operator, `POST /timetable/drafts/${draft}/copy`, { from: '2026-11-23', to: '2026-11-30', days: 7 }), { status: 200, body: { changed: ['tiem-2'] } })
  t.match((await as(operator, `GET /timetable/drafts/${draft}`)).body, { list: [{ doc: { id: 'tiem-2', at: '09:00', days: { once: ['2026-12-01', '2026-12-03'] } } }] })
  t.match(await as(operator, `POST /timetable/drafts/${draft}/copy`, { from: '2026-11-24', to: '2026-11-25', days: 1 }), { status: 200, body: { changed: ['tiem-3'] } })
})

t.test('templates of sessions are kept and applied; exceptions by lunar date and one-off extensions are put in', async (t) => {
  const world = await deskWorld(t)
  const { operator, neighbour, province } = world
  await asAdministrator(world, 'POST /sessions', session())
  const saved = await as(operator, 'POST /timetable/templates', { name: 'Buổi chiều thường', area: '24958', sessions: ['chieu'] })
  t.match(saved, { status: 201, body: { sessions: [{ id: 'chieu' }] } })
  const { id: template } = saved.body as { id: string }
  t.same((await as(neighbour, 'GET /timetable/templates')).body, [])
  t.match((await as(province, 'GET /timetable/templates')).body, [{ id: template }])
  t.match(await as(neighbour, 'POST /timetable/templates', { name: 'x', area: '24961', sessions: ['chieu'] }), { status: 404 })
  const draft = await draftOf(operator, '24958')
  t.match(await as(operator, `POST /timetable/drafts/${draft}/apply`, { template, days: { once: '2026-11-28' } }), { status: 409 }, 'it clashes with itself')
  t.match(await as(operator, `POST /timetable/drafts/${draft}/apply`, { template, days: { once: '2026-11-28' }, answer: 'append' }), { status: 200, body: { changed: ['chieu-2'] } })
  t.equal((await as(operator, `POST /timetable/drafts/${draft}/except`, { when: { lunar: '1/1' } })).status, 200)
  t.equal((await as(operator, `POST /timetable/drafts/${draft}/extend`, { session: 'chieu', date: '2026-11-27', until: '19:00', reason: 'Dịch sởi' })).status, 200)
  t.match((await as(operator, `GET /timetable/drafts/${draft}`)).body, {
    list: [{ session: 'chieu', doc: { except: [{ lunar: '1/1' }], extend: [{ date: '2026-11-27', until: '19:00' }] }, words: [{ vi: /nghỉ ngày 1\/1 âm lịch/ }, { vi: /kéo dài ngày 2026-11-27 đến 19:00 \(Dịch sởi\)/ }] }, {}],
  })
  t.match(await as(operator, `POST /timetable/drafts/${draft}/except`, { sessions: ['chieu'], when: { lunar: '1/1' }, again: true }), { status: 200 })
  t.match(await as(operator, `POST /timetable/drafts/${draft}/extend`, { session: 'chieu', date: '2026-02-29', until: '19:00', reason: 'x' }), { status: 422 })
  t.equal((await as(operator, `DELETE /timetable/templates/${template}`)).status, 200)
})

t.test('any instant of a cluster is previewed as the draft would have it, with its reason', async (t) => {
  const world = await deskWorld(t)
  const { operator, neighbour } = world
  programme(world, 'dai', { name: 'Bản tin' })
  const draft = await draftOf(operator, '24958')
  await put(operator, draft, session({ items: [{ file: 'dai', name: 'Bản tin' }] }))
  const at = (instant: string, cluster: string = CLUSTERS.hamlet) => as(operator, `GET /timetable/drafts/${draft}/preview?cluster=${cluster}&at=${encodeURIComponent(instant)}`)
  t.match((await at('2026-11-24T17:05:00+07:00')).body, { do: 'play', session: 'chieu', item: 'Bản tin', offsetMs: 300_000, because: { code: 'due', vi: /Bản tin/ } })
  t.match((await at('2026-11-24T17:15:00+07:00')).body, { do: 'silence', because: { code: 'nothing-due' } })
  await as(operator, 'POST /pauses', { areas: ['24958-dong'], from: '2026-11-24T16:00:00+07:00', to: '2026-11-24T20:00:00+07:00', reason: 'Đám tang' })
  t.match((await at('2026-11-24T17:05:00+07:00')).body, { do: 'silence', because: { code: 'paused', vi: /Đám tang/ } })
  t.match((await at('2026-11-24T17:05:00+07:00', CLUSTERS.centre)).body, { do: 'play' })
  t.equal((await at('2026-11-24T17:05:00+07:00', CLUSTERS.next)).status, 404)
  t.equal((await at('2026-11-31T17:05:00+07:00')).status, 400)
  t.equal((await as(neighbour, `GET /timetable/drafts/${draft}/preview?cluster=${CLUSTERS.next}&at=2026-11-24T17:05`)).status, 404)
})
