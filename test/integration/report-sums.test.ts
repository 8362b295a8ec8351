import t, { type Test } from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { civilDayNumber, dateOfDayNumber } from '../../shared/core/civil.ts'
import type { Report } from '../../server/core/report-model.ts'
import { AREAS, ask, NOW, serverWorld, type ServerWorld } from '../support/server-world.ts'

const API = '/api/v1'
const CLUSTER = '0123456789'
const DAY = 86_400_000
const START = NOW + 3_600_000
const slotOf = (start: number, n = 0): string => `sang.${Math.round(start / 1000).toString(36)}.${n}`

async function station(t: Test): Promise<ServerWorld> {
  const world = await serverWorld(t)
  const { stores } = world.deps
  for (const area of [...AREAS, { code: '24961', name: 'Xã Khác', kind: 'commune', parent: '68' } as const]) stores.areas.put(area)
  stores.clusters.insert({ id: CLUSTER, name: 'Cụm 1', created: wallMs(NOW - DAY), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
  stores.clusters.join(CLUSTER, '24958-dong', '2026-01-01')
  return world
}
const plan = ({ deps }: ServerWorld, start: number, planRev = 0): void =>
  deps.stores.planned.insertMany([{ slot: slotOf(start), cluster: CLUSTER, session: 'sang', occurrence: wallMs(start), due: wallMs(start), end: wallMs(start + 600_000), item: 'Tin', media: 'm', stream: null, planRev }])
const tell = ({ deps, clock }: ServerWorld, start: number, n = 1): void =>
  void deps.stores.evidence.insertRows(CLUSTER, 'AAAAAAAAAAA', [{ n, slot: slotOf(start), due: start, end: start + 600_000, began: start, ms: 600_000, underruns: 0 }], { at: clock.wall() })
const aired = async ({ app, clock }: ServerWorld, area: string, day = NOW): Promise<unknown> => {
  clock.pass(6_000)
  const report = (await ask(app, `GET ${API}/reports/${dateOfDayNumber(civilDayNumber(wallMs(day)))}?area=${area}`)).body as Report
  return report.sections.find(({ id }) => id === 'sources')?.rows.at(-1)?.slice(1, 4).map(({ value }) => value)
}

t.test('what is not over is not counted, what is over is, and what comes late is counted when it comes', async (t) => {
  const world = await station(t)
  plan(world, START)
  t.same(await aired(world, '24958'), [0, 0, 0])
  world.clock.pass(START - NOW + 600_000 + 121_000)
  t.same(await aired(world, '24958'), [1, 10, 0], 'nobody had to say anything for it to be missing')
  world.clock.pass(6 * DAY)
  await world.deps.reports.run('sweep', { now: world.clock.wall() })
  t.equal(await world.deps.reports.run('pack', { now: world.clock.wall() }), 1)
  t.same(await aired(world, '24958'), [1, 10, 0], 'a day that is packed is read as before')
  tell(world, START)
  tell(world, START)
  t.same(await aired(world, '24958'), [1, 10, 10])
  await world.deps.reports.run('sweep', { now: world.clock.wall() })
  t.equal(await world.deps.reports.run('pack', { now: world.clock.wall() }), 1, 'and it is packed with what it is late for')
  t.same(await aired(world, '24958'), [1, 10, 10])
  tell(world, START)
  t.same(await aired(world, '24958'), [1, 10, 10], 'what an agent says again although it is packed counts once')
  const day = (await ask(world.app, `GET ${API}/evidence?date=2026-11-23`)).body
  t.match(day, [{ rung: 'played', seconds: 600, reason: null }], 'the day itself is shown as before')
})

t.test('a hamlet, its commune and the province tell the same of it', async (t) => {
  const world = await station(t)
  plan(world, START)
  world.clock.pass(DAY)
  tell(world, START)
  for (const area of ['24958-dong', '24958', '68']) t.same(await aired(world, area), [1, 10, 10], area)
  t.same(await aired(world, '24961'), [0, 0, 0])
})

t.test('whether a cluster had the plan is settled when the session is over, whatever it says later', async (t) => {
  const world = await station(t)
  const presence = (planRev: number): void => {
    world.deps.stores.presence.upsert({ cluster: CLUSTER, online: true, since: wallMs(NOW), boot: null, conn: null, planRev, nowRev: 0, held: 0, dueFiles: 0, planTo: wallMs(NOW), playing: null, refused: {}, lastSeen: wallMs(NOW), agent: null, clock: null })
    world.deps.stores.rings.flush()
  }
  presence(4)
  await world.deps.reports.run('sweep', { now: world.clock.wall() })
  plan(world, START, 5)
  const reason = async (): Promise<unknown> => {
    world.clock.pass(6_000)
    return ((await ask(world.app, `GET ${API}/reports/rows?area=24958&period=2026-11-23`)).body as { rows: { rung: string; reason: { code: string } }[] }).rows.map(({ rung, reason }) => [rung, reason.code])
  }
  world.clock.pass(START - NOW + 800_000)
  t.same(await reason(), [['planned', 'not-sent']])
  presence(6)
  await world.deps.reports.run('sweep', { now: world.clock.wall() })
  t.same(await reason(), [['planned', 'not-sent']], 'it had not been sent when it was due')
})

t.test('a cluster that is moved takes the days with it from which it stands elsewhere', async (t) => {
  const world = await station(t)
  plan(world, START)
  plan(world, START - DAY)
  world.clock.pass(DAY)
  await world.deps.reports.run('sweep', { now: world.clock.wall() })
  t.same(await aired(world, '24958', NOW), [1, 10, 0])
  world.deps.stores.clusters.join(CLUSTER, '24961', '2026-11-23')
  t.same(await aired(world, '24958', NOW), [0, 0, 0])
  t.same(await aired(world, '24961', NOW), [1, 10, 0])
  t.same(await aired(world, '24958', NOW - DAY), [1, 10, 0], 'the days before stay where they were')
})

t.test('an emergency and a live broadcast count beside the timetable', async (t) => {
  const world = await station(t)
  plan(world, START)
  const row = (n: number, slot: string) => ({ n, slot, due: START, end: START + 60_000, began: START, ms: 60_000, underruns: 0 })
  world.deps.stores.evidence.insertRows(CLUSTER, 'AAAAAAAAAAA', [row(1, 'a.abcd12'), row(2, 'l.xyz12')], { at: wallMs(START) })
  world.clock.pass(DAY)
  const report = (await ask(world.app, `GET ${API}/reports/2026-11-23?area=24958`)).body as Report
  t.same(report.sections.find(({ id }) => id === 'sources')?.rows.map((row) => row.slice(0, 4).map(({ value }) => value)), [
    ['Chương trình tự sản xuất', 1, 10, 0], ['Phát trực tiếp', 1, 0, 1], ['Thông báo khẩn cấp', 1, 0, 1], ['Cộng', 3, 10, 2],
  ])
  t.match(report.sections.find(({ id }) => id === 'classes')?.rows.map(([name]) => name?.value), ['Thông thường', 'Khẩn cấp'])
})
