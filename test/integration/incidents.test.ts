import t from 'tap'
import type { Role } from '../../server/core/identity.ts'
import { identityOf } from '../../server/core/person-store.ts'
import { createIncidentHandlers } from '../../server/features/incidents/handlers.ts'
import { get, ID, idOf, placedWorld, post, type IncidentWorld } from '../support/incident-world.ts'
import { ask, form } from '../support/server-world.ts'

const person = ({ deps }: IncidentWorld, id: string, role: Role, areas: readonly string[]) => {
  deps.stores.people.insert({ id, name: `Người ${id}`, phone: null, grants: [{ role, areas }], createdAt: deps.clock.wall(), disabledAt: null })
  const found = deps.stores.people.byId(id)
  if (!found) throw new Error('not stored')
  return identityOf(found)
}

t.test('the list of one commune is whole, however many incidents others have had since', async (t) => {
  const w = await placedWorld(t)
  w.conditions.set('x', { cluster: ID.tay, kind: 'underruns', since: null, en: 'dry', vi: 'ngắt quãng' })
  w.second()
  const { incidents } = w.deps.stores
  const [own] = incidents.open()
  if (!own) throw new Error('none is open')
  for (let n = 0; n < 1_200; n++) incidents.insert({ ...own, id: `x${String(n).padStart(9, '0')}`, n: own.n + 1 + n, areas: ['24958'] })
  t.match((await ask(w.app, get('/incidents?area=24959'))).body, [{ id: own.id }])
  t.equal(((await ask(w.app, get('/incidents?area=24958&limit=500'))).body as unknown[]).length, 500)
  t.match((await ask(w.app, get(`/incidents?area=24959&before=${own.n}`))).body, [])
})

t.test('an incident goes from open to verified: people say "repaired", the station verifies', async (t) => {
  const w = await placedWorld(t)
  w.conditions.set('x', { cluster: ID.dong, kind: 'underruns', since: null, en: 'dry', vi: 'ngắt quãng' })
  w.second()
  const [first] = (await ask(w.app, get('/incidents'))).body as { id: string; state: string; title: { vi: string } }[]
  t.match(first, { state: 'open', title: { vi: /Cụm c000000001: tiếng bị ngắt quãng/ } })
  const id = idOf(first)
  t.match(await ask(w.app, post(`/incidents/${id}/state`), { state: 'assigned' }), { status: 200, body: { state: 'assigned', assignee: 'Quản trị' } })
  t.match(await ask(w.app, post(`/incidents/${id}/state`), { state: 'in-hand' }), { status: 200 })
  t.match(await ask(w.app, post(`/incidents/${id}/state`), { state: 'verified' }), { status: 409, body: { error: { code: 'system-verifies' } } })
  t.match(await ask(w.app, post(`/incidents/${id}/parts`), { name: 'Nguồn 12 V', count: 1, costDong: 350_000 }), { status: 200, body: { costDong: 350_000 } })
  t.match(await ask(w.app, post(`/incidents/${id}/comments`), { text: 'Đã thay nguồn' }), { status: 200 })
  t.match(await ask(w.app, post(`/incidents/${id}/state`), { state: 'repaired', note: 'xong' }), { status: 200, body: { state: 'repaired' } })
  w.conditions.clear()
  for (let n = 0; n < 3; n++) {
    w.clock.pass(900_001)
    for (const cluster of [ID.dong, ID.tay]) w.beat(cluster)
    w.second()
  }
  const over = (await ask(w.app, get(`/incidents/${id}`))).body as { state: string; closedAt: string; history: { kind: string; by: string }[] }
  t.match(over, { state: 'verified' })
  t.match(over.history.map(({ kind }) => kind), ['opened', 'state', 'state', 'part', 'comment', 'state', 'healed', 'closed'])
  t.match(over.history.at(-1), { by: 'Hệ thống' })
  w.conditions.set('x', { cluster: ID.dong, kind: 'underruns', since: null, en: 'dry', vi: 'ngắt quãng' })
  w.second()
  t.match((await ask(w.app, get(`/incidents/${id}`))).body, { state: 'assigned', reopened: 1 }, 'it came back within a day')
})

t.test('what is pressed says what pressing does, in both languages, and never how the incident stands', async (t) => {
  const w = await placedWorld(t)
  w.conditions.set('x', { cluster: ID.dong, kind: 'underruns', since: null, en: 'dry', vi: 'ngắt quãng' })
  w.second()
  const id = idOf(((await ask(w.app, get('/incidents'))).body as unknown[])[0])
  const pressed: Record<string, string> = {}
  for (const state of ['assigned', 'in-hand', 'repaired']) {
    const { buttons } = (await ask(w.app, get(`/incidents/${id}`))).body as { buttons: { do: string; vi: string; en: string }[] }
    for (const one of buttons) pressed[one.do] = `${one.vi} / ${one.en}`
    await ask(w.app, post(`/incidents/${id}/state`), { state })
  }
  t.same(pressed, { assigned: 'Tôi nhận việc này / I take this on', 'in-hand': 'Bắt đầu xử lý / Begin work', repaired: 'Báo đã sửa xong / Report it repaired' })
  const refused = (await ask(w.app, post(`/incidents/${id}/state`), { state: 'verified' })).body as { error: { en: string; vi: string } }
  t.match([refused.error.vi, refused.error.en], [/"Báo đã sửa xong"/, /"Report it repaired"/], 'a refusal names the button by its words')
})

t.test('"repaired" that did not hold goes back after half an hour', async (t) => {
  const w = await placedWorld(t)
  w.conditions.set('x', { cluster: ID.dong, kind: 'underruns', since: null, en: 'dry', vi: 'ngắt quãng' })
  w.second()
  const id = w.deps.stores.incidents.open()[0]?.id ?? ''
  await ask(w.app, post(`/incidents/${id}/state`), { state: 'repaired' })
  w.clock.pass(31 * 60_000)
  w.beat(ID.dong)
  w.second()
  t.equal(w.deps.stores.incidents.byId(id)?.state, 'in-hand')
})

t.test('the first button rings the caretaker, whose number only technicians of the place see', async (t) => {
  const w = await placedWorld(t)
  t.match(await ask(w.app, `PUT /api/v1/clusters/${ID.dong}/caretaker`, { name: 'Ông Bảy', phone: '0912 345 678' }), { status: 200, body: { call: 'tel:+84912345678' } })
  t.match(await ask(w.app, `PUT /api/v1/clusters/${ID.dong}/caretaker`, { name: 'Ông Bảy', phone: '12' }), { status: 400 })
  const made = await ask(w.app, post('/incidents'), { cluster: ID.dong, words: 'Loa rè' })
  t.match(made, { status: 201, body: { source: 'person', buttons: [{ do: 'call', href: 'tel:+84912345678' }] } })
  const handlers = createIncidentHandlers(w.deps)
  const id = idOf(made.body)
  const operator = handlers.one(person(w, 'op', 'operator', ['24958']), id)
  t.match(operator, { ok: true, value: { list: [{ caretaker: null }], buttons: [] } })
  t.match(handlers.one(person(w, 'tech', 'technician', ['24958']), id), { ok: true, value: { list: [{ caretaker: { phone: '+84912345678' } }] } })
  const stranger = person(w, 'other', 'technician', ['24959'])
  t.match(handlers.one(stranger, id), { ok: false, refusal: { status: 404 } }, 'what one may not see is not there')
  t.match(handlers.list(stranger, {}), { ok: true, value: [] })
  t.match(handlers.move(person(w, 'op2', 'operator', ['24958']), id, { state: 'in-hand' }), { ok: false, refusal: { status: 403 } })
  t.match(handlers.move(person(w, 'tech2', 'technician', ['24958']), id, { state: 'assigned', assignee: 'person:other' }), { ok: false, refusal: { code: 'unknown-person' } })
  // no rule can tell that a rattling horn is right again: a person does
  t.match(await ask(w.app, post(`/incidents/${id}/state`), { state: 'verified' }), { status: 200, body: { state: 'verified', clusters: 0 } })
})

t.test('a photo is what its first bytes say, at most 8 MB, and comes back as that', async (t) => {
  const w = await placedWorld(t)
  const id = idOf((await ask(w.app, post('/incidents'), { cluster: ID.dong, words: 'Loa rè' })).body)
  const send = (bytes: Uint8Array, file = 'x.html') => {
    const { payload, headers } = form([{ name: 'file', value: bytes, file }])
    return ask(w.app, post(`/incidents/${id}/photos`), payload, headers)
  }
  const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from('<script>alert(1)</script>')])
  const sent = await send(png)
  t.equal(sent.status, 200, sent.text)
  const photo = (sent.body as { history: { photo: { path: string } | null }[] }).history.find((entry) => entry.photo)?.photo
  const back = await ask(w.app, `GET ${photo?.path ?? ''}`)
  t.match(back, { status: 200, headers: { 'content-type': 'image/png', 'x-content-type-options': 'nosniff', 'content-security-policy': /sandbox/ } })
  t.match(await send(Buffer.from('<html>')), { status: 415, body: { error: { code: 'not-a-photo', vi: /\S/ } } })
  t.match(await send(Buffer.alloc(8 * 1_024 * 1_024 + 1, 0xff)), { status: 413 })
  t.match(await ask(w.app, post(`/incidents/${id}/photos`), {}), { status: 400 })
  t.match(await ask(w.app, get(`/incidents/${id}/photos/${'a'.repeat(20)}`)), { status: 404 })
})

t.test('maintenance lets nothing open, and what is still wrong opens when it is over', async (t) => {
  const w = await placedWorld(t)
  const begun = await ask(w.app, post('/maintenance'), { kind: 'maintenance', cluster: ID.dong, to: '2026-11-23T05:00', reason: 'Thay tủ' })
  t.equal(begun.status, 201, begun.text)
  w.conditions.set('x', { cluster: ID.dong, kind: 'underruns', since: null, en: 'dry', vi: 'ngắt quãng' })
  w.second()
  t.same(w.open(), [])
  t.match(await ask(w.app, get('/maintenance')), { body: [{ inForce: true, name: 'Cụm c000000001' }] })
  t.match(await ask(w.app, `DELETE /api/v1/maintenance/${idOf(begun.body)}`), { status: 200 })
  w.second()
  t.match(w.open(), [{ kind: 'underruns' }])
  const bad = { kind: 'storm', area: '24958', reason: 'Bão' }
  t.match(await ask(w.app, post('/maintenance'), { ...bad, to: '2026-11-30T05:00' }), { status: 422, body: { error: { code: 'bad-span' } } })
  t.match(await ask(w.app, post('/maintenance'), { ...bad, to: 'mai' }), { status: 400, body: { error: { code: 'no-such-instant' } } })
  t.match(await ask(w.app, post('/maintenance'), { ...bad, area: '99999', to: '2026-11-24T04:00' }), { status: 422, body: { error: { code: 'unknown-area' } } })
  t.match(await ask(w.app, post('/maintenance'), { ...bad, cluster: ID.dong, to: '2026-11-24T04:00' }), { status: 400, body: { error: { code: 'one-place' } } })
  t.match(await ask(w.app, post('/maintenance'), { kind: 'storm', cluster: ID.dong, reason: 'x', to: '2026-11-24T04:00' }), { status: 400, body: { error: { code: 'storm-of-area' } } })
})

t.test('bad input of every route is a sentence in both languages', async (t) => {
  const w = await placedWorld(t)
  const id = idOf((await ask(w.app, post('/incidents'), { cluster: ID.dong, words: 'x' })).body)
  const wrong: [Parameters<typeof ask>[1], unknown][] = [
    [get('/incidents?state=maybe'), undefined], [get('/incidents?limit=0'), undefined], [get('/incidents/XX'), undefined], [get('/incidents/0000000000'), undefined],
    [post('/incidents'), { cluster: 'nobody', words: 'x' }], [post('/incidents'), { cluster: ID.dong, words: '  ' }], [post('/incidents'), { cluster: ID.dong }],
    [post(`/incidents/${id}/state`), { state: 'gone' }], [post(`/incidents/${id}/state`), { state: 'assigned', assignee: 'person:nobody' }], [post(`/incidents/${id}/state`), { state: 'open' }],
    [post(`/incidents/${id}/comments`), { text: '' }], [post(`/incidents/${id}/parts`), { name: 'x', count: 0, costDong: 1 }], [post(`/incidents/${id}/parts`), { name: 'x', count: 1, costDong: -1 }],
    [post('/maintenance'), { kind: 'sleep' }], ['DELETE /api/v1/maintenance/0000000000', undefined], [get('/clusters/0000000000/caretaker'), undefined],
    [`PUT /api/v1/clusters/${ID.dong}/caretaker`, { name: ' ', phone: '0912345678' }], [post('/clusters/0000000000/replace'), {}], [post(`/clusters/${ID.dong}/replace`), { by: '!' }],
    ['PUT /api/v1/checks/templates/x', { name: 'x', everyDays: 0, items: ['a'] }], ['DELETE /api/v1/checks/templates/khong', undefined], [get('/checks'), undefined], [post('/checks'), { template: 'dinh-ky', targets: { clusters: ['nobody'] }, due: '2026-12-01' }],
    [post('/checks/0000000000/done'), { findings: [] }], ['DELETE /api/v1/checks/0000000000', undefined], [get('/events?x=1'), undefined],
  ]
  for (const [question, body] of wrong) {
    const answer = await ask(w.app, question, body)
    t.ok(answer.status >= 400 && answer.status < 500, `${question} ${answer.status} ${answer.text.slice(0, 200)}`)
    t.match(answer.body, { error: { code: /\S/, en: /\S/, vi: /\S/ } }, question)
  }
  t.same(w.errors, [])
})
