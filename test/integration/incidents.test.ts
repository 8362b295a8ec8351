import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { Role } from '../../server/core/identity.ts'
import { identityOf } from '../../server/core/person-store.ts'
import { keepPromises } from '../../server/features/incidents/replace.ts'
import { createIncidentHandlers } from '../../server/features/incidents/handlers.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { incidentWorld, type IncidentWorld } from '../support/incident-world.ts'
import { AREAS, ask, form, TOKEN } from '../support/server-world.ts'

const ID = { dong: 'c000000001', tay: 'c000000002', moi: 'c000000003' }
const at = (path: string): `GET ${string}` => `GET /api/v1${path}`
const post = (path: string): `POST ${string}` => `POST /api/v1${path}`

async function world(t: Test): Promise<IncidentWorld> {
  const made = await incidentWorld(t)
  for (const area of [...AREAS, { code: '24959', name: 'Xã Bên', kind: 'commune', parent: '68' }]) made.deps.stores.areas.put(area as never)
  made.place([{ id: ID.dong, area: '24958-dong' }, { id: ID.tay, area: '24959' }])
  return made
}
const person = ({ deps }: IncidentWorld, id: string, role: Role, areas: readonly string[]) => {
  deps.stores.people.insert({ id, name: `Người ${id}`, phone: null, grants: [{ role, areas }], createdAt: deps.clock.wall(), disabledAt: null })
  const found = deps.stores.people.byId(id)
  if (!found) throw new Error('not stored')
  return identityOf(found)
}
const idOf = (body: unknown): string => (body as { id: string }).id

t.test('an incident goes from open to verified: people say "repaired", the station verifies', async (t) => {
  const w = await world(t)
  w.conditions.set('x', { cluster: ID.dong, kind: 'underruns', since: null, en: 'dry', vi: 'ngắt quãng' })
  w.second()
  const [first] = (await ask(w.app, at('/incidents'))).body as { id: string; state: string; title: { vi: string } }[]
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
  const over = (await ask(w.app, at(`/incidents/${id}`))).body as { state: string; closedAt: string; history: { kind: string; by: string }[] }
  t.match(over, { state: 'verified' })
  t.match(over.history.map(({ kind }) => kind), ['opened', 'state', 'state', 'part', 'comment', 'state', 'healed', 'closed'])
  t.match(over.history.at(-1), { by: 'Hệ thống' })
  w.conditions.set('x', { cluster: ID.dong, kind: 'underruns', since: null, en: 'dry', vi: 'ngắt quãng' })
  w.second()
  t.match((await ask(w.app, at(`/incidents/${id}`))).body, { state: 'assigned', reopened: 1 }, 'it came back within a day')
})

t.test('"repaired" that did not hold goes back after half an hour', async (t) => {
  const w = await world(t)
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
  const w = await world(t)
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
  const w = await world(t)
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
  t.match(await ask(w.app, at(`/incidents/${id}/photos/${'a'.repeat(20)}`)), { status: 404 })
})

t.test('maintenance lets nothing open, and what is still wrong opens when it is over', async (t) => {
  const w = await world(t)
  const begun = await ask(w.app, post('/maintenance'), { kind: 'maintenance', cluster: ID.dong, to: '2026-11-23T05:00', reason: 'Thay tủ' })
  t.equal(begun.status, 201, begun.text)
  w.conditions.set('x', { cluster: ID.dong, kind: 'underruns', since: null, en: 'dry', vi: 'ngắt quãng' })
  w.second()
  t.same(w.open(), [])
  t.match(await ask(w.app, at('/maintenance')), { body: [{ inForce: true, name: 'Cụm c000000001' }] })
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

t.test('a new box takes the place of the old one: name, area, groups, volume and history', async (t) => {
  const w = await world(t)
  const { stores } = w.deps
  stores.clusters.update(ID.dong, { volume: 63, stagger: 2, lat: 11.7, lon: 108.3 })
  stores.groups.put({ id: 'g', name: 'Nhóm', clusters: [ID.dong] })
  await ask(w.app, `PUT /api/v1/clusters/${ID.dong}/caretaker`, { name: 'Ông Bảy', phone: '0912345678' })
  const { code } = (await ask(w.app, at(`/clusters/${ID.dong}/pole-code`))).body as { code: string }
  w.place([{ id: ID.moi }])
  t.match(await ask(w.app, post(`/clusters/${ID.dong}/replace`), { by: ID.dong }), { status: 422 })
  t.match(await ask(w.app, post(`/clusters/${ID.dong}/replace`), { by: ID.tay }), { status: 409, body: { error: { code: 'not-new' } } })
  t.match(await ask(w.app, post(`/clusters/${ID.dong}/replace`), { by: ID.moi }), { status: 200, body: { cluster: ID.moi } })
  t.match(stores.clusters.byId(ID.moi), { name: `Cụm ${ID.dong}`, volume: 63, stagger: 2, lat: 11.7, revokedAt: null })
  t.not(stores.clusters.byId(ID.dong)?.revokedAt, null, 'the old identity is shut out')
  t.same(w.deps.access.areasOfCluster(ID.moi), ['24958-dong'])
  t.same(stores.groups.all()[0]?.clusters, [ID.moi])
  t.equal(stores.care.caretakers.of(ID.moi)?.name, 'Ông Bảy')
  t.equal(stores.care.poleCodes.clusterOf(code), ID.moi, 'the sign on the pole stays')
  t.same(stores.care.succession.line(ID.moi), [ID.moi, ID.dong])
  t.match(await ask(w.app, at(`/clusters/${ID.moi}/boxes`)), { body: [{ cluster: ID.moi, until: null }, { cluster: ID.dong }] })
  t.match(await ask(w.app, post(`/clusters/${ID.dong}/replace`), {}), { status: 404 })
})

t.test('the claim of a replacement makes whichever box enrols with it the successor', async (t) => {
  const w = await world(t)
  const made = await ask(w.app, post(`/clusters/${ID.tay}/replace`), {})
  t.match(made, { status: 200, body: { cluster: null, claim: /^\S{16,}/ } })
  const { claim } = made.body as { claim: string }
  const enrolled = await ask(w.app, post('/enrol'), { claim: claim.split('.')[0], publicKey: Buffer.alloc(32, 3).toString('base64url'), agent: '1' }, { authorization: '' })
  t.equal(enrolled.status, 200, enrolled.text)
  keepPromises(w.deps)
  const { cluster } = enrolled.body as { cluster: string }
  t.equal(w.deps.stores.clusters.byId(cluster)?.name, `Cụm ${ID.tay}`)
  t.same(w.deps.stores.care.succession.line(cluster), [cluster, ID.tay])
})

t.test('a check that finds something opens an incident and sets the next visit', async (t) => {
  const w = await world(t)
  const set = await ask(w.app, post('/checks'), { template: 'dinh-ky', targets: { areas: ['24958'] }, due: '2026-11-20' })
  t.match(set, { status: 201, body: [{ cluster: ID.dong, overdue: true }] })
  const [task] = set.body as { id: string; items: unknown[] }[]
  const findings = (task?.items ?? []).map((_, item) => ({ item, ok: item !== 1, ...(item === 1 ? { note: 'dây hở' } : {}) }))
  t.match(await ask(w.app, post(`/checks/${task?.id}/done`), { findings: findings.slice(1) }), { status: 422, body: { error: { code: 'bad-findings' } } })
  const done = await ask(w.app, post(`/checks/${task?.id}/done`), { findings })
  t.match(done, { status: 200, body: { doneBy: 'Quản trị', incident: /\S/ } })
  t.match(w.open(), [{ kind: 'check-finding', clusters: [ID.dong] }])
  t.match(await ask(w.app, at('/checks?from=2027-01-01&to=2027-12-31')), { body: [{ cluster: ID.dong, due: '2027-02-21', doneAt: null }] })
  t.match(await ask(w.app, post(`/checks/${task?.id}/done`), { findings }), { status: 409 })
  t.match(await ask(w.app, at('/checks?from=2027-02-30&to=2027-12-31')), { status: 400, body: { error: { code: 'no-such-date' } } })
  t.match(await ask(w.app, post('/checks'), { template: 'khong-co', targets: 'all', due: '2026-11-20' }), { status: 422 })
})

t.test('a box on a cell far from its pole looks stolen; a new cell next door does not', async (t) => {
  const w = await world(t)
  const { createFindings, createSweep } = await import('../../server/features/incidents/plugin.ts')
  const { createMembers } = await import('../../server/core/incident-members.ts')
  const { stores } = w.deps
  const cells = new Map([['c000000011', 'A1'], ['c000000012', 'A2'], ['c000000013', 'FAR']])
  w.place([...cells].map(([id, cell]) => ({ id, area: '24958', carrier: 'Viettel', cell })))
  stores.clusters.update('c000000011', { lat: 11.7, lon: 108.3 })
  stores.clusters.update('c000000012', { lat: 11.71, lon: 108.31 })
  stores.clusters.update('c000000013', { lat: 12.5, lon: 108.9 })
  const sweep = createSweep({ ...w.deps, members: createMembers(stores), findings: createFindings(w.deps) })
  const look = (seconds: number): void => {
    for (let n = 0; n < seconds; n++) {
      w.clock.pass(1_000)
      sweep.look()
    }
  }
  const tell = (id: string, cell: string): void => {
    const { health } = stores.telemetry.latest(id)
    stores.telemetry.noteHealth(id, { ...health, at: w.clock.wall(), radio: { ...health?.radio, cell } } as never, wallMs(w.clock.wall()))
  }
  for (let hour = 0; hour < 30; hour++) {
    w.clock.pass(3_600_000)
    look(5)
  }
  tell('c000000011', 'A2')
  look(6)
  const stolen = () => stores.incidents.open().filter(({ kind }) => kind === 'suspected-theft')
  t.same(stolen(), [])
  tell('c000000011', 'FAR')
  look(6)
  t.match(stolen(), [{ severity: 'urgent', cause: { id: 'c000000011' } }])
})

t.test('what happens is streamed to whom it concerns, and a screen resumes where it was cut off', async (t) => {
  const w = await world(t)
  await w.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = w.app.server.address() as AddressInfo
  const open = (lastId?: string) =>
    new Promise<{ text: () => string; end: () => void; status: number; until: (pattern: RegExp) => Promise<string> }>((done, fail) => {
      const request = httpRequest({ port, host: '127.0.0.1', path: '/api/v1/events', headers: { authorization: `Bearer ${TOKEN}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) } }, (response) => {
        let text = ''
        const waiting = new Set<() => void>()
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString()
          waiting.forEach((look) => look())
        })
        response.on('error', () => waiting.forEach((look) => look()))
        const until = (pattern: RegExp): Promise<string> =>
          new Promise((found) => {
            const look = (): void => void (pattern.test(text) && (waiting.delete(look), found(text)))
            waiting.add(look)
            look()
          })
        done({ text: () => text, end: () => request.destroy(), status: response.statusCode ?? 0, until })
      })
      request.on('error', fail)
      request.end()
    })
  const screen = await open()
  t.equal(screen.status, 200)
  await screen.until(/: here/)
  w.conditions.set('x', { cluster: ID.dong, kind: 'underruns', since: null, en: 'dry', vi: 'ngắt quãng' })
  w.second()
  const text = await screen.until(/incident\.opened[\s\S]*\n\n/)
  t.match(text, /event: incident\.opened\ndata: \{.*"kind":"underruns"/)
  const id = /id: (\S+)\nevent: incident\.opened/.exec(text)?.[1] ?? ''
  screen.end()
  w.deps.events.tell({ kind: 'timetable.published', at: w.clock.wall(), areas: [], subject: 's' })
  const again = await open(id)
  t.match(await again.until(/timetable\.published/), /timetable\.published/)
  t.notMatch(again.text(), /incident\.opened/)
  again.end()
  const lost = await open('elsewhere-7')
  t.match(await lost.until(/resync/), /event: resync/)
  lost.end()
  const without = await ask(w.app, at('/events'), undefined, { authorization: 'Bearer wrong' })
  t.equal(without.status, 401)
})

t.test('bad input of every route is a sentence in both languages', async (t) => {
  const w = await world(t)
  const id = idOf((await ask(w.app, post('/incidents'), { cluster: ID.dong, words: 'x' })).body)
  const wrong: [Parameters<typeof ask>[1], unknown][] = [
    [at('/incidents?state=maybe'), undefined], [at('/incidents?limit=0'), undefined], [at('/incidents/XX'), undefined], [at('/incidents/0000000000'), undefined],
    [post('/incidents'), { cluster: 'nobody', words: 'x' }], [post('/incidents'), { cluster: ID.dong, words: '  ' }], [post('/incidents'), { cluster: ID.dong }],
    [post(`/incidents/${id}/state`), { state: 'gone' }], [post(`/incidents/${id}/state`), { state: 'assigned', assignee: 'person:nobody' }], [post(`/incidents/${id}/state`), { state: 'open' }],
    [post(`/incidents/${id}/comments`), { text: '' }], [post(`/incidents/${id}/parts`), { name: 'x', count: 0, costDong: 1 }], [post(`/incidents/${id}/parts`), { name: 'x', count: 1, costDong: -1 }],
    [post('/maintenance'), { kind: 'sleep' }], ['DELETE /api/v1/maintenance/0000000000', undefined], [at('/clusters/0000000000/caretaker'), undefined],
    [`PUT /api/v1/clusters/${ID.dong}/caretaker`, { name: ' ', phone: '0912345678' }], [post('/clusters/0000000000/replace'), {}], [post(`/clusters/${ID.dong}/replace`), { by: '!' }],
    ['PUT /api/v1/checks/templates/x', { name: 'x', everyDays: 0, items: ['a'] }], ['DELETE /api/v1/checks/templates/khong', undefined], [at('/checks'), undefined], [post('/checks'), { template: 'dinh-ky', targets: { clusters: ['nobody'] }, due: '2026-12-01' }],
    [post('/checks/0000000000/done'), { findings: [] }], ['DELETE /api/v1/checks/0000000000', undefined], [at('/events?x=1'), undefined],
  ]
  for (const [question, body] of wrong) {
    const answer = await ask(w.app, question, body)
    t.ok(answer.status >= 400 && answer.status < 500, `${question} ${answer.status} ${answer.text.slice(0, 200)}`)
    t.match(answer.body, { error: { code: /\S/, en: /\S/, vi: /\S/ } }, question)
  }
  t.same(w.errors, [])
})
