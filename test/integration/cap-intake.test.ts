import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { createCapSeal } from '../../server/adapters/xml-seal.ts'
import type { Emergencies, Emergency, NewEmergency } from '../../server/core/emergency.ts'
import { createCapHandlers, type CapHandlers } from '../../server/features/cap/handlers.ts'
import { addCapRoutes } from '../../server/features/cap/routes.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { ok, refuse } from '../../shared/core/result.ts'
import { alertXml, geocode, makeSigner, signed, writeSenders, type AlertText, type Signer } from '../support/cap-alerts.ts'
import { opensslMissing } from '../support/certificate.ts'
import { ask, serverWorld, testClock, type Answer, type ServerWorld } from '../support/server-world.ts'

// certificates made in this test are valid from the moment of the test on
const START = Math.ceil(Date.now() / 60_000) * 60_000 + 120_000
const iso = (afterMs: number): string => new Date(START + afterMs).toISOString().replace('.000Z', '+00:00')
const HOUR = 3_600_000
const [DONG, TAY] = ['k000000001', 'k000000002']

/** Keeps what it is told, as the real one would. */
function heldEmergencies(clock: { wall(): number }): Emergencies & { readonly orders: NewEmergency[]; readonly corrections: unknown[] } {
  const orders: NewEmergency[] = []
  const corrections: unknown[] = []
  const held = new Map<string, Emergency>()
  const end = (id: string, endedBecause: Emergency['endedBecause']): void => {
    const before = held.get(id)
    if (before) held.set(id, { ...before, endedAt: wallMs(clock.wall()), endedBecause })
  }
  return {
    orders, corrections,
    raise: async (order) => {
      await new Promise((resolve) => setImmediate(resolve))
      if (order.title.includes('KHÔNG ĐỌC ĐƯỢC')) return refuse('speech-failed', 'The voice is away: send it again.')
      if (order.origin !== undefined && [...held.values()].some((e) => e.origin === order.origin)) return refuse('duplicate', 'It has come before.')
      orders.push(order)
      for (const id of order.replaces ?? []) end(id, 'replaced')
      const now = wallMs(clock.wall())
      const clusters = order.targets === 'all' ? [] : (order.targets.clusters ?? [])
      const { title, drill, danger, authority, expiresAt } = order
      const emergency: Emergency = { id: `em${orders.length}`, title, drill, danger, authority, acceptedAt: now, startAt: now, expiresAt, endedAt: null, endedBecause: null, clusters, origin: order.origin ?? null }
      held.set(emergency.id, emergency)
      return ok(emergency)
    },
    cancel: async (id, { correction }) => {
      corrections.push(correction)
      end(id, 'cancelled')
      return ok(held.get(id) as Emergency)
    },
    stopLocally: () => refuse('no-such-emergency', 'none'),
    byId: (id) => held.get(id) ?? null,
    list: () => [...held.values()],
    byOrigin: (origin) => [...held.values()].find((e) => e.origin === origin) ?? null,
    board: () => [],
  }
}

interface World extends ServerWorld {
  readonly app: FastifyInstance
  readonly signer: Signer
  readonly other: Signer
  readonly emergencies: ReturnType<typeof heldEmergencies>
  readonly handlers: CapHandlers
  send(alert: AlertText, how?: { signer?: Signer; raw?: string; type?: string }): Promise<Answer>
}

async function world(t: Test): Promise<World> {
  const root = t.testdir({ data: {}, certificates: {} })
  const clock = testClock(START)
  const made = await serverWorld(t, { clock }, `${root}/data`)
  const { stores } = made.deps
  stores.areas.put({ code: '24958', name: 'Đức Trọng', kind: 'commune' })
  stores.areas.put({ code: '24959', name: 'Hiệp Thạnh', kind: 'commune' })
  for (const [id, area, lat] of [[DONG, '24958', 11.75], [TAY, '24959', 11.95]] as const) {
    stores.clusters.insert({ id, name: id, created: wallMs(START), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null, lat, lon: 108.35 })
    stores.clusters.join(id, area, '2020-01-01')
  }
  const folder = `${root}/certificates`
  const [signer, other] = [makeSigner(folder, 'kttv'), makeSigner(folder, 'other')]
  writeSenders(folder, 'voices: { en: en }\nsenders:\n  kttv@lamdong.gov.vn: { authority: province, certificate: kttv.pem }\n  xa@lamdong.gov.vn: { authority: commune }\n')
  const emergencies = heldEmergencies(clock)
  const handlers = createCapHandlers({ ...made.deps, clock, emergencies, seal: createCapSeal(folder, () => undefined) })
  const app = Fastify({ logger: false })
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  await app.register(async (scope) => addCapRoutes(scope, handlers), { prefix: '/api/v1' })
  t.teardown(() => app.close())
  const send: World['send'] = (alert, how = {}) =>
    ask(app, 'POST /api/v1/cap', how.raw ?? signed(alertXml({ sent: iso(0), ...alert }), how.signer ?? signer), { 'content-type': how.type ?? 'application/cap+xml' })
  return { ...made, clock, app, signer, other, emergencies, handlers, send }
}
const codeOf = ({ body }: Answer): string => (body as { error?: { code: string } }).error?.code ?? 'accepted'
const reference = (identifier: string, sentMs = 0): string => `kttv@lamdong.gov.vn,${identifier},${iso(sentMs)}`

if (opensslMissing) t.comment(`No warning was taken in: ${opensslMissing}.`)
else {
  t.test('a signed alert becomes an emergency where it says, in Vietnamese first', async (t) => {
    const { send, emergencies, deps } = await world(t)
    const before = deps.stores.audit.head().n
    const english = { language: 'en-US', headline: 'Flash flood', description: '', instruction: 'Go up.', area: '' }
    const french = { ...english, language: 'fr-FR' }
    const answer = await send({ infos: [english, french, { expires: iso(HOUR) }] })
    t.equal(answer.status, 201, answer.text)
    t.match(answer.body, { status: 'accepted', emergencies: [{ id: 'em1', danger: 9, drill: false, clusters: 1 }], notes: [{ en: /fr-fr/ }] })
    t.match(emergencies.orders, [
      {
        title: 'Lũ quét khẩn cấp', danger: 9, authority: 2, drill: false, times: 5, volume: null, expiresAt: START + HOUR, actor: 'cap:kttv@lamdong.gov.vn', targets: { clusters: [DONG] },
        messages: [{ kind: 'text', text: 'Lũ quét khẩn cấp. Nước suối đang lên rất nhanh. Hãy lên chỗ cao ngay.' }, { kind: 'text', text: 'Flash flood. Go up.', voice: 'en' }],
      },
    ])
    t.equal(deps.stores.audit.head().n, before + 1)
  })

  t.test('the same message twice sounds once, also when both come at once and after a restart', async (t) => {
    const { send, emergencies, deps, clock } = await world(t)
    const both = await Promise.all([send({}), send({})])
    t.same(both.map((a) => a.status).sort(), [201, 409])
    t.equal(codeOf(await send({})), 'duplicate')
    t.equal(codeOf(await send({ infos: [{ headline: 'Khác' }] })), 'duplicate', 'other words under the same name')
    t.equal((await send({ identifier: 'LD-2' })).status, 201, 'another name is another message')
    t.equal(emergencies.orders.length, 2)
    deps.stores.cap.prune(wallMs(clock.wall() + 60 * 86_400_000))
    t.equal(codeOf(await send({})), 'duplicate', 'known by what it raised, where a crash took the record')
  })

  t.test('every refusal says why, raises nothing and is audited', async (t) => {
    const { send, emergencies, deps, other } = await world(t)
    const before = deps.stores.audit.head().n
    const cases: readonly (readonly [string, number, string, Promise<Answer>])[] = [
      ['expired', 422, 'expired', send({ infos: [{ expires: iso(-1_000) }] })],
      ['expired by default', 422, 'expired', send({ sent: iso(-2 * HOUR) })],
      ['unsigned', 401, 'unsigned', send({}, { raw: alertXml() })],
      ['changed', 401, 'wrongly-signed', send({}, { raw: signed(alertXml({ sent: iso(0) }), other).replace('Extreme', 'Severe') })],
      ['by the certificate of another', 401, 'wrong-certificate', send({}, { signer: other })],
      ['unknown sender', 401, 'unknown-sender', send({ sender: 'ai-do@example.vn' })],
      ['malformed', 400, 'malformed', send({}, { raw: '<alert' })],
      ['signed but no alert', 400, 'malformed', send({ identifier: 'a b' })],
      ['nobody there', 422, 'no-cluster', send({ infos: [{ area: geocode('11111') }] })],
      ['a draft', 422, 'not-for-us', send({ status: 'Draft' })],
      ['system', 422, 'not-for-us', send({ status: 'System' })],
      ['private', 422, 'not-for-us', send({ scope: 'Private' })],
      ['an acknowledgement', 422, 'not-for-us', send({ msgType: 'Ack' })],
      ['sent tomorrow', 422, 'sent-ahead', send({ sent: iso(24 * HOUR) })],
      ['mild', 422, 'too-mild', send({ infos: [{ severity: 'Minor', urgency: 'Future' }] })],
      ['no words', 422, 'nothing-to-say', send({ infos: [] })],
      ['only in French', 422, 'nothing-to-say', send({ infos: [{ language: 'fr' }] })],
      ['cancels nothing', 422, 'no-reference', send({ msgType: 'Cancel' })],
      ['of somebody else', 422, 'not-yours', send({ msgType: 'Cancel', references: `xa@lamdong.gov.vn,1,${iso(0)}` })],
      ['the voice failed', 503, 'speech-failed', send({ identifier: 'V', infos: [{ headline: 'KHÔNG ĐỌC ĐƯỢC' }] })],
    ]
    for (const [what, status, code, asked] of cases) {
      const answer = await asked
      t.same([answer.status, codeOf(answer)], [status, code], `${what}: ${answer.text}`)
      t.match(answer.body, { error: { en: /\.$/, vi: /\.$/ } }, what)
    }
    t.equal(emergencies.orders.length, 0)
    t.equal(deps.stores.audit.head().n, before + cases.length)
    t.equal((await send({ identifier: 'V' })).status, 201, 'what failed may be sent again')
  })

  t.test('who is refused too often must wait, and strangers do not fill the audit log', async (t) => {
    const { send, deps, clock } = await world(t)
    const answers = await Promise.all(Array.from({ length: 80 }, () => send({}, { raw: alertXml() })))
    t.same([answers.filter((a) => a.status === 401).length, answers.filter((a) => a.status === 429).length], [60, 20])
    const before = deps.stores.audit.head().n
    for (let n = 0; n < 150; n++) {
      clock.pass(500)
      await send({}, { raw: alertXml() })
    }
    t.ok(deps.stores.audit.head().n - before < 100, 'counted instead')
    clock.pass(60_000)
    t.equal((await send({ sent: iso(60_000) })).status, 201)
  })

  t.test('exercises and tests are exercises', async (t) => {
    const { send, emergencies } = await world(t)
    for (const status of ['Exercise', 'Test', 'Actual']) await send({ identifier: status, status })
    t.same(emergencies.orders.map((o) => o.drill), [true, true, false])
  })

  t.test('an update takes the place of what it refers to, and what it replaced stays replaced when it comes late', async (t) => {
    const { send, emergencies } = await world(t)
    await send({ identifier: 'A' })
    const update = await send({ identifier: 'B', msgType: 'Update', references: `${reference('A')} ${reference('never-came')}`, infos: [{ severity: 'Severe' }] })
    t.equal(update.status, 201, update.text)
    t.match(emergencies.orders[1], { danger: 7, replaces: ['em1'] })
    t.equal(emergencies.byId('em1')?.endedBecause, 'replaced')
    t.equal(codeOf(await send({ identifier: 'never-came' })), 'superseded')
    t.equal((await send({ identifier: 'C', msgType: 'Update', references: reference('unknown') })).status, 201, 'an update of what was never heard is an alert')
    t.equal(emergencies.orders[2]?.replaces, undefined)
  })

  t.test('an update that leaves this station’s area ends what sounded here', async (t) => {
    const { send, emergencies } = await world(t)
    await send({ identifier: 'A' })
    const answer = await send({ identifier: 'B', msgType: 'Update', references: reference('A'), infos: [{ area: geocode('11111') }] })
    t.match([answer.status, answer.body], [201, { status: 'cancelled', emergencies: [{ id: 'em1' }] }])
    t.ok(emergencies.byId('em1')?.endedAt)
  })

  t.test('a cancel ends it with a correction: its own words, or the stored sentence', async (t) => {
    const { send, emergencies } = await world(t)
    await send({ identifier: 'A' })
    await send({ identifier: 'B' })
    t.match((await send({ identifier: 'A2', msgType: 'Cancel', references: reference('A'), infos: [] })).body, { status: 'cancelled', emergencies: [{ id: 'em1' }] })
    await send({ identifier: 'B2', msgType: 'Cancel', references: reference('B'), infos: [{ headline: 'Lũ đã rút', description: '', instruction: '' }] })
    t.match(emergencies.corrections, [{ kind: 'text', text: /đính chính/ }, { kind: 'text', text: 'Lũ đã rút.' }])
    t.match((await send({ identifier: 'D', msgType: 'Cancel', references: reference('late'), infos: [] })).body, { emergencies: [] })
    t.equal(codeOf(await send({ identifier: 'late' })), 'superseded', 'the cancel overtook it')
    t.equal(codeOf(await send({ identifier: 'A2', msgType: 'Cancel', references: reference('A'), infos: [] })), 'duplicate')
  })

  t.test('a cancel that comes while the alert is still being prepared ends it', async (t) => {
    const { send, emergencies } = await world(t)
    const [alert, cancel] = await Promise.all([send({ identifier: 'A' }), send({ identifier: 'A2', msgType: 'Cancel', references: reference('A'), infos: [] })])
    t.same([alert.status, cancel.status], [201, 201])
    t.ok(emergencies.orders.length === 0 || emergencies.byId('em1')?.endedAt)
  })

  t.test('what becomes effective later waits, and can be cancelled while it waits', async (t) => {
    const { send, emergencies, clock, handlers } = await world(t)
    const later = [{ effective: iso(HOUR), expires: iso(3 * HOUR) }]
    t.match((await send({ identifier: 'A', infos: later })).body, { status: 'waiting', emergencies: [], beginsAt: /T/ })
    await send({ identifier: 'B', infos: later })
    t.equal(codeOf(await send({ identifier: 'A', infos: later })), 'duplicate')
    await send({ identifier: 'B2', msgType: 'Cancel', references: reference('B'), infos: [] })
    await handlers.tick()
    t.equal(emergencies.orders.length, 0)
    clock.pass(HOUR)
    await handlers.tick()
    await handlers.tick()
    t.match(emergencies.orders, [{ expiresAt: START + 3 * HOUR }])
    t.equal(codeOf(await send({ identifier: 'A', infos: later })), 'duplicate')
    t.equal(codeOf(await send({ identifier: 'E', sent: iso(HOUR), infos: [{ effective: iso(9 * 24 * HOUR), expires: iso(10 * 24 * HOUR) }] })), 'too-far-ahead')
  })

  t.test('two hazards of one message are two emergencies, and a polygon finds its clusters', async (t) => {
    const { send, emergencies } = await world(t)
    const polygon = '<polygon>11.9,108.3 12,108.3 12,108.4 11.9,108.4 11.9,108.3</polygon>'
    await send({ infos: [{ headline: 'Lũ' }, { headline: 'Sạt lở', severity: 'Severe', area: polygon }] })
    t.match(emergencies.orders, [{ title: 'Lũ', targets: { clusters: [DONG] } }, { title: 'Sạt lở', danger: 7, targets: { clusters: [TAY] } }])
    t.not(emergencies.orders[0]?.origin, emergencies.orders[1]?.origin)
  })

  t.test('other kinds of body, and too much of one, are refused', async (t) => {
    const { send } = await world(t)
    t.equal((await send({}, { type: 'application/json', raw: '{}' })).status, 415)
    t.equal((await send({}, { raw: `<a>${'x'.repeat(300_000)}</a>` })).status, 413)
    t.equal((await send({}, { type: 'application/xml' })).status, 201)
  })
}
