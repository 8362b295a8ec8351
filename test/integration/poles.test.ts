import t, { type Test } from 'tap'
import { DEFAULT_POLICY } from '../../shared/core/policy.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { NewProgramme } from '../../server/core/programme-store.ts'
import type { PlannedSlots } from '../../server/core/server-deps.ts'
import { ask, AREAS, NOW, serverWorld, type ServerWorld } from '../support/server-world.ts'

const HOUR = 3_600_000
const NOBODY = { authorization: '' }
const POLE = 'c000000001'
/** 04:00 plus so much, Viet Nam time. */
const at = (ms: number) => wallMs(NOW + ms)
const sha = (of: string): string => of.padEnd(43, 'A')

const slot = (id: string, start: number, over: Partial<Slot> = {}): Slot => ({
  id, session: id.replace(/\.\d+$/, ''), class: 'scheduled', start: at(start), end: at(start + HOUR), lengthMs: 600_000, source: { kind: 'file', media: sha('m') },
  resume: 'from-the-beginning', policy: 'mac-dinh', music: false, order: 0, staggerMs: 0, issuedAt: at(0), ...over,
})
const TITLES: Readonly<Record<string, string>> = { 'chieu.b.0': 'Bản tin chiều', 'mai.c.0': 'Ngày mai', 'sang.a.0': 'Thời sự xã' }
const plan = (slots: readonly Slot[]): PlannedSlots => ({ slots, policies: { 'mac-dinh': DEFAULT_POLICY }, view: { staggerIndex: 0, stoppedAt: null, muted: false }, rev: 1, titleOf: (id) => TITLES[id] ?? null })

interface World extends ServerWorld {
  readonly code: string
  programme(id: string, over?: Partial<NewProgramme>): void
  sounded(slot: string, media: string | null, over?: { readonly due?: number; readonly stream?: string; readonly silent?: boolean }): void
}

async function poleWorld(t: Test, slots: readonly Slot[] = []): Promise<World> {
  const world = await serverWorld(t, { slotsFor: (id) => (id === POLE ? plan(slots) : null) })
  const { stores, clock } = world.deps
  for (const area of [...AREAS, { code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune', parent: '68' }]) stores.areas.put(area as never)
  stores.clusters.insert({ id: POLE, name: 'Cụm Chợ', created: clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
  stores.clusters.join(POLE, '24958-dong', '2026-01-01')
  const { code } = (await ask(world.app, `GET /api/v1/clusters/${POLE}/pole-code`)).body as { code: string }
  let n = 0
  return {
    ...world, code,
    programme(id, over = {}) {
      world.media.set(sha(id), new TextEncoder().encode(`OggS ${id}`))
      stores.programmes.insert({ id, name: `Bài ${id}`, folder: '', sha: sha(id), bytes: 10, ms: 300_000, lufs: -16, truePeak: -2, peaks: new Uint8Array(), kind: 'file', music: false, key: null, createdAt: clock.wall(), area: '24958', ...over })
    },
    sounded(name, media, { due = 0, stream, silent = false } = {}) {
      if (!/^[le]\./.test(name)) stores.planned.insertMany([{ slot: name, cluster: POLE, session: 'sang', occurrence: at(due), due: at(due), end: at(due + 300_000), item: `Bài ${name}`, media, stream: stream ?? null, planRev: 1 }])
      if (!silent) stores.evidence.insertRows(POLE, 'log', [{ n: ++n, slot: name, due: at(due), end: at(due + 300_000), began: at(due), ms: 300_000, underruns: 0 }], { at: clock.wall() })
    },
  }
}
interface Day {
  readonly name: string
  readonly online: boolean
  readonly now: { readonly do: string; readonly title: string | null; readonly vi: string; readonly until: string | null }
  readonly items: readonly { readonly slot: string; readonly title: string; readonly kind: string; readonly sounded: boolean | null; readonly listen: boolean; readonly from: string }[]
}
const dayOf = async (world: World): Promise<Day> => (await ask(world.app, `GET /api/v1/public/clusters/${world.code}/day`, undefined, NOBODY)).body as Day
const hear = (world: World, name: string, headers: Record<string, string> = {}) => ask(world.app, `GET /api/v1/public/clusters/${world.code}/items/${name}/audio`, undefined, { ...NOBODY, ...headers })

t.test('whoever stands at a pole reads without an account what sounds now, why, and what comes today', async (t) => {
  const world = await poleWorld(t, [slot('sang.a.0', 2 * HOUR), slot('chieu.b.0', 13 * HOUR), slot('mai.c.0', 25 * HOUR)])
  world.deps.stores.sessions.put({ id: 'chieu', name: 'Buổi chiều', at: '17:00', until: '18:00', days: 'daily', targets: 'all', items: [{ chime: 'chime' }] }, world.clock.wall())
  t.match(await dayOf(world), { name: 'Cụm Chợ', area: 'Thôn Đông', date: '2026-11-23', online: false, now: { do: 'silence', title: null, vi: 'Không có nội dung nào đến giờ phát.', until: '2026-11-23T06:00:00.000+07:00' } })
  t.same((await dayOf(world)).items.map(({ title }) => title), ['Thời sự xã', 'Bản tin chiều'], 'today only')
  world.clock.pass(2 * HOUR + 60_000)
  const during = await dayOf(world)
  t.match(during.now, { do: 'play', title: 'Thời sự xã', vi: /Đang đến giờ phát "Thời sự xã" theo lịch/ })
  t.match(during.items, [{ title: 'Bản tin chiều', session: 'Buổi chiều', kind: 'timetable', sounded: null, listen: false, from: '2026-11-23T17:00:00.000+07:00' }])
})

t.test('the words in which the station gave a reason for a pause are not shown on the street', async (t) => {
  const world = await poleWorld(t, [slot('sang.a.0', 2 * HOUR)])
  const paused = { ...DEFAULT_POLICY, pauses: [{ from: at(HOUR), to: at(5 * HOUR), reason: 'Phản ánh của bà Sáu' }] }
  Object.assign(world.deps, { slotsFor: () => ({ ...plan([slot('sang.a.0', 2 * HOUR)]), policies: { 'mac-dinh': paused } }) })
  world.clock.pass(2 * HOUR + 60_000)
  const { now } = await dayOf(world)
  t.equal(now.do, 'silence')
  t.match(now.vi, /đang tạm ngừng phát/)
  t.notMatch(JSON.stringify(now), /bà Sáu/)
})

t.test('what sounded here today of the own work of the area is heard again, in stretches as well', async (t) => {
  const world = await poleWorld(t)
  world.programme('xa')
  world.programme('dai', { area: null, kind: 'speech' })
  world.sounded('sang.a.0', sha('xa'))
  world.sounded('sang.a.1', sha('dai'))
  world.clock.pass(HOUR)
  t.match((await dayOf(world)).items, [{ title: 'Bài sang.a.0', sounded: true, listen: true }, { listen: true }])
  t.match(await hear(world, 'sang.a.0'), { status: 200, text: 'OggS xa', headers: { 'content-type': 'audio/ogg' } })
  t.match(await hear(world, 'sang.a.0', { range: 'bytes=0-3' }), { status: 206, text: 'OggS' })
})

t.test('relays, live voices, emergencies, other areas, bulletins, chimes, withdrawn and unheard things are not to be heard again', async (t) => {
  const world = await poleWorld(t)
  const { stores, clock } = world.deps
  world.programme('khac', { area: '24961' })
  world.programme('bantin', { source: 'bulletin' })
  world.programme('chuong', { kind: 'chime' })
  world.programme('ghi', { kind: 'recording' })
  world.programme('rut')
  world.programme('bo')
  world.programme('cho', { state: 'pending' })
  for (const [n, id] of ['khac', 'bantin', 'chuong', 'ghi', 'rut', 'bo', 'cho'].entries()) world.sounded(`sang.a.${n}`, sha(id))
  stores.programmes.remove('bo', clock.wall())
  stores.programmes.decideVersion('rut', 1, { state: 'returned', by: 'x', name: 'X', at: clock.wall(), reason: 'sai' })
  world.programme('imlang')
  world.sounded('sang.a.7', sha('imlang'), { silent: true })
  world.programme('tiepam')
  world.sounded('sang.a.8', sha('tiepam'), { stream: 'vov1' })
  world.sounded('l.0123456789', null)
  world.sounded('e.0123456789.1', null)
  world.programme('cu')
  world.sounded('sang.0.0', sha('cu'), { due: -26 * HOUR })
  world.clock.pass(HOUR)
  const { items } = await dayOf(world)
  t.equal(items.length, 11, 'yesterday is not among them')
  t.same(items.filter(({ listen }) => listen), [])
  t.match(items.find(({ slot: name }) => name === 'l.0123456789'), { kind: 'live', title: 'Phát trực tiếp', sounded: true })
  t.equal(items.find(({ slot: name }) => name === 'sang.a.7')?.sounded, false, 'what was due and never reported is said to be silent')
  for (const { slot: name } of [...items, { slot: 'sang.0.0' }, { slot: 'khong-co' }]) t.match(await hear(world, name), { status: 404, body: { error: { code: 'not-to-hear', vi: /\S/ } } }, name)
})

t.test('a code that is on no pole opens nothing, and guessing or asking without end is refused for a while', async (t) => {
  const world = await poleWorld(t)
  t.match(await ask(world.app, 'GET /api/v1/public/clusters/22222222/day', undefined, NOBODY), { status: 404, body: { error: { vi: /cột loa/ } } })
  t.match(await ask(world.app, 'GET /api/v1/public/clusters/!/day', undefined, NOBODY), { status: 400 })
  t.match(await hear(world, 'a%2Fb'), { status: 400 })
  let last = 200
  for (let n = 0; n < 130 && last !== 429; n++) last = (await ask(world.app, 'GET /api/v1/public/clusters/22222222/day', undefined, NOBODY)).status
  t.equal(last, 429)
  world.clock.pass(60_000)
  t.equal((await ask(world.app, `GET /api/v1/public/clusters/${world.code}/day`, undefined, NOBODY)).status, 200)
  for (let n = 0; n < 70 && last !== 404; n++) last = (await hear(world, 'khong-co')).status
  for (let n = 0; n < 70 && last === 404; n++) last = (await hear(world, 'khong-co')).status
  t.equal(last, 429)
  world.deps.stores.clusters.revoke(POLE, world.clock.wall())
  t.equal((await ask(world.app, `GET /api/v1/public/clusters/${world.code}/day`, undefined, NOBODY)).status, 404, 'a pole that is gone has no page')
  t.same(world.errors, [])
})
