import t from 'tap'
import { isoWithOffset } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { get, ID, idOf, placedWorld, post } from '../support/incident-world.ts'
import { ask } from '../support/server-world.ts'

const NOBODY = { authorization: '' }

t.test('a complaint shows what sounded on that pole, by whose order, and what can be done at once', async (t) => {
  const w = await placedWorld(t)
  const { stores, clock, decide } = w.deps
  const due = wallMs(clock.wall() - 600_000)
  decide({ actor: 'administrator', action: 'timetable.publish', subject: 'sang' }, () => null)
  const planned = { slot: 's1', session: 'sang', occurrence: due, due, end: wallMs(due + 300_000), item: 'Thời sự', media: null, stream: null, planRev: 1 }
  stores.planned.insertMany([{ ...planned, cluster: ID.dong }, { ...planned, cluster: ID.tay }])
  stores.evidence.insertRows(ID.dong, 'log', [{ n: 1, slot: 's1', due, end: due + 300_000, began: due, ms: 300_000, level: -12, underruns: 0 }], { at: clock.wall() })
  w.clock.pass(60_000)
  const filed = await ask(w.app, post('/complaints'), { cluster: ID.dong, kind: 'too-loud', text: 'To quá' })
  t.equal(filed.status, 201, filed.text)
  t.match(filed.body, {
    n: 1, state: 'open', sounded: [{ title: 'Thời sự', seconds: 300, level: -12, rung: 'played' }],
    offers: [{ do: 'turn-down', method: 'PATCH', body: { volume: 80 } }, { do: 'pause', path: '/api/v1/pauses' }, { do: 'repair', path: '/api/v1/incidents' }],
  })
  const { offers } = filed.body as { offers: { method: string; path: string; body: object }[] }
  for (const { method, path, body } of offers) {
    const done = await ask(w.app, `${method as 'POST'} ${path}`, body)
    t.ok(done.status < 300, `${method} ${path} ${done.status} ${done.text.slice(0, 200)}`)
  }
  t.match(await ask(w.app, post(`/complaints/${idOf(filed.body)}/answer`), { answer: 'Đã giảm âm lượng.' }), { status: 200, body: { state: 'answered', answeredBy: 'Quản trị' } })
  t.match(await ask(w.app, post(`/complaints/${idOf(filed.body)}/answer`), { answer: 'Lại' }), { status: 409 })
  t.match(await ask(w.app, get('/complaints?state=open')), { status: 200, body: [] })
})

t.test('who ordered it is named from the audit log', async (t) => {
  const w = await placedWorld(t)
  const { stores, clock, decide } = w.deps
  decide({ actor: 'administrator', action: 'timetable.publish', subject: 'sang' }, () => null)
  w.clock.pass(1_000)
  const due = clock.wall()
  stores.planned.insertMany([{ slot: 's1', cluster: ID.dong, session: 'sang', occurrence: due, due, end: wallMs(due + 300_000), item: 'Thời sự', media: null, stream: null, planRev: 1 }])
  const filed = await ask(w.app, post('/complaints'), { cluster: ID.dong, kind: 'wrong-hour' })
  t.match(filed.body, { sounded: [{ by: 'Quản trị', order: 'timetable.publish' }] })
})

t.test('a complaint that comes days later still shows what sounded, from where it is kept by then', async (t) => {
  const w = await placedWorld(t)
  const { stores, reports } = w.deps
  const { clock } = w
  const due = clock.wall()
  stores.planned.insertMany([{ slot: 's1', cluster: ID.dong, session: 'sang', occurrence: due, due, end: wallMs(due + 300_000), item: 'Thời sự', media: null, stream: null, planRev: 1 }])
  stores.evidence.insertRows(ID.dong, 'log', [{ n: 1, slot: 's1', due, end: due + 300_000, began: due, ms: 300_000, level: -12, underruns: 0 }], { at: due })
  const days = 5
  clock.pass(days * 86_400_000)
  await reports.run('sweep', { now: clock.wall() })
  t.ok((await reports.run('pack', { now: clock.wall() })) > 0, 'its day is packed')
  t.same(stores.evidence.between(wallMs(due - 1), wallMs(due + 1), ID.dong), [], 'and no longer where it was')
  const filed = await ask(w.app, post('/complaints'), { cluster: ID.dong, kind: 'too-loud', heardAt: isoWithOffset(wallMs(due + 60_000)) })
  t.match(filed.body, { sounded: [{ title: 'Thời sự', seconds: 300, level: -12, rung: 'played' }] })
})

t.test('anybody can complain by the code on the pole: nothing is kept of them, and a flood is refused', async (t) => {
  const w = await placedWorld(t)
  const { code } = (await ask(w.app, get(`/clusters/${ID.dong}/pole-code`))).body as { code: string }
  t.notMatch(code, ID.dong)
  t.match(await ask(w.app, get(`/public/clusters/${code}`), undefined, NOBODY), { status: 200, body: { name: `Cụm ${ID.dong}` } })
  const path = post(`/public/clusters/${code}/complaints`)
  t.match(await ask(w.app, path, { kind: 'noise', heardAt: '2026-11-23T03:50', text: 'Rè' }, NOBODY), { status: 201, body: { n: 1, vi: /số 1/ } })
  t.match(w.deps.stores.care.complaints.list({ limit: 1 }), [{ actor: 'public', text: 'Rè' }])
  for (let n = 0; n < 4; n++) await ask(w.app, path, { kind: 'noise' }, NOBODY)
  t.match(await ask(w.app, path, { kind: 'noise' }, NOBODY), { status: 429, body: { error: { code: 'too-many-complaints', vi: /\S/ } } })
  t.match(await ask(w.app, post('/public/clusters/22222222/complaints'), { kind: 'noise' }, NOBODY), { status: 429 }, 'guessing codes is a flood as well')
  w.clock.pass(3_600_000)
  t.match(await ask(w.app, post('/public/clusters/22222222/complaints'), { kind: 'noise' }, NOBODY), { status: 404 })
})

t.test('a complaint that is sent again because its answer was lost is one complaint, with the same answer', async (t) => {
  const w = await placedWorld(t)
  const { code } = (await ask(w.app, get(`/clusters/${ID.dong}/pole-code`))).body as { code: string }
  const path = post(`/public/clusters/${code}/complaints`)
  const told = (key: string, body: object) => ask(w.app, path, body, { ...NOBODY, 'idempotency-key': key })
  const noise = { kind: 'noise', text: 'Rè' }
  const first = await told('k1', noise)
  t.match(first, { status: 201, body: { n: 1 } })
  w.clock.pass(60_000)
  t.same((await told('k1', noise)).body, first.body)
  t.equal(w.deps.stores.care.complaints.list({ limit: 10 }).length, 1)
  t.match(await told('k1', { kind: 'dead' }), { status: 409, body: { error: { code: 'duplicate', vi: /\S/ } } }, 'other words are another complaint')
  t.match(await told('k2', noise), { status: 201, body: { n: 2 } })
  t.equal((await told('k1', noise)).status, 201)
  t.match(await told('k1', noise), { status: 429 }, 'each attempt counts, with a key or without')
  const taken = (key: string) => ask(w.app, post('/complaints'), { cluster: ID.dong, kind: 'dead' }, { 'idempotency-key': key })
  const [one, again, other] = [await taken('k1'), await taken('k1'), await taken('k2')]
  t.match([one, again, other].map(({ status }) => status), [201, 201, 201])
  t.same(again.body, one.body)
  t.equal(w.deps.stores.care.complaints.list({ limit: 10 }).length, 4, 'a key of the open form is not one of the station')
})

t.test('bad input is a sentence in both languages', async (t) => {
  const w = await placedWorld(t)
  const { code } = (await ask(w.app, get(`/clusters/${ID.dong}/pole-code`))).body as { code: string }
  const wrong: [Parameters<typeof ask>[1], unknown][] = [
    [post('/complaints'), { cluster: 'nobody', kind: 'dead' }], [post('/complaints'), { cluster: ID.dong, kind: 'ugly' }], [post('/complaints'), { cluster: ID.dong, kind: 'dead', heardAt: 'hôm qua' }],
    [post('/complaints'), { cluster: ID.dong, kind: 'dead', heardAt: '2026-10-01T05:00' }], [get('/complaints/0000000000'), undefined], [get('/complaints?state=x'), undefined],
    [post('/complaints/0000000000/answer'), { answer: 'x' }], [get('/clusters/nobody/pole-code'), undefined], [post(`/public/clusters/${code}/complaints`), { kind: 'dead', name: 'Tôi' }], [post('/public/clusters/!/complaints'), { kind: 'dead' }],
  ]
  for (const [question, body] of wrong) {
    const answer = await ask(w.app, question, body)
    t.ok(answer.status >= 400 && answer.status < 500, `${question} ${answer.status}`)
    t.match(answer.body, { error: { code: /\S/, en: /\S/, vi: /\S/ } }, question)
  }
  t.same(w.errors, [])
})
