import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import type { EvidenceRow } from '../../shared/protocol/messages/evidence.ts'
import type { StationEvent } from '../../server/core/station-events.ts'
import { resultPicture } from '../../server/core/result-picture.ts'
import { createResults } from '../../server/features/results/plugin.ts'
import { AREAS, ask, NOW, serverWorld, type ServerWorld } from '../support/server-world.ts'

const API = '/api/v1'
const START = NOW + 1.5 * 3_600_000
const IDS = ['0000000001', '0000000002', '0000000003']
const NAME = `sang.${Math.round(START / 1000).toString(36)}`

/** Three clusters of a commune, one session of two items at 05:30. */
function set({ deps }: ServerWorld): void {
  const { stores } = deps
  for (const area of AREAS) stores.areas.put(area)
  IDS.forEach((id, n) => {
    stores.clusters.insert({ id, name: `Cụm ${n + 1} <chợ>`, created: wallMs(NOW), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, n === 2 ? '24958-dong' : '24958', '2026-01-01')
  })
  stores.sessions.put({ id: 'sang', name: 'Buổi sáng', at: '05:30', until: '06:30', days: 'daily', targets: { areas: ['24958'] }, items: [{ chime: 'mo-dau' }] }, wallMs(NOW))
  stores.planned.insertMany(IDS.flatMap((cluster) => [0, 1].map((n) => ({
    slot: `${NAME}.${n}`, cluster, session: 'sang', occurrence: wallMs(START), due: wallMs(START + n * 600_000), end: wallMs(START + (n + 1) * 600_000), item: `Mục ${n}`, media: 'm', stream: null, planRev: 0,
  }))))
}
const row = (n: number, item: number, ms = 600_000): EvidenceRow => ({ n, slot: `${NAME}.${item}`, due: START + item * 600_000, end: START + (item + 1) * 600_000, ms, underruns: 0, ...(ms > 0 ? { began: START + item * 600_000, level: -20 } : { why: 'sink-failed' }) })

t.test('five minutes after a session each area has its result: who aired all, who did not, why, and whom to call', async (t) => {
  const world = await serverWorld(t)
  set(world)
  const { deps } = world
  const told: StationEvent[] = []
  deps.events.onEvent((event) => void told.push(event))
  deps.stores.evidence.insertRows(IDS[0] ?? '', 'AAAAAAAAAAA', [row(1, 0), row(2, 1)], { at: wallMs(START) })
  deps.stores.evidence.insertRows(IDS[1] ?? '', 'AAAAAAAAAAA', [row(1, 0), row(2, 1, 0)], { at: wallMs(START) })
  deps.stores.care.caretakers.put({ cluster: IDS[2] ?? '', name: 'Chị Hoa', phone: '+84912345678' })
  const make = createResults(deps)
  t.equal(await make(), 0)
  world.clock.pass(START - NOW + 3_600_000 + 299_000)
  t.equal(await make(), 0, 'not before the five minutes are over')
  world.clock.pass(2_000)
  t.equal(await make(), 1, 'one commune')
  t.equal(await make(), 0, 'once')
  t.match(told, [{ kind: 'session.result', subject: 'sang', areas: ['24958'], detail: { clusters: 3, whole: 1, part: 1, vi: '2/3 cụm đã phát: 1 cụm phát chưa đủ, 1 cụm không phát' } }])
  const expected = [{
    session: 'sang', title: 'Buổi sáng', areaName: 'Xã Đức Trọng', clusters: 3, whole: 1, part: 1, plannedMinutes: 20, airedMinutes: 20,
    lacking: [{ cluster: IDS[2], why: /chưa gửi báo cáo/, call: { name: 'Chị Hoa', phone: '+84912345678' } }, { cluster: IDS[1], why: /Phát 10\/20 phút. Thiết bị phát âm thanh lỗi/, reason: 'sink-failed', call: null }],
  }]
  t.match((await ask(world.app, `GET ${API}/sessions/sang/results/2026-11-23T05:30`)).body, expected)
  t.match((await ask(world.app, `GET ${API}/results`)).body, expected)
  // what comes late changes what is known now, not what was told
  deps.stores.evidence.insertRows(IDS[2] ?? '', 'AAAAAAAAAAA', [row(1, 0), row(2, 1)], { at: wallMs(START) })
  t.match((await ask(world.app, `GET ${API}/sessions/sang/results/2026-11-23T05:30?fresh=yes`)).body, [{ whole: 2, part: 1 }])
  t.match((await ask(world.app, `GET ${API}/sessions/sang/results/2026-11-23T05:30`)).body, [{ whole: 1 }])
})

t.test('a clock that is set back tells nothing twice; one that was far ahead does not hold up what comes', async (t) => {
  const world = await serverWorld(t)
  set(world)
  const { deps } = world
  const told: StationEvent[] = []
  deps.events.onEvent((event) => void told.push(event))
  const make = createResults(deps)
  await make()
  world.clock.pass(START - NOW + 3_600_000 + 301_000)
  t.equal(await make(), 1)
  world.clock.pass(-20_000)
  t.equal(await make(), 0)
  world.clock.pass(30_000)
  t.equal(await make(), 0)
  t.equal(told.length, 1)
  deps.stores.meta.set('results', String(deps.clock.wall() + 30 * 86_400_000))
  await make()
  world.clock.pass(86_400_000 - 5_000)
  const next = START + 86_400_000
  deps.stores.planned.insertMany([{ slot: `sang.${Math.round(next / 1000).toString(36)}.0`, cluster: IDS[0] ?? '', session: 'sang', occurrence: wallMs(next), due: wallMs(next), end: wallMs(next + 600_000), item: 'Mục', media: 'm', stream: null, planRev: 0 }])
  t.equal(await make(), 1)
  t.equal(told.length, 2)
})

t.test('the result is one picture as wide as a telephone shows it, and it names no number', async (t) => {
  const world = await serverWorld(t)
  set(world)
  world.deps.stores.care.caretakers.put({ cluster: IDS[0] ?? '', name: 'Anh Ba', phone: '+84912345678' })
  const make = createResults(world.deps)
  await make()
  world.clock.pass(START - NOW + 3_600_000 + 301_000)
  t.equal(await make(), 1)
  const picture = await world.app.inject({ method: 'GET', url: `${API}/sessions/sang/results/2026-11-23T05:30.png`, headers: { authorization: 'Bearer token-of-the-administrator' } })
  t.equal(picture.statusCode, 200)
  t.equal(picture.headers['content-type'], 'image/png')
  t.same([...picture.rawPayload.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47])
  t.equal(picture.rawPayload.readUInt32BE(16), 1_080)
  const [kept] = world.deps.stores.reports.results('sang', wallMs(START))
  if (!kept) throw new Error('no result')
  const svg = resultPicture(kept)
  t.match(svg, /0\/3/)
  t.match(svg, /Gọi: Anh Ba/)
  t.notMatch(svg, /912345678/)
  t.notMatch(svg, /<chợ>/, 'names are text, whatever is in them')
  t.notMatch(JSON.stringify(kept), /912345678/, 'nor is the number kept with it')
})

t.test('what a session that everybody aired says is short', async (t) => {
  const world = await serverWorld(t)
  set(world)
  for (const id of IDS) world.deps.stores.evidence.insertRows(id, 'AAAAAAAAAAA', [row(1, 0), row(2, 1)], { at: wallMs(START) })
  const make = createResults(world.deps)
  await make()
  world.clock.pass(START - NOW + 3_600_000 + 301_000)
  await make()
  t.match((await ask(world.app, `GET ${API}/results?limit=5`)).body, [{ vi: '3/3 cụm đã phát', lacking: [] }])
})
