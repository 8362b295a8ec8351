import t from 'tap'
import type { Test } from 'tap'
import type { ClusterRecord } from '../../server/core/stores.ts'
import { createSimWatch } from '../../server/features/health/sim-watch.ts'
import { createSymptomWatch } from '../../server/features/health/plugin.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { Health } from '../../shared/protocol/messages/health.ts'
import { AREAS, ask, NOW, serverWorld, type ServerWorld } from '../support/server-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const [ONE, TWO] = ['c0000000a1', 'c0000000a2']
const at = (ms: number) => wallMs(NOW + ms)

async function world(t: Test, over: Parameters<typeof serverWorld>[1] = {}): Promise<ServerWorld> {
  const world = await serverWorld(t, over)
  const { stores } = world.deps
  AREAS.forEach((area) => stores.areas.put(area))
  for (const [id, area] of [[ONE, '24958-dong'], [TWO, '24958']] as const) {
    stores.clusters.insert({ id, name: `Cụm ${id.slice(-1)}`, created: at(-400 * DAY), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, area, '2025-01-01')
  }
  return world
}
const beat = ({ deps }: ServerWorld, ms: number, over: object = {}): void => deps.stores.telemetry.noteBeat(ONE, { s: Math.max(1, Math.round((ms + 500 * DAY) / 40_000)), t: 1, c: 1_000, r: [-97, -9, 14, -70], l: 60, ...over }, at(ms))
const health = (over: Partial<Health> = {}): Health => ({
  at: NOW, boot: 'b', upS: 1, agent: '0.1.0', simulated: false, link: { connects: 1, lateBeats: 0 }, clock: { trusted: true }, volume: 80, mute: false, evidenceWaiting: 0, ...over,
})
const present = (cluster: string, over: object = {}): Parameters<ServerWorld['deps']['stores']['presence']['upsert']>[0] => ({
  cluster, online: true, since: at(-HOUR), boot: 'b', conn: 'c', planRev: 5, nowRev: 0, held: 3, dueFiles: 3, planTo: at(9 * DAY), playing: null, refused: {}, lastSeen: at(0), agent: '0.1.0', clock: { trusted: true, errMs: 4 }, ...over,
})

interface Chart {
  readonly ring: string
  readonly start: number
  readonly stepS: number
  readonly steps: number
  readonly figures: Record<string, Record<string, (number | null)[]>>
}
const chart = async ({ app }: ServerWorld, query: string): Promise<Chart> => (await ask(app, `GET /api/v1/clusters/${ONE}/chart?${query}`)).body as Chart
const iso = (ms: number): string => new Date(at(ms)).toISOString()

t.test('a chart takes the ring that its span asks for, and a gap stays a gap', async (t) => {
  const w = await world(t)
  for (let ms = -3 * HOUR; ms < 0; ms += 40_000) if (ms < -2 * HOUR || ms >= -HOUR) beat(w, ms)
  const minutes = await chart(w, `figure=rsrp,online&from=${iso(-3 * HOUR)}&to=${iso(0)}&points=180`)
  t.match(minutes, { ring: 'minute', stepS: 60, steps: 180 })
  t.equal(minutes.figures.rsrp?.mean?.[30], -97)
  t.equal(minutes.figures.rsrp?.mean?.[90], null)
  t.same(minutes.figures.rsrp?.mean?.filter((v) => v === null).length, 60)
  t.equal(minutes.figures.online?.value?.[90], 0)
  t.equal(minutes.figures.online?.value?.[30], 100)
  const hours = await chart(w, `figure=online,signal,rtt&from=${iso(-3 * HOUR)}&to=${iso(4 * DAY)}`)
  t.match(hours, { ring: 'hour', stepS: 3_600 })
  t.same(hours.figures.online?.value?.slice(0, 4), [100, 0, 100, null], 'and nothing is said of the time to come')
  t.same(hours.figures.signal?.fair?.slice(0, 3), [100, null, 100])
  w.deps.stores.rings.rollUp(at(0), 100)
  t.same((await chart(w, `figure=online,signal,rtt&from=${iso(-3 * HOUR)}&to=${iso(4 * DAY)}`)).figures, hours.figures, 'the same when the hours have been rolled up')
  const year = await chart(w, `figure=rsrp,held&from=${iso(-300 * DAY)}&to=${iso(0)}&points=100`)
  t.match(year, { ring: 'day', stepS: 4 * 86_400 })
  t.equal(year.figures.rsrp?.mean?.at(-1), -97)
  t.equal((year.start + 7 * 3_600) % 86_400, 0, 'steps begin with civil days')
})

t.test('the hour under way is part of a chart at once', async (t) => {
  const w = await world(t)
  w.clock.pass(600_000)
  for (let s = 0; s <= 600; s += 40) beat(w, s * 1_000)
  const { figures } = await chart(w, `figure=online,rsrp&from=${iso(-3 * DAY)}&to=${iso(HOUR)}`)
  t.equal(figures.online?.value?.at(-1), 100)
  t.equal(figures.rsrp?.mean?.at(-1), -97)
})

t.test('bad questions are answered with what to do', async (t) => {
  const { app } = await world(t)
  for (const [query, code] of [
    ['figure=nothing', 'no-such-figure'], ['figure=rsrp&from=2026-13-40T00:00', 'no-such-instant'], ['figure=rsrp&points=0', null], ['figure=rsrp&points=many', null], ['', null], ['figure=rsrp&color=red', null],
    [`figure=rsrp&from=${iso(0)}&to=${iso(-1)}`, 'empty-span'],
  ] as const) {
    const { status, body } = await ask(app, `GET /api/v1/clusters/${ONE}/chart?${query}`)
    t.match({ status, body }, { status: 400, body: { error: { ...(code === null ? {} : { code }), en: /\w/, vi: /\w/ } } }, query)
  }
  for (const path of ['chart?figure=rsrp', 'signal', 'symptoms', 'sim']) {
    t.match((await ask(app, `GET /api/v1/clusters/c0000000zz/${path}`)), { status: 404, body: { error: { en: /\w/, vi: /\w/ } } })
    t.equal((await ask(app, `GET /api/v1/clusters/NO/${path}`)).status, 400)
  }
  for (const path of ['symptoms', 'readiness', 'sims']) t.match(await ask(app, `GET /api/v1/${path}?area=99999`), { status: 404, body: { error: { en: /\w/, vi: /\w/ } } })
  t.match(await ask(app, 'GET /api/v1/readiness?at=2026-11-31T25:00'), { status: 400, body: { error: { en: /\w/, vi: /\w/ } } })
  for (const body of [{}, { bytesPerMonth: 5 }, { bytesPerMonth: null, startDay: 31 }, { bytesPerMonth: null, number: 'abc' }, { bytesPerMonth: null, colour: 'red' }]) {
    t.match(await ask(app, `PUT /api/v1/clusters/${ONE}/sim`, body), { status: 400, body: { error: { en: /\w/, vi: /\w/ } } }, JSON.stringify(body))
  }
  t.match(await ask(app, `PUT /api/v1/clusters/${ONE}/sim`, { bytesPerMonth: null, expires: '2026-02-30' }), { status: 422, body: { error: { code: 'no-such-day', field: '/expires' } } })
  t.match(await ask(app, `PUT /api/v1/clusters/${ONE}/sim`, { bytesPerMonth: 50_000_000, reserveBytes: 50_000_000 }), { status: 422, body: { error: { code: 'reserve-too-large' } } })
  t.equal((await app.inject({ method: 'GET', url: `/api/v1/clusters/${ONE}/chart?figure=rsrp` })).statusCode, 401)
})

t.test('the signal comes with the figure that decided, what helps, the cells, and how the weeks before were', async (t) => {
  const w = await world(t)
  const { stores } = w.deps
  for (const week of [1, 2, 3]) for (let ms = -4 * HOUR; ms < 0; ms += 40_000) beat(w, ms - week * 7 * DAY, { r: [-96, -9, 14, -70] })
  for (let ms = -4 * HOUR; ms < 0; ms += 40_000) beat(w, ms, { r: [-113, -9, 14, -80] })
  stores.lately.noteRadio(ONE, at(-1_000), [-113, -9, 14, -80])
  stores.telemetry.noteHealth(ONE, health({ radio: { figures: [-113, -9, 14, -80], tech: 'LTE', operator: 'Viettel', band: 'B3', cell: '844D92A', source: 'sim:weak' } }), at(-2_000))
  stores.rings.rollUp(at(0), 1_000)
  const { body } = await ask(w.app, `GET /api/v1/clusters/${ONE}/signal`)
  t.match(body, { class: 'poor', worst: 'rsrp', reason: 'weak-cell', rsrp: -113, operator: 'Viettel', cells: [{ operator: 'Viettel', cell: '844D92A', band: 'B3' }] })
  t.match(body, { vi: /kém.*RSRP -113 dBm.*ăng-ten/, trend: { figure: 'rsrp', diffDb: -17, weeks: 3, en: /17 dB worse/, vi: /kém hơn 17 dB/ } })
})

t.test('symptoms are those of the figures, in the areas that are asked for', async (t) => {
  const w = await world(t)
  const { stores } = w.deps
  stores.presence.upsert(present(ONE, { online: false, since: at(-HOUR) }))
  stores.presence.upsert(present(TWO, { clock: { trusted: false } }))
  stores.telemetry.noteHealth(TWO, health({ tempC: 96, power: 'battery', disk: { freeBytes: 1_000_000, cacheBytes: 5 } }), at(0))
  const all = (await ask(w.app, 'GET /api/v1/symptoms')).body as { cluster: string; symptoms: { kind: string; severity: string }[] }[]
  t.same(all.map(({ cluster, symptoms }) => [cluster, symptoms.map(({ kind }) => kind).sort()]), [[ONE, ['offline']], [TWO, ['clock', 'disk-full', 'power', 'temperature']]])
  t.same(((await ask(w.app, 'GET /api/v1/symptoms?area=24958-dong')).body as { cluster: string }[]).map(({ cluster }) => cluster), [ONE])
  t.match((await ask(w.app, `GET /api/v1/clusters/${ONE}/symptoms`)).body, { symptoms: [{ kind: 'offline', severity: 'fault', figure: 60, vi: /^Mất kết nối từ 03:00/ }] })
})

const slot = (over: Partial<Slot> = {}): Slot => ({
  id: 's.x.0', session: 's.x', sessionStart: at(HOUR), class: 'scheduled', start: at(HOUR), end: at(2 * HOUR), lengthMs: HOUR, source: { kind: 'file', media: 'm'.repeat(43) }, resume: 'from-the-beginning', policy: 'p', music: false, order: 0, staggerMs: 0, issuedAt: at(0), ...over,
})
/** From 05:00 to 06:00, an hour from now. */
const SESSION = { id: 's', name: 'Buổi sáng', at: '05:00', until: '06:00', days: 'daily' as const, targets: { areas: ['24958'] }, items: [{ relay: 'vov1', length: '60m', substitute: 'x' }] }

t.test('before a session it is said who is ready, who lacks what, and whom to call first', async (t) => {
  const relayed = slot({ source: { kind: 'stream', stream: 'vov1', substitute: 'm'.repeat(43) } })
  const w = await world(t, { slotsFor: () => ({ slots: [relayed], policies: {}, view: { staggerIndex: 0, stoppedAt: null, muted: false }, rev: 5, titleOf: () => 'VOV1' }) })
  const { stores } = w.deps
  stores.sessions.put(SESSION, at(0))
  stores.presence.upsert(present(ONE))
  stores.presence.upsert(present(TWO, { held: 2 }))
  stores.lately.noteMissing(TWO, ['m'.repeat(43)])
  const first = ((await ask(w.app, 'GET /api/v1/readiness')).body as object[])[0]
  t.match(first, { session: 's', start: '2026-11-23T05:00:00.000+07:00', total: 2, ready: 1, doubtful: 1, notReady: 0, vi: '1/2 cụm sẵn sàng; 1 cụm thiếu nội dung thay thế của tiếp âm lúc 05:00.', clusters: [{ cluster: TWO, reasons: [{ code: 'lacks-substitute' }] }] })
  stores.presence.upsert(present(ONE, { online: false, planTo: at(0) }))
  const then = ((await ask(w.app, `GET /api/v1/readiness?area=24958&at=${iso(0)}`)).body as object[])[0]
  t.match(then, { ready: 0, notReady: 1, clusters: [{ cluster: ONE, state: 'not-ready', reasons: [{ code: 'no-plan' }, { code: 'offline' }] }, { cluster: TWO }] })
  t.match(((await ask(w.app, 'GET /api/v1/readiness?area=24958-dong')).body as object[])[0], { total: 1 })
})

t.test('a cluster that is silent where something is due is told of within the minute, one that may be silent is not', async (t) => {
  let isPaused = false
  const pauses = () => (isPaused ? [{ from: NOW, to: NOW + DAY, reason: 'đám tang' }] : [])
  const policies = () => ({ p: { label: 'p', windows: [{ from: 0, to: 86_400 }], quiet: [], warn: [], openings: [], pauses: pauses(), mourning: [], volume: [] } })
  const w = await world(t, { slotsFor: () => ({ slots: [slot()], policies: policies(), view: { staggerIndex: 0, stoppedAt: null, muted: false }, rev: 5, titleOf: () => null }) })
  const { stores } = w.deps
  stores.sessions.put(SESSION, at(0))
  stores.presence.upsert(present(ONE))
  const watch = createSymptomWatch(w.deps)
  const kindsAt = (ms: number): string[] => watch.look([stores.clusters.byId(ONE) as ClusterRecord], at(ms)).get(ONE)?.map(({ kind }) => kind) ?? []
  t.same(kindsAt(HOUR + 30_000), [])
  t.same(kindsAt(HOUR + 55_000), ['silent-in-session'])
  stores.presence.upsert(present(ONE, { playing: { slot: 's.x.0', since: at(HOUR) } }))
  t.same(kindsAt(HOUR + 56_000), [])
  stores.presence.upsert(present(ONE))
  isPaused = true
  t.same(kindsAt(HOUR + 120_000), [])
  isPaused = false
  t.same(kindsAt(HOUR + 180_000), ['silent-in-session'])
  stores.presence.upsert(present(ONE, { since: at(HOUR + 170_000) }))
  t.same(kindsAt(HOUR + 181_000), [], 'it came back ten seconds ago')
  t.same(kindsAt(2 * HOUR + 60_000), [], 'the session is over')
})

t.test('a SIM of which only the reserve is left is spared until its month begins anew or its plan gives more', async (t) => {
  const w = await world(t)
  const { stores } = w.deps
  const events: string[] = []
  w.deps.events.onEvent(({ kind }) => void events.push(kind))
  const watch = createSimWatch(w.deps)
  t.match((await ask(w.app, `PUT /api/v1/clusters/${ONE}/sim`, { bytesPerMonth: 2_000_000_000, startDay: 5, expires: '2026-11-25', number: '0912 345 678', operator: 'Viettel' })).body, { usedBytes: 0, leftBytes: 2_000_000_000, renews: '2026-12-05', daysLeft: 2, frugal: false, plan: { reserveBytes: 100_000_000 } })
  const used = (upS: number, rxBytes: number, boot = 'b'): void => stores.telemetry.noteHealth(ONE, health({ boot, upS, data: { rxBytes, txBytes: 0 } }), w.clock.wall())
  used(1, 5_000_000_000)
  used(2, 6_000_000_000)
  used(2, 6_000_000_000)
  t.match((await ask(w.app, `GET /api/v1/clusters/${ONE}/sim`)).body, { usedBytes: 1_000_000_000, frugal: false }, 'what was counted before we looked does not count, and nothing counts twice')
  used(1, 400_000_000, 'another')
  watch.look()
  t.equal(stores.clusters.byId(ONE)?.now.frugal, undefined)
  used(9, 950_000_000, 'another')
  watch.look()
  t.match(stores.clusters.byId(ONE)?.now, { frugal: true })
  t.same(w.told, [`cluster ${ONE}`])
  t.same(events, ['sim.spared'])
  const rev = stores.clusters.byId(ONE)?.now.rev
  watch.look()
  t.equal(stores.clusters.byId(ONE)?.now.rev, rev, 'it is said once')
  t.match(((await ask(w.app, 'GET /api/v1/sims')).body as object[])[0], { cluster: ONE, frugal: true, leftBytes: 50_000_000 })
  t.match((await ask(w.app, `GET /api/v1/clusters/${ONE}/symptoms`)).body, { symptoms: [{ kind: 'sim-quota', severity: 'fault', figure: 50 }, { kind: 'sim-expiry', severity: 'warning', figure: 2 }] })
  t.match((await ask(w.app, `PATCH /api/v1/clusters/${ONE}`, { mute: true })).status, 200)
  t.match(stores.clusters.byId(ONE)?.now, { frugal: true, mute: true })
  await ask(w.app, `PUT /api/v1/clusters/${ONE}/sim`, { bytesPerMonth: 4_000_000_000, startDay: 5 })
  t.equal(stores.clusters.byId(ONE)?.now.frugal, undefined)
  await ask(w.app, `PUT /api/v1/clusters/${ONE}/sim`, { bytesPerMonth: 2_000_000_000, startDay: 5 })
  t.equal(stores.clusters.byId(ONE)?.now.frugal, true)
  w.clock.pass(13 * DAY)
  watch.look()
  t.equal(stores.clusters.byId(ONE)?.now.frugal, undefined, 'the month has begun anew')
  t.match((await ask(w.app, `DELETE /api/v1/clusters/${ONE}/sim`)).body, { plan: null, usedBytes: null })
})
