import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { planFor, planTimetable } from '../../server/core/plan.ts'
import type { PlanBody } from '../../shared/protocol/messages/plan.ts'
import { newsOf } from '../../server/core/news.ts'
import { standingFor, standingPlugin, tellEndings } from '../../server/features/standing/plugin.ts'
import type { ClusterRecord } from '../../server/core/stores.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { fromBase64Url, toBase64Url } from '../../shared/protocol/wire.ts'
import { asAdministrator } from '../support/as-administrator.ts'
import { ask, NOW, serverWorld, type ServerWorld } from '../support/server-world.ts'

const [DONG, TAY] = ['k000000001', 'k000000002']
const SHA = { siren: 'A'.repeat(42) + 'E', flood: 'B'.repeat(42) + 'E' }

async function world(t: Test): Promise<ServerWorld & { app: FastifyInstance }> {
  const made = await serverWorld(t)
  const { stores } = made.deps
  stores.areas.put({ code: '68', name: 'Lâm Đồng', kind: 'province' })
  stores.areas.put({ code: '24958', name: 'Xã Đức Trọng', kind: 'commune', parent: '68' })
  stores.areas.put({ code: '24959', name: 'Xã Hiệp Thạnh', kind: 'commune', parent: '68' })
  const at = wallMs(NOW)
  for (const [id, area] of [[DONG, '24958'], [TAY, '24959']] as const) {
    stores.clusters.insert({ id, name: `Cụm ${id}`, created: at, publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, area, '2026-01-01')
  }
  for (const [id, sha] of Object.entries(SHA)) {
    stores.programmes.insert({ id, name: id, folder: '', sha, bytes: 20_000, ms: 8_000, lufs: -14, truePeak: -1, peaks: new Uint8Array(1), kind: 'recording', music: false, key: null, createdAt: at, state: 'approved' })
  }
  const app = Fastify({ logger: false })
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  asAdministrator(app)
  await app.register(standingPlugin(made.deps), { prefix: '/api/v1' })
  t.teardown(() => app.close())
  return { ...made, app }
}

const bodyOf = ({ deps }: ServerWorld, id: string): PlanBody => {
  const { stores, clock } = deps
  const planning = planTimetable({
    now: clock.wall(), sessions: [], policies: [], areas: stores.areas.all(), groups: [], memberships: stores.clusters.memberships(), clusters: stores.clusters.active(),
    findFor: () => () => null, fileOf: (sha) => stores.programmes.bySha(sha), pinned: [], standing: standingFor(deps),
  })
  return planFor(planning, stores.clusters.byId(id) as ClusterRecord).body()
}
const audited = ({ deps }: ServerWorld): number => deps.stores.audit.head().n
const SET = { name: 'Vỡ đê', areas: ['24958'], orders: [{ name: 'Sơ tán ngay', clips: ['siren', 'flood'], switch: 1 }] }

t.test('a set is off until it is armed, then it is in the plans of its areas and in no other, with its clips pinned', async (t) => {
  const w = await world(t)
  const made = await ask(w.app, 'POST /api/v1/standing/sets', SET)
  t.equal(made.status, 201, made.text)
  const { id, armed } = made.body as { id: string; armed: boolean }
  t.equal(armed, false)
  t.equal(bodyOf(w, DONG).standing, undefined)
  const before = audited(w)
  const now = await ask(w.app, `POST /api/v1/standing/sets/${id}/arm`)
  t.match(now.body, { armed: true })
  t.equal(audited(w), before + 1, 'the arming is in the audit log')
  const body = bodyOf(w, DONG)
  t.match(body.standing, { keys: [], orders: [{ name: 'Sơ tán ngay', danger: 9, times: 5, gap: 3_000, vol: null, switch: 1, parts: [{ m: SHA.siren, ms: 8_000 }, { m: SHA.flood, ms: 8_000 }] }] })
  t.same(body.media.filter((m) => m.pin).map((m) => m.sha).sort(), Object.values(SHA).sort())
  t.equal(bodyOf(w, TAY).standing, undefined)
  t.match((await ask(w.app, `POST /api/v1/standing/sets/${id}/disarm`)).body, { armed: false })
  t.equal(bodyOf(w, DONG).standing, undefined)
  t.equal(audited(w), before + 2)
  t.equal(w.told.filter((what) => what === 'timetable').length, 3, 'plans follow each decision')
})

t.test('what is armed sounds as it was armed, also when the programme is removed afterwards', async (t) => {
  const w = await world(t)
  const { id } = (await ask(w.app, 'POST /api/v1/standing/sets', SET)).body as { id: string }
  await ask(w.app, `POST /api/v1/standing/sets/${id}/arm`)
  w.deps.stores.programmes.remove('flood', wallMs(NOW))
  t.equal(bodyOf(w, DONG).standing?.orders[0]?.parts.length, 2)
  t.equal(bodyOf(w, DONG).media.length, 2)
  await ask(w.app, `POST /api/v1/standing/sets/${id}/disarm`)
  const again = await ask(w.app, `POST /api/v1/standing/sets/${id}/arm`)
  t.match([again.status, again.body], [422, { error: { code: 'no-such-programme' } }])
})

t.test('an armed set is neither changed nor removed, and two sets do not share a switch', async (t) => {
  const w = await world(t)
  const { id } = (await ask(w.app, 'POST /api/v1/standing/sets', SET)).body as { id: string }
  await ask(w.app, `POST /api/v1/standing/sets/${id}/arm`)
  t.match([(await ask(w.app, `PUT /api/v1/standing/sets/${id}`, SET)).status, (await ask(w.app, `DELETE /api/v1/standing/sets/${id}`)).status], [409, 409])
  const second = (await ask(w.app, 'POST /api/v1/standing/sets', { ...SET, name: 'Cháy rừng', areas: ['68'] })).body as { id: string }
  t.match((await ask(w.app, `POST /api/v1/standing/sets/${second.id}/arm`)).body, { error: { code: 'switch-taken' } })
  t.equal((await ask(w.app, `DELETE /api/v1/standing/sets/${second.id}`)).status, 200)
})

t.test('a key is made here and its secret answered once, or the phone’s own is taken; it ends with its last day', async (t) => {
  const w = await world(t)
  const made = await ask(w.app, 'POST /api/v1/standing/keys', { name: 'Ông Bảy', areas: ['24958'], lastDay: '2026-12-31' })
  t.equal(made.status, 201, made.text)
  const { key, secret } = made.body as { key: string; secret: string }
  t.equal(toBase64Url(w.deps.crypto.publicKey(fromBase64Url(secret) as Uint8Array)), key)
  t.notMatch((await ask(w.app, 'GET /api/v1/standing/keys')).text, secret)
  const { id } = (await ask(w.app, 'POST /api/v1/standing/sets', { ...SET, orders: [{ name: 'Còi', clips: ['siren'] }] })).body as { id: string }
  t.equal((await ask(w.app, `POST /api/v1/standing/sets/${id}/arm`)).status, 200)
  t.same(bodyOf(w, DONG).standing?.keys, [key])
  t.same(bodyOf(w, DONG).standing?.ends, [Date.UTC(2026, 11, 31, 17)], 'the end of the last day in Viet Nam')
  w.clock.pass(40 * 86_400_000)
  t.same(bodyOf(w, DONG).standing?.keys, [], 'left out once it is over')
  t.equal((await ask(w.app, `DELETE /api/v1/standing/keys/${key}`)).status, 200)
  t.same((await ask(w.app, 'GET /api/v1/standing/keys')).body, [])
})

t.test('a set ends with its last day, in the plans and at the box; it is renewed while it is armed, and not beyond two years', async (t) => {
  const w = await world(t)
  const { id, lastDay } = (await ask(w.app, 'POST /api/v1/standing/sets', { ...SET, lastDay: '2026-12-01' })).body as { id: string; lastDay: string }
  t.equal(lastDay, '2026-12-01')
  await ask(w.app, `POST /api/v1/standing/sets/${id}/arm`)
  const until = (day: number): number => Date.UTC(2026, 11, day, 17)
  t.equal(bodyOf(w, DONG).standing?.orders[0]?.until, until(1), 'boxes know it: no server may be there on that day')
  t.match(await ask(w.app, `POST /api/v1/standing/sets/${id}/renew`, { lastDay: '2026-12-20' }), { status: 200, body: { armed: true, lastDay: '2026-12-20' } })
  t.equal(bodyOf(w, DONG).standing?.orders[0]?.until, until(20))
  for (const day of ['2026-11-20', '2026-02-30', '2029-01-01']) t.match(await ask(w.app, `POST /api/v1/standing/sets/${id}/renew`, { lastDay: day }), { status: 422, body: { error: { code: 'bad-last-day', vi: /hạn/ } } }, day)
  w.clock.pass(40 * 86_400_000)
  t.equal(bodyOf(w, DONG).standing, undefined, 'left out once it is over')
  const second = (await ask(w.app, 'POST /api/v1/standing/sets', { ...SET, name: 'Cháy rừng' })).body as { id: string }
  t.match(await ask(w.app, `POST /api/v1/standing/sets/${second.id}/arm`), { status: 200 }, 'its switch is free')
  t.match(await ask(w.app, `POST /api/v1/standing/sets/${id}/renew`, { lastDay: null }), { status: 409, body: { error: { code: 'switch-taken' } } })
  await ask(w.app, `POST /api/v1/standing/sets/${id}/disarm`)
  t.match(await ask(w.app, `POST /api/v1/standing/sets/${id}/arm`), { status: 409, body: { error: { code: 'set-is-over' } } })
  t.match(await ask(w.app, `POST /api/v1/standing/sets/${second.id}/disarm`), { status: 200 })
  t.match(await ask(w.app, `POST /api/v1/standing/sets/${id}/renew`, { lastDay: null }), { status: 200, body: { lastDay: null } })
  t.match(await ask(w.app, `POST /api/v1/standing/sets/${id}/arm`), { status: 200 })
  t.equal(bodyOf(w, DONG).standing?.orders[0]?.until, undefined)
})

t.test('it is told which boxes hold an armed set, which wait for it, which lack its clip, and which cannot be reached', async (t) => {
  const w = await world(t)
  const { deps: { stores }, clock } = w
  const at = wallMs(NOW)
  const ids = ['k000000011', 'k000000012', 'k000000013']
  for (const id of ids) {
    stores.clusters.insert({ id, name: `Cụm ${id}`, created: at, publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, '24958', '2026-01-01')
  }
  const { id } = (await ask(w.app, 'POST /api/v1/standing/sets', SET)).body as { id: string }
  await ask(w.app, `POST /api/v1/standing/sets/${id}/arm`)
  const report = (cluster: string, online: boolean, planRev: number): void =>
    stores.presence.upsert({ cluster, online, since: at, boot: null, conn: null, planRev, nowRev: 0, held: 0, dueFiles: 0, planTo: at, playing: null, refused: {} as never, lastSeen: at, agent: null, clock: null })
  const boxes = async (): Promise<unknown> => (await ask(w.app, `GET /api/v1/standing/sets/${id}/boxes`)).body
  const [waits = '', lacks = '', ready = ''] = ids
  report(waits, true, NOW - 1)
  report(lacks, true, clock.wall())
  report(ready, true, clock.wall() + 5)
  stores.lately.noteMissing(lacks, [SHA.flood])
  stores.lately.noteMissing(ready, ['C'.repeat(42) + 'E'])
  t.match(await boxes(), { clusters: 4, ready: 1, others: [{ cluster: DONG, state: 'away' }, { cluster: waits, state: 'waiting' }, { cluster: lacks, state: 'lacks-clip' }] })
  stores.lately.noteMissing(lacks, [])
  t.match(await boxes(), { ready: 2 })
  clock.pass(60_000)
  await ask(w.app, `POST /api/v1/standing/sets/${id}/renew`, { lastDay: '2026-12-20' })
  t.match(await boxes(), { clusters: 4, ready: 0 }, 'nobody has heard of the new last day yet')
  t.equal((await ask(w.app, 'GET /api/v1/standing/sets/0000000000/boxes')).status, 404)
})

t.test('before a set or a telephone’s key ends those who prepare emergencies are told, a fortnight and three days ahead and when it is over, once each', async (t) => {
  const w = await world(t)
  const { deps, clock } = w
  const heard: string[] = []
  deps.events.onEvent((event) => void (event.kind === 'standing.ending' && heard.push(newsOf(event)?.title ?? '')))
  await ask(w.app, 'POST /api/v1/standing/keys', { name: 'Ông Bảy', areas: ['24958'], lastDay: '2026-12-25' })
  const { id } = (await ask(w.app, 'POST /api/v1/standing/sets', { ...SET, lastDay: '2026-12-20' })).body as { id: string }
  const days = (n: number): string[] => {
    clock.pass(n * 86_400_000)
    heard.length = 0
    tellEndings(deps)
    tellEndings(deps)
    return [...heard]
  }
  t.same(days(20), ['Sắp hết hạn: điện thoại được phép Ông Bảy'], 'a set that is off is missed by nobody')
  await ask(w.app, `POST /api/v1/standing/sets/${id}/arm`)
  t.same(days(0), ['Sắp hết hạn: lệnh khẩn cấp để sẵn Vỡ đê'])
  t.same(days(5), ['Sắp hết hạn: lệnh khẩn cấp để sẵn Vỡ đê'], 'three days ahead')
  await ask(w.app, `POST /api/v1/standing/sets/${id}/renew`, { lastDay: '2026-12-30' })
  t.same(days(0), ['Sắp hết hạn: lệnh khẩn cấp để sẵn Vỡ đê'], 'the new day is within a fortnight as well')
  t.same(days(10), ['Sắp hết hạn: lệnh khẩn cấp để sẵn Vỡ đê', 'Đã hết hạn: điện thoại được phép Ông Bảy'])
  t.same(days(20), [], 'old news')
})

t.test('what could not work is refused with a sentence', async (t) => {
  const w = await world(t)
  const refusals = [
    await ask(w.app, 'POST /api/v1/standing/sets', { ...SET, areas: ['99999'] }),
    await ask(w.app, 'POST /api/v1/standing/sets', { ...SET, orders: [{ name: 'x', clips: ['nothing'] }] }),
    await ask(w.app, 'POST /api/v1/standing/keys', { name: 'x', areas: ['24958'], lastDay: '2026-02-30' }),
    await ask(w.app, 'POST /api/v1/standing/keys', { name: 'x', areas: ['24958'], lastDay: '2026-11-20' }),
    await ask(w.app, 'POST /api/v1/standing/keys', { name: 'x', areas: ['24958'], lastDay: '2036-11-20' }),
  ]
  t.same(refusals.map((r) => r.status), [422, 422, 422, 422, 422])
  for (const { body } of refusals) t.match(body, { error: { en: /\.$/, vi: /\.$/ } })
  const { id } = (await ask(w.app, 'POST /api/v1/standing/sets', { ...SET, orders: [{ name: 'Còi', clips: ['siren'] }] })).body as { id: string }
  t.match((await ask(w.app, `POST /api/v1/standing/sets/${id}/arm`)).body, { error: { code: 'nobody-could-start-it' } }, 'no switch and no phone')
  for (let n = 0; n < 8; n++) t.equal((await ask(w.app, 'POST /api/v1/standing/keys', { name: `Máy ${n}`, areas: ['24958'], lastDay: '2026-12-31' })).status, 201)
  t.match((await ask(w.app, 'POST /api/v1/standing/keys', { name: 'Máy 9', areas: ['68'], lastDay: '2026-12-31' })).body, { error: { code: 'too-many-keys' } })
})
