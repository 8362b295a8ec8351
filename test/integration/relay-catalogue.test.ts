import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { createRelaySource } from '../../server/adapters/relay-source.ts'
import type { FeedEnd, OpenRelayFeed } from '../../server/core/relay-ports.ts'
import { relaysPlugin, startRelays } from '../../server/features/relays/plugin.ts'
import { silentLog } from '../../shared/core/log.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { asAdministrator } from '../support/as-administrator.ts'
import { listeningHub } from '../support/relay-station.ts'
import { realClock } from '../support/real-clock.ts'
import { AREAS, ask, serverWorld, type Method, type ServerWorld } from '../support/server-world.ts'

const SESSION: Session = { id: 'sang', name: 'Buổi sáng', at: '05:30', until: '06:30', days: 'daily', targets: 'all', items: [{ relay: 'vov1', length: '30m', substitute: 'thay.opus' }] }

/** A source that sounds, is silent, or ends, without a network. */
const madeUp = (level: number | null, end?: FeedEnd): OpenRelayFeed => (_source, ears) => {
  const timer = setTimeout(() => {
    if (level !== null) ears.onPcm(Int16Array.from({ length: 96_000 }, (_, n) => Math.round(level * 32_767 * Math.sin(n / 10))))
    if (end) ears.onEnd(end)
  }, 5)
  return { codec: () => (level === null ? null : 'mp3, 44100 Hz, stereo'), pause: () => undefined, resume: () => undefined, stop: async () => clearTimeout(timer) }
}

async function catalogue(t: Test, openFeed: OpenRelayFeed = madeUp(0.2)) {
  const world: ServerWorld = await serverWorld(t)
  const { deps } = world
  const relays = startRelays({
    clock: realClock, random: () => 0.5, log: silentLog, stores: deps.stores, decide: deps.decide, hub: listeningHub(0).hub,
    find: () => null, openFeed, openRecording: null, importer: deps.importer, newId: () => 'x', settings: { checkListenMs: 1_000, checkTimeoutMs: 1_000 },
  })
  t.teardown(() => relays.stop())
  const app = Fastify()
  // as build-app has it: answers are already what their schemas say
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  asAdministrator(app)
  await app.register(relaysPlugin({ ...deps, relays }))
  t.teardown(() => app.close())
  const call = async (method: Method, url: string, payload?: object) => {
    const response = await app.inject({ method, url, ...(payload ? { payload } : {}) })
    return { status: response.statusCode, body: response.json() as never }
  }
  return { world, call }
}

t.test('a new station knows the stations that every commune relays, and that their addresses are still to be set', async (t) => {
  const { call } = await catalogue(t)
  const { body } = await call('GET', '/relays')
  const { relays, missing } = body as { relays: { id: string; source: string; advice: object }[]; missing: [] }
  t.same(relays.map(({ id, source }) => [id, source]), [['dai-tinh', ''], ['vov1', ''], ['vov2', ''], ['vov4', '']])
  for (const relay of relays) t.match(relay.advice, { code: 'no-address', en: /set it in the catalogue/, vi: /hãy nhập địa chỉ/ })
  t.same(missing, [])
})

t.test('an address is set, shown, exported with the timetable, and written to the audit log', async (t) => {
  const { call, world } = await catalogue(t)
  const put = await call('PUT', '/relays/vov1', { name: 'VOV1', source: 'https://vov.example/vov1.m3u8', language: 'vi', record: true })
  t.equal(put.status, 200)
  t.match(put.body, { id: 'vov1', source: 'https://vov.example/vov1.m3u8', record: true, advice: null, now: null, lastCheck: null })
  t.match((await call('GET', '/relays/vov1')).body, { source: 'https://vov.example/vov1.m3u8' })
  const yaml = (await ask(world.app, 'GET /api/v1/timetable.yaml')).text
  t.match(yaml, /relays:\n {2}- id: vov1\n {4}name: VOV1\n {4}source: https:\/\/vov.example\/vov1.m3u8/)
  t.notMatch(yaml, /id: vov2/, 'a station without an address is nothing to export')
  t.ok(world.deps.stores.audit.head().n >= 1)
})

t.test('addresses that the server must not open are refused', async (t) => {
  const { call } = await catalogue(t)
  for (const source of ['file:///etc/passwd', '/etc/passwd', 'concat:a|b', 'https://user:word@host/x', 'rtmp://x/y', 'alsa:-i']) {
    t.equal((await call('PUT', '/relays/vov1', { name: 'VOV1', source })).status, 400, source)
  }
  t.match(await call('PUT', '/relays/vov1', { name: 'VOV1', source: '', substitute: 'khong-co' }), { status: 422, body: { error: { code: 'unknown-programme', field: '/substitute' } } })
})

t.test('a relay that a session names stays, one that none names can go', async (t) => {
  const { call, world } = await catalogue(t)
  world.deps.stores.sessions.put(SESSION, world.clock.wall())
  t.match(await call('DELETE', '/relays/vov1'), { status: 409, body: { error: { code: 'in-use', vi: /"Buổi sáng"/ } } })
  t.match(await call('DELETE', '/relays/vov2'), { status: 200, body: { id: 'vov2' } })
  t.equal((await call('GET', '/relays/vov2')).status, 404)
  t.equal((await call('DELETE', '/relays/vov2')).status, 404)
})

t.test('a relay that the timetable names and the catalogue lacks is told, in the list and where the session is written', async (t) => {
  const { call, world } = await catalogue(t)
  for (const area of AREAS) await ask(world.app, 'POST /api/v1/areas', area)
  world.deps.stores.programmes.insert({ id: 'thay', name: 'Thay', folder: '', sha: 's'.repeat(43), bytes: 1, ms: 60_000, lufs: -16, truePeak: -2, peaks: new Uint8Array(0), kind: 'file', music: false, key: 'thay.opus', createdAt: world.clock.wall() })
  const stored = await ask(world.app, 'POST /api/v1/sessions', { ...SESSION, items: [{ relay: 'dai-la', length: '60m', substitute: 'thay.opus' }] })
  t.equal(stored.status, 201, stored.text)
  t.match((stored.body as { warnings: { code: string }[] }).warnings.filter(({ code }) => code === 'unknown-relay'), [{ code: 'unknown-relay', path: '/items/0/relay', vi: /Danh mục chưa có đài tiếp âm "dai-la"/ }])
  t.match((await call('GET', '/relays')).body, { missing: [{ id: 'dai-la', usedBy: ['sang'], en: /not in the catalogue: add it/, vi: /danh mục chưa có đài này/ }] })
  const good = await ask(world.app, 'PUT /api/v1/sessions/sang', { ...SESSION, items: [{ relay: 'vov1', length: '60m', substitute: 'thay.opus' }] })
  t.notOk((good.body as { warnings: { code: string }[] }).warnings.some(({ code }) => code === 'unknown-relay'))
})

t.test('a timetable brings its relays along, twice the same one is a mistake', async (t) => {
  const { world } = await catalogue(t)
  const yaml = (relays: string): string => `version: 1\nstation: Đài\nareas: [{ code: '68', name: Tỉnh, kind: province }]\nrelays:\n${relays}sessions: []\n`
  const put = (text: string) => ask(world.app, 'PUT /api/v1/timetable.yaml', text, { 'content-type': 'application/yaml' })
  const taken = await put(yaml("  - { id: vov1, name: VOV1, source: 'https://vov.example/1.mp3' }\n  - { id: huyen, name: Đài huyện, source: 'alsa:hw:1,0' }\n"))
  t.equal(taken.status, 200, taken.text)
  t.same(world.deps.stores.relays.all().map(({ id }) => id), ['dai-tinh', 'huyen', 'vov1', 'vov2', 'vov4'])
  t.equal(world.deps.stores.relays.byId('vov1')?.source, 'https://vov.example/1.mp3')
  t.match((await put(yaml('  - { id: vov1, name: A, source: line }\n  - { id: vov1, name: B, source: line }\n'))).body, { error: { en: /The relay "vov1" is there twice/ } })
  t.match((await put(yaml('  - { id: vov1, name: A, source: file:///etc/passwd }\n'))).body, { error: { findings: [{ line: 5, en: /"source" must be https:\/\/… \(Icecast or HLS/ }] } })
})

t.test('the test button tells a good relay, a silent one, one that is no sound, and one out of reach; all is stored', async (t) => {
  const CASES: readonly (readonly [OpenRelayFeed, object])[] = [
    [madeUp(0.2), { outcome: 'good', fault: false, codec: 'mp3, 44100 Hz, stereo', vi: /tiếp âm tốt/, levelDb: Number, lufs: Number }],
    [madeUp(0.001), { outcome: 'silent', fault: true, en: /answers but is silent \(-63 dB\)/, vi: /không có tiếng/ }],
    [madeUp(null, { code: 'ended', said: 'Invalid data found when processing input' }), { outcome: 'no-sound', vi: /không phải âm thanh/ }],
    [madeUp(null, { code: 'ended', said: 'Connection refused' }), { outcome: 'unreachable', said: 'Connection refused', vi: /Không kết nối được/ }],
    [madeUp(null), { outcome: 'unreachable', said: 'nothing came in time' }],
    [madeUp(null, { code: 'ffmpeg-missing', said: '' }), { outcome: 'ffmpeg-missing', vi: /apt-get install ffmpeg/ }],
  ]
  for (const [openFeed, expected] of CASES) {
    t.test(`it tells ${Object.values(expected)[0]}`, async (t) => {
      const { call } = await catalogue(t, openFeed)
      await call('PUT', '/relays/vov1', { name: 'VOV1', source: 'http://vov.example/1.mp3' })
      const answer = await call('POST', '/relays/vov1/test')
      t.equal(answer.status, 200)
      t.match(answer.body, { relay: 'vov1', trigger: 'test', ...expected })
      t.match((await call('GET', '/relays/vov1')).body, { lastCheck: expected })
      t.match((await call('GET', '/relays/vov1/checks')).body, [expected])
    })
  }
})

t.test('without an address, or with the line of a cluster, there is nothing to test, and it is said why', async (t) => {
  const { call } = await catalogue(t)
  t.match((await call('POST', '/relays/vov4/test')).body, { outcome: 'no-address', fault: true, vi: /chưa có địa chỉ/ })
  t.match(await call('PUT', '/relays/tu-cum', { name: 'Bàn trộn', source: 'line' }), { status: 422, body: { error: { code: 'line-has-its-name' } } }, 'a box knows its line by one name')
  await call('PUT', '/relays/line', { name: 'Bàn trộn', source: 'line' })
  t.match((await call('POST', '/relays/line/test')).body, { outcome: 'cluster-line', fault: false })
  t.equal((await call('POST', '/relays/khong-co/test')).status, 404)
})

t.test('a web page is told from sound by the real reader', { timeout: 30_000 }, async (t) => {
  const server = createServer((_request, response) => void response.setHeader('content-type', 'text/html').end(`<html><body>${'VOV '.repeat(500)}</body></html>`))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.close())
  const { call } = await catalogue(t, createRelaySource())
  await call('PUT', '/relays/vov1', { name: 'VOV1', source: `http://127.0.0.1:${(server.address() as AddressInfo).port}/vov1` })
  t.match((await call('POST', '/relays/vov1/test')).body, { outcome: 'no-sound' })
})

t.test('the newest hundred checks of a relay are kept', async (t) => {
  const { world } = await catalogue(t)
  const { relays } = world.deps.stores
  for (let n = 0; n < 130; n++) relays.noteCheck({ relay: 'vov1', at: (1_000 + n) as never, trigger: 'test', outcome: 'good', codec: null, levelDb: n, lufs: null, heardMs: 1, said: null })
  relays.noteCheck({ relay: 'vov2', at: 1 as never, trigger: 'test', outcome: 'good', codec: null, levelDb: 0, lufs: null, heardMs: 1, said: null })
  const kept = relays.checks('vov1', 1_000)
  t.same([kept.length, kept[0]?.levelDb, kept.at(-1)?.levelDb], [100, 129, 30])
  t.equal(relays.checks('vov2', 10).length, 1)
})
