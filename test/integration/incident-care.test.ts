import t from 'tap'
import { createMembers } from '../../server/core/incident-members.ts'
import { createFindings, createSweep } from '../../server/features/incidents/plugin.ts'
import { keepPromises } from '../../server/features/incidents/replace.ts'
import { civilDayNumber } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { get, ID, idOf, placedWorld, post } from '../support/incident-world.ts'
import { ask } from '../support/server-world.ts'

t.test('a new box takes the place of the old one: name, area, groups, volume and history', async (t) => {
  const w = await placedWorld(t)
  const { stores } = w.deps
  stores.clusters.update(ID.dong, { volume: 63, stagger: 2, lat: 11.7, lon: 108.3 })
  stores.groups.put({ id: 'g', name: 'Nhóm', clusters: [ID.dong] })
  await ask(w.app, `PUT /api/v1/clusters/${ID.dong}/caretaker`, { name: 'Ông Bảy', phone: '0912345678' })
  const { code } = (await ask(w.app, get(`/clusters/${ID.dong}/pole-code`))).body as { code: string }
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
  t.same(stores.care.succession.lines().tenures(ID.moi).map(({ cluster }) => cluster), [ID.moi, ID.dong])
  t.match(await ask(w.app, get(`/clusters/${ID.moi}/boxes`)), { body: [{ cluster: ID.moi, until: null }, { cluster: ID.dong }] })
  t.match(await ask(w.app, post(`/clusters/${ID.dong}/replace`), {}), { status: 404 })
})

t.test('whatever names the pole goes on with the new box: sessions, drafts, pauses, maintenance, and the SIM that is moved over', async (t) => {
  const w = await placedWorld(t)
  const { stores } = w.deps
  const session = { id: 'sang', name: 'Sáng', at: '05:30', until: '06:30', days: 'daily', targets: { clusters: [ID.dong, ID.tay] }, items: [{ chime: 'c' }] } as const
  stores.sessions.put(session as never, w.clock.wall())
  stores.sessions.put({ ...session, id: 'chieu', targets: { clusters: [`Cụm ${ID.dong}`] } } as never, w.clock.wall())
  const draft = idOf((await ask(w.app, post('/timetable/drafts'), { name: 'Tuần tới' })).body)
  t.equal((await ask(w.app, `PUT /api/v1/timetable/drafts/${draft}/sessions/sang`, { ...session, until: '06:00' })).status, 200)
  const pause = await ask(w.app, post('/pauses'), { clusters: [ID.dong], reason: 'đám tang' })
  t.equal(pause.status, 201, pause.text)
  t.equal((await ask(w.app, post('/maintenance'), { kind: 'maintenance', cluster: ID.dong, to: '2026-11-24T04:00', reason: 'thay hộp' })).status, 201)
  stores.sims.put(ID.dong, { bytesPerMonth: 2e9, startDay: 1, expires: null, number: '0901', operator: null, reserveBytes: 1e8 })
  const vital = { second: 1_800, connects: 0, lateBeats: 0, volume: 80, battery: false, muted: false }
  const used = (box: string, day: number, bytes: number): void => stores.rings.putDay(box, day, [{ hour: 24 * day - 7, beats: [], vitals: [{ ...vital, dataBytes: bytes }] }], true)
  const today = civilDayNumber(w.clock.wall())
  used(ID.dong, today - 3, 400_000_000)
  w.place([{ id: ID.moi }])
  t.equal((await ask(w.app, post(`/clusters/${ID.dong}/replace`), { by: ID.moi })).status, 200)
  t.same(w.deps.access.audience(stores.sessions.byId('sang')?.targets ?? 'all'), { clusters: [ID.tay, ID.moi].sort(), unknown: [] })
  t.same(w.deps.access.audience(stores.sessions.byId('chieu')?.targets ?? 'all'), { clusters: [ID.moi], unknown: [] })
  t.match((await ask(w.app, get(`/timetable/drafts/${draft}/difference`))).body, { sessions: [{ session: 'sang', cohorts: { kept: [ID.tay, ID.moi].sort() } }], findings: [] }, 'a draft goes on, and has no conflict')
  t.match((await ask(w.app, get('/pauses'))).body, [{ clusters: [{ id: ID.moi }] }])
  t.match((await ask(w.app, get('/maintenance'))).body, [{ cluster: ID.moi }])
  t.equal(stores.sims.plan(ID.dong), null)
  t.match((await ask(w.app, get(`/clusters/${ID.moi}/sim`))).body, { plan: { number: '0901' }, usedBytes: 400_000_000 }, 'and what it has used of its month')
})

t.test('the claim of a replacement makes whichever box enrols with it the successor', async (t) => {
  const w = await placedWorld(t)
  const made = await ask(w.app, post(`/clusters/${ID.tay}/replace`), {})
  t.match(made, { status: 200, body: { cluster: null, claim: /^\S{16,}/ } })
  const { claim } = made.body as { claim: string }
  const enrolled = await ask(w.app, post('/enrol'), { claim: claim.split('.')[0], publicKey: Buffer.alloc(32, 3).toString('base64url'), agent: '1' }, { authorization: '' })
  t.equal(enrolled.status, 200, enrolled.text)
  keepPromises(w.deps)
  const { cluster } = enrolled.body as { cluster: string }
  t.equal(w.deps.stores.clusters.byId(cluster)?.name, `Cụm ${ID.tay}`)
  t.same(w.deps.stores.care.succession.lines().tenures(cluster).map((one) => one.cluster), [cluster, ID.tay])
})

t.test('a check that finds something opens an incident and sets the next visit', async (t) => {
  const w = await placedWorld(t)
  const set = await ask(w.app, post('/checks'), { template: 'dinh-ky', targets: { areas: ['24958'] }, due: '2026-11-20' })
  t.match(set, { status: 201, body: [{ cluster: ID.dong, overdue: true }] })
  const [task] = set.body as { id: string; items: unknown[] }[]
  const findings = (task?.items ?? []).map((_, item) => ({ item, ok: item !== 1, ...(item === 1 ? { note: 'dây hở' } : {}) }))
  t.match(await ask(w.app, post(`/checks/${task?.id}/done`), { findings: findings.slice(1) }), { status: 422, body: { error: { code: 'bad-findings' } } })
  const done = await ask(w.app, post(`/checks/${task?.id}/done`), { findings })
  t.match(done, { status: 200, body: { doneBy: 'Quản trị', incident: /\S/ } })
  t.match(w.open(), [{ kind: 'check-finding', clusters: [ID.dong] }])
  t.match(await ask(w.app, get('/checks?from=2027-01-01&to=2027-12-31')), { body: [{ cluster: ID.dong, due: '2027-02-21', doneAt: null }] })
  t.match(await ask(w.app, post(`/checks/${task?.id}/done`), { findings }), { status: 409 })
  t.match(await ask(w.app, get('/checks?from=2027-02-30&to=2027-12-31')), { status: 400, body: { error: { code: 'no-such-date' } } })
  t.match(await ask(w.app, post('/checks'), { template: 'khong-co', targets: 'all', due: '2026-11-20' }), { status: 422 })
})

t.test('a box on a cell far from its pole looks stolen; a new cell next door does not', async (t) => {
  const w = await placedWorld(t)
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
    stores.telemetry.noteHealth(id, { ...health, upS: Math.floor(w.clock.mono() / 1_000), at: w.clock.wall(), radio: { ...health?.radio, cell } } as never, wallMs(w.clock.wall()))
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

t.test('another SIM in a box that has had its own for days is asked about; the first one is not', async (t) => {
  const w = await placedWorld(t)
  const { stores } = w.deps
  w.place([{ id: 'c000000011', area: '24958', carrier: 'Viettel', cell: 'A1' }])
  const sweep = createSweep({ ...w.deps, members: createMembers(stores), findings: createFindings(w.deps) })
  const look = (): void => {
    for (let n = 0; n < 6; n++) {
      w.clock.pass(1_000)
      sweep.look()
    }
  }
  const tell = (iccid: string): void => {
    const { health } = stores.telemetry.latest('c000000011')
    stores.telemetry.noteHealth('c000000011', { ...health, upS: Math.floor(w.clock.mono() / 1_000), at: w.clock.wall(), radio: { ...health?.radio, iccid } } as never, wallMs(w.clock.wall()))
  }
  const asked = () => stores.incidents.open().filter(({ kind }) => kind === 'suspected-theft')
  for (let hour = 0; hour < 30; hour++) {
    w.clock.pass(3_600_000)
    tell('8984048000123456789')
    look()
  }
  t.same(asked(), [])
  tell('8984048000999999999')
  look()
  t.match(asked(), [{ severity: 'urgent', cause: { id: 'c000000011' } }])
  t.equal((await ask(w.app, post(`/incidents/${asked()[0]?.id}/state`), { state: 'verified', note: 'tôi đã thay SIM' })).status, 200)
  for (let minute = 0; minute < 3; minute++) {
    tell('8984048000999999999')
    look()
  }
  t.same(asked(), [], 'a person has said that it is theirs')
  tell('8984048000777777777')
  look()
  t.equal(asked().length, 1, 'a third one is asked about again')
})
