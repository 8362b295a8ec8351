import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { certifyKey, createCertificateCache, KEY_USES } from '../../shared/protocol/keys.ts'
import type { ServiceOrder, Served } from '../../shared/protocol/messages/service.ts'
import { signOrder } from '../../shared/protocol/orders.ts'
import { fromUtf8 } from '../../shared/protocol/wire.ts'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { createLogBundle } from '../../agent/adapters/log-bundle.ts'
import { createOpusDecoder } from '../../agent/adapters/sound/opus-decoder.ts'
import { recordTenSeconds } from '../../agent/adapters/monitor-recorder.ts'
import { createHands, type HandsStage } from '../../agent/stages/hands.ts'
import { AREAS, ask, serverWorld } from '../support/server-world.ts'
import { peopleWorld, personIn } from '../support/people-world.ts'

const CLUSTER = 'c0000000a1'
const NOW = 1_795_384_800_000
const crypto = nodeCrypto()
const [ROOT, SECRET] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(9)]
const key = { secret: SECRET, certificate: certifyKey(crypto, ROOT, { key: crypto.publicKey(SECRET), uses: KEY_USES.orders, notBeforeMs: NOW - 1e6, notAfterMs: NOW + 1e9 }) }
const clock: Clock = { wall: () => wallMs(NOW), mono: () => monoMs(0), after: (_ms, fn) => { fn(); return () => undefined } }

interface Rig {
  readonly hands: HandsStage
  readonly said: Served[]
  readonly pieces: number[]
  readonly refused: string[]
  readonly done: string[]
  link: boolean
}
function rig(stored: Map<string, Uint8Array>, at: number | null = NOW): Rig {
  const world: Rig = {
    said: [], pieces: [], refused: [], done: [], link: true,
    hands: createHands({
      cluster: CLUSTER, clock, crypto, certified: createCertificateCache(crypto, crypto.publicKey(ROOT)), log: silentLog,
      disk: { read: (name) => Promise.resolve(stored.get(name) ?? null), writeAtomic: (name, bytes) => Promise.resolve(void stored.set(name, bytes)) },
      now: () => (at === null ? null : wallMs(at)),
      send: (name, payload) => {
        if (world.link && name === 'served') world.said.push(JSON.parse(fromUtf8(payload) ?? '') as Served)
        if (world.link && name === 'piece') world.pieces.push(payload.length)
        return Promise.resolve(world.link)
      },
      refused: (why) => void world.refused.push(why),
      acts: {
        check: (order) => { world.done.push(order.id); return Promise.resolve({ st: 'done', facts: { diskWell: true } }) },
        log: (order) => { world.done.push(order.id); return Promise.resolve({ st: 'done', file: { kind: 'log', bytes: new Uint8Array(20_000).fill(1) } }) },
        restart: (order) => { world.done.push(order.id); return Promise.resolve({ st: 'taken', afterwards: () => void world.done.push('ended') }) },
        tone: () => Promise.reject(new Error('no device')),
      },
    }),
  }
  return world
}
const signed = (over: Partial<ServiceOrder>): string => signOrder(crypto, key, { t: 'service', c: CLUSTER, iat: NOW, exp: NOW + 3_600_000, id: '0123456789', do: 'check', ...over })
const NEW_CLUSTER = { id: CLUSTER, name: 'Cụm 1', created: wallMs(NOW), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null }
const settled = async (): Promise<void> => { for (let i = 0; i < 30; i++) await new Promise(setImmediate) }

t.test('an act of service is done once, however often its order comes, also after a restart; its answer is said again', async (t) => {
  const stored = new Map<string, Uint8Array>()
  const box = rig(stored)
  box.hands.order(signed({}))
  box.hands.order(signed({}))
  await settled()
  t.same(box.done, ['0123456789'])
  t.same(new Set(box.said.map(({ st }) => st)).has('done'), true)
  const again = rig(stored)
  await again.hands.load()
  again.hands.order(signed({}))
  await settled()
  t.same(again.done, [], 'nothing is done')
  t.match(again.said, [{ id: '0123456789', st: 'done' }])
})

t.test('a restart is told of after the start, and what a restart cut off has failed', async (t) => {
  const stored = new Map<string, Uint8Array>()
  const box = rig(stored)
  box.hands.order(signed({ do: 'restart' }))
  await settled()
  t.same(box.done, ['0123456789', 'ended'])
  const after = rig(stored)
  await after.hands.load()
  after.hands.linkUp()
  await settled()
  t.match(after.said, [{ id: '0123456789', st: 'done' }])
})

t.test('orders of others, of strangers, expired ones, ones that live too long, and any without the time are refused', async (t) => {
  const box = rig(new Map())
  box.hands.order(signed({ c: 'c0000000b2' }))
  box.hands.order(signed({ exp: NOW - 1 }))
  box.hands.order(signed({ exp: NOW + 9 * 86_400_000 }))
  box.hands.order(signOrder(crypto, { ...key, secret: new Uint8Array(32).fill(3) }, { t: 'service', c: CLUSTER, iat: NOW, exp: NOW + 1_000, id: '0123456789', do: 'check' }))
  const blind = rig(new Map(), null)
  blind.hands.order(signed({}))
  await settled()
  t.same(box.refused, ['wrong-target', 'expired', 'expired', 'unsigned'])
  t.same([box.done, blind.done, blind.refused], [[], [], ['clock-untrusted']])
})

t.test('an answer and its file wait for the link, and what this box cannot do is said', async (t) => {
  const box = rig(new Map())
  box.link = false
  box.hands.order(signed({ do: 'log' }))
  await settled()
  t.same(box.said, [])
  box.link = true
  box.hands.linkUp()
  await settled()
  t.match(box.said, [{ st: 'done', file: { bytes: 20_000, kind: 'log' } }])
  t.equal(box.pieces.length, 3)
  box.hands.linkUp()
  await settled()
  t.equal(box.pieces.length, 3, 'sent once')
  box.hands.order(signed({ do: 'modem', id: 'aaaaaaaaaa' }))
  box.hands.order(signed({ do: 'tone', id: 'bbbbbbbbbb' }))
  await settled()
  t.match(box.said.slice(1), [{ st: 'refused', why: 'not-here' }, { st: 'failed', why: 'failed', facts: { error: /no device/ } }])
})

t.test('a log bundle holds no secret and never more than an attachment may have', async (t) => {
  const bundle = createLogBundle(silentLog)
  bundle.hide('kin-cua-toi')
  bundle.log.info({ password: 'abc', nested: { claim: 'XXXX', url: 'mqtt://u:p@host' }, note: 'it was kin-cua-toi' }, 'started')
  const text = gunzipSync(bundle.bundle({ version: '1' }).bytes).toString()
  for (const secret of ['abc', 'XXXX', 'u:p', 'kin-cua-toi']) t.notMatch(text, secret)
  t.match(text, /started/)
  for (let i = 0; i < 3_000; i++) bundle.log.info({ noise: Array.from({ length: 40 }, () => Math.random().toString(36)).join('') }, 'x')
  const { bytes } = bundle.bundle({})
  t.ok(bytes.length <= 524_288 && bytes.length > 50_000, `${bytes.length} bytes`)
})

t.test('ten seconds of sound are an Ogg Opus file of at most 40 kB', async (t) => {
  let now = 0
  const waiting: (() => void)[] = []
  const time: Clock = { wall: () => wallMs(now), mono: () => monoMs(now), after: (_ms, fn) => { waiting.push(fn); return () => undefined } }
  const recorded = recordTenSeconds(time, (hear) => {
    hear(Int16Array.from({ length: 480_000 }, (_, i) => Math.round(6_000 * Math.sin(i / 9))), monoMs(0))
    return () => undefined
  })
  while (waiting.length > 0) {
    now += 200
    for (const fn of waiting.splice(0)) fn()
  }
  const { bytes, level } = await recorded
  t.ok(bytes.length > 5_000 && bytes.length <= 40_000, `${bytes.length} bytes`)
  t.ok(level > -20 && level < -15)
  t.equal(Buffer.from(bytes.subarray(0, 4)).toString(), 'OggS')
  t.ok(createOpusDecoder())
})

t.test('who may ask for service, what is refused and why, and that it is on record', async (t) => {
  const world = await serverWorld(t)
  for (const area of AREAS) await ask(world.app, 'POST /api/v1/areas', area)
  const told: string[] = []
  world.deps.events.onEvent(({ kind }) => told.push(kind))
  world.deps.stores.clusters.insert(NEW_CLUSTER)
  const post = (body: unknown, id = CLUSTER): ReturnType<typeof ask> => ask(world.app, `POST /api/v1/clusters/${id}/services`, body)
  t.equal((await post({ do: 'check' }, 'c0000000zz')).status, 404)
  t.equal((await post({ do: 'format' })).status, 400)
  t.equal((await post({ do: 'check', force: true })).status, 400)
  t.match(await post({ do: 'tone' }), { status: 409, body: { error: { code: 'no-plan', vi: /lịch phát/ } } })
  const first = await post({ do: 'listen', from: 'monitor' })
  t.match(first, { status: 201, body: { state: 'ordered', text: { vi: /nghe kiểm tra/ }, file: null } })
  t.match(await post({ do: 'listen' }), { status: 409, body: { error: { code: 'busy' } } })
  const { id } = first.body as { id: string }
  t.match(await ask(world.app, `GET /api/v1/services/${id}/file`), { status: 404, body: { error: { code: 'no-file' } } })
  t.match((await ask(world.app, 'GET /api/v1/audit')).text, /service\.listen/)
  t.same(told, ['service.ordered'])
  for (let i = 0; i < 6; i++) {
    const open = world.deps.stores.hands.open(world.clock.wall(), CLUSTER)[0]
    if (open) world.deps.stores.hands.note(CLUSTER, { id: open.id, st: 'refused', at: 1, why: 'not-here' }, world.clock.wall())
    if (i < 5) await post({ do: 'listen' })
  }
  t.match(await post({ do: 'listen' }), { status: 429, body: { error: { code: 'too-many-services' } } })
  t.equal(world.deps.stores.hands.note('c0000000b2', { id, st: 'done', at: 1 }, world.clock.wall()), null, 'a box answers for itself only')
})

t.test('an operator, or a technician of elsewhere, may not listen in', async (t) => {
  const world = await peopleWorld(t)
  world.deps.stores.clusters.insert(NEW_CLUSTER)
  await ask(world.app, `PATCH /api/v1/clusters/${CLUSTER}`, { area: { code: '24958' } })
  const operator = await personIn(world, 'Chị Hoa', [{ role: 'operator', areas: ['24958'] }])
  const elsewhere = await personIn(world, 'Anh Ba', [{ role: 'technician', areas: ['24961'] }])
  const here = await personIn(world, 'Anh Tư', [{ role: 'technician', areas: ['24958'] }])
  for (const who of [operator, elsewhere]) t.equal((await who.ask(`POST /api/v1/clusters/${CLUSTER}/services`, { do: 'listen' })).status, 403)
  t.equal((await here.ask(`POST /api/v1/clusters/${CLUSTER}/services`, { do: 'listen' })).status, 201)
})
