import t, { type Test } from 'tap'
import { slotsOfLive } from '../../shared/protocol/messages/orders.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Begun, NewLive } from '../../server/core/live-book.ts'
import { startLive } from '../../server/features/live/plugin.ts'
import { CHIME_SHA, liveWorld, SONG_SHA, type LiveWorld } from '../support/live-world.ts'
import { ask, NOW } from '../support/server-world.ts'

const VOICE: NewLive = { title: 'Tìm trẻ lạc', targets: { areas: ['24958'] }, sound: { kind: 'voice', maxMs: 600_000 }, chime: true, authority: 1, actor: 'administrator' }
const HOUR = 3_600_000

function begun(t: Test, world: LiveWorld, order: NewLive = VOICE): Begun {
  const outcome = world.live.begin(order)
  if (!outcome.ok) throw new Error(outcome.refusal.en)
  t.ok(outcome.ok)
  return outcome.value
}
const entriesOf = (world: LiveWorld, cluster: string) => world.deps.stores.clusters.byId(cluster)?.now.live ?? []
const refusalOf = (world: LiveWorld, order: Partial<NewLive>) => {
  const outcome = world.live.begin({ ...VOICE, ...order })
  return outcome.ok ? null : outcome.refusal
}

t.test('a voice is ordered on each cluster of the area: chime, stream, and the chime again behind it', async (t) => {
  const world = await liveWorld(t)
  const before = world.deps.stores.clusters.byId('aaaaaaaaaa')?.now.rev ?? 0
  const { broadcast, skipped, warnings } = begun(t, world)
  t.same([skipped, warnings], [[], []])
  t.same(broadcast.clusters, ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc'])
  const [entry] = entriesOf(world, 'cccccccccc')
  t.match(entry, { slot: `l.${broadcast.id}`, policy: 'mac-dinh', auth: 1, parts: [{ m: CHIME_SHA, ms: 2_600 }, { s: `~${broadcast.id}`, ms: 600_000 }], close: { m: CHIME_SHA } })
  t.equal(broadcast.speakFrom - broadcast.at, 2_600)
  t.equal(broadcast.to - broadcast.speakFrom, 600_000)
  t.ok((world.deps.stores.clusters.byId('cccccccccc')?.now.rev ?? 0) > before)
  t.same(world.told.slice(-3), ['cluster aaaaaaaaaa', 'cluster bbbbbbbbbb', 'cluster cccccccccc'])
  t.ok(world.deps.stores.audit.verify().ok)
})

t.test('the end comes forward and the closing chime follows it', async (t) => {
  const world = await liveWorld(t)
  const { broadcast } = begun(t, world)
  world.clock.pass(20_000)
  const at = wallMs(world.clock.wall() + 6_000)
  t.match(world.live.end(broadcast.id, { at, actor: 'administrator' }), { ok: true, value: { to: at } })
  const entries = entriesOf(world, 'aaaaaaaaaa')
  const slots = slotsOfLive({ iat: 1, live: [...entries] })
  t.same(slots.map(({ id, start, end }) => ({ id, start, end })), [
    { id: `l.${broadcast.id}`, start: broadcast.at, end: at },
    { id: `l.${broadcast.id}.c`, start: at, end: at + 2_600 },
  ])
  t.match(world.live.end(broadcast.id, { at: null, actor: 'administrator' }), { ok: true, value: { to: at } }, 'ending twice is once')
})

t.test('a broadcast that is ended before it began leaves nothing, not even a chime', async (t) => {
  const world = await liveWorld(t)
  const { broadcast } = begun(t, world)
  world.live.end(broadcast.id, { at: null, actor: 'administrator' })
  t.same(entriesOf(world, 'aaaaaaaaaa'), [])
  t.same(world.live.list('under-way'), [])
})

t.test('quiet hours refuse with a sentence, and an opening lifts them', async (t) => {
  const world = await liveWorld(t)
  world.clock.pass(16 * HOUR)
  t.match(refusalOf(world, {}), { status: 409, code: 'quiet-hours', en: /until 05:00/, vi: /giờ không phát đến 05:00/ })
  t.same(entriesOf(world, 'aaaaaaaaaa'), [])
  const { policies } = world.deps.stores
  policies.putText('mac-dinh', {})
  policies.putSpans('mac-dinh', [{ from: world.clock.wall() - HOUR, to: world.clock.wall() + HOUR, reason: 'lũ' }], [])
  t.equal(refusalOf(world, {}), null)
})

t.test('a paused hamlet is passed over and named, the others are spoken to', async (t) => {
  const world = await liveWorld(t)
  const { policies, areas } = world.deps.stores
  policies.putText('thon', {})
  policies.putSpans('thon', [], [{ from: NOW, to: NOW + 24 * HOUR, reason: 'đám tang' }])
  areas.put({ code: '24958-dong', name: 'Thôn Đông', kind: 'hamlet', parent: '24958', policy: 'thon' })
  const { broadcast, skipped } = begun(t, world)
  t.same(broadcast.clusters, ['cccccccccc'])
  t.match(skipped, [{ name: 'Cụm 1', because: { code: 'paused', vi: /đám tang/ } }, { name: 'Cụm 2' }])
  t.match(refusalOf(world, { targets: { areas: ['24958-dong'] } }), { code: 'paused', vi: /Cả 2 cụm loa/ })
})

t.test('who speaks into the evening is warned when it will be cut, and at noon that people rest', async (t) => {
  const world = await liveWorld(t)
  world.clock.pass(14.9 * HOUR)
  t.match(begun(t, world).warnings, [{ code: 'ends-early', vi: /21:00/ }])
  const noon = await liveWorld(t)
  noon.clock.pass(6 * HOUR)
  t.match(begun(t, noon).warnings, [{ code: 'rest-hours' }])
})

t.test('words that lead nowhere, nobody and no programme are refused with a sentence', async (t) => {
  const world = await liveWorld(t)
  t.match(refusalOf(world, { targets: { areas: ['99999'] } }), { status: 422, code: 'unknown-target', vi: /99999/ })
  t.match(refusalOf(world, { targets: { clusters: [] } }), { status: 422, code: 'no-clusters' })
  t.match(refusalOf(world, { sound: { kind: 'programme', programme: 'none' } }), { code: 'no-such-programme' })
})

t.test('it is on air only where clusters say that they sound and still have a connection', async (t) => {
  const world = await liveWorld(t)
  const { broadcast } = begun(t, world)
  const slot = `l.${broadcast.id}`
  t.same(world.live.count(broadcast.id), { sounding: 0, online: 3, total: 3 })
  world.say('aaaaaaaaaa', { slot, st: 'received' })
  world.say('bbbbbbbbbb', { slot, st: 'sounding', level: -18 })
  world.say('cccccccccc', { slot: `${slot}.c`, st: 'sounding' })
  t.same(world.live.count(broadcast.id), { sounding: 1, online: 3, total: 3 }, 'the closing chime is not the voice')
  world.say('bbbbbbbbbb', { slot, st: 'received', at: world.clock.wall() - 5_000 })
  t.equal(world.live.count(broadcast.id).sounding, 1, 'an old word that comes late changes nothing')
  const presence = world.deps.stores.presence.byCluster('bbbbbbbbbb')
  if (presence) world.deps.stores.presence.upsert({ ...presence, online: false })
  t.same(world.live.count(broadcast.id), { sounding: 0, online: 2, total: 3 })
  t.match(world.live.board(broadcast.id), [{ state: 'received' }, { state: 'sounding', level: -18, online: false }, { state: 'ordered', at: null }])
})

t.test('after a crash the server closes what nobody speaks into any more, and lets programmes go on', async (t) => {
  const folder = t.testdir()
  const world = await liveWorld(t, folder)
  const voice = begun(t, world).broadcast
  const song = begun(t, world, { ...VOICE, sound: { kind: 'programme', programme: 'song' } }).broadcast
  world.clock.pass(10_000)
  const next = startLive(world.liveDeps)
  t.teardown(() => next.stop())
  t.match(next.byId(voice.id), { endedBy: 'server', to: world.clock.wall() })
  t.match(next.byId(song.id), { endedBy: null, to: song.to })
  t.same(entriesOf(world, 'aaaaaaaaaa').map((e) => e.to), [world.clock.wall(), song.to])
})

t.test('entries that are over are swept, and no cluster is given a fourth at once', async (t) => {
  const world = await liveWorld(t)
  for (let n = 0; n < 3; n++) begun(t, world)
  t.match(refusalOf(world, {}), { code: 'too-many-live' })
  world.clock.pass(620_000)
  t.equal(refusalOf(world, {}), null, 'what is over makes room')
  t.equal(entriesOf(world, 'aaaaaaaaaa').length, 1)
  world.clock.pass(620_000)
  startLive(world.liveDeps).stop()
  t.same(entriesOf(world, 'aaaaaaaaaa'), [])
})

t.test('a muted or turned down cluster keeps its live broadcast', async (t) => {
  const world = await liveWorld(t)
  begun(t, world)
  await ask(world.app, 'PATCH /api/v1/clusters/aaaaaaaaaa', { nowVolume: 40 })
  t.equal(entriesOf(world, 'aaaaaaaaaa').length, 1)
})

t.test('a programme is played now: its order names the file, and its packets follow', async (t) => {
  const world = await liveWorld(t)
  const post = await world.http.inject({ method: 'POST', url: '/api/v1/live', payload: { programme: 'song', targets: { clusters: ['Cụm 1', 'Cụm 3'] } } })
  t.equal(post.statusCode, 201)
  const { id } = post.json<{ id: string }>()
  t.match(post.json(), { kind: 'programme', title: 'Bài hát', state: 'waiting', sounding: 0, clusters: 2, skipped: [] })
  t.match(entriesOf(world, 'aaaaaaaaaa'), [{ parts: [{ m: CHIME_SHA }, { m: SONG_SHA, b: 90_000, s: `~${id}`, ms: 30_000 }] }])
  t.same(entriesOf(world, 'bbbbbbbbbb'), [])
  await new Promise((done) => setTimeout(done, 20))
  t.match(world.bursts, [{ clip: { stream: `~${id}` }, clusters: ['aaaaaaaaaa', 'cccccccccc'] }])
  world.say('aaaaaaaaaa', { slot: `l.${id}`, st: 'sounding' })
  t.match((await world.http.inject('/api/v1/live')).json(), [{ id, state: 'sounding', sounding: 1 }])
  t.match((await world.http.inject(`/api/v1/live/${id}`)).json(), { rows: [{ name: 'Cụm 1', state: 'sounding' }, { name: 'Cụm 3', state: 'ordered' }] })
  world.clock.pass(5_000)
  t.equal((await world.http.inject({ method: 'POST', url: `/api/v1/live/${id}/end` })).statusCode, 200)
  world.clock.pass(3_000)
  t.same((await world.http.inject('/api/v1/live')).json(), [])
  t.equal((await world.http.inject('/api/v1/live/zzzz')).statusCode, 404)
})

t.test('a programme that is too long to be sent at once is taken with a warning', async (t) => {
  const world = await liveWorld(t)
  world.deps.stores.programmes.insert({ ...(world.deps.stores.programmes.byId('song') as NonNullable<ReturnType<typeof world.deps.stores.programmes.byId>>), id: 'long', sha: 'L'.repeat(43), ms: 301_000 })
  const play = (programme: string) => world.http.inject({ method: 'POST', url: '/api/v1/live', payload: { programme, targets: { clusters: ['Cụm 1'] } } })
  t.match((await play('long')).json(), { warnings: [{ code: 'long-programme', vi: /5 phút/ }] })
  t.same((await play('song')).json<{ warnings: unknown[] }>().warnings, [])
})
