import t, { type Test } from 'tap'
import { ALONE_AFTER_MS, ASK_LIVES_MS, type EmergencyAsk } from '../../server/core/emergency-ask.ts'
import type { NewEmergency } from '../../server/core/emergency.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { CLUSTERS, emergencyWorld, START, type EmergencyWorld } from '../support/emergency-world.ts'
import { until } from '../support/mqtt-client.ts'

const [EAST, WEST] = CLUSTERS
const HA = { actor: 'person:ha', name: 'Hà' }
const BINH = { actor: 'person:binh', name: 'Bình' }
const CHI = { actor: 'person:chi', name: 'Chi' }

interface Second extends EmergencyWorld {
  ask(over?: Partial<NewEmergency>): EmergencyAsk
  rows(id: string): string[]
}
/** Two clusters in two communes, and the station asks for a second person. */
async function second(t: Test): Promise<Second> {
  const world = await emergencyWorld(t)
  const { areas, clusters, auditPages } = world.stores
  areas.put({ code: '68', name: 'Lâm Đồng', kind: 'province' })
  for (const [cluster, code, name] of [[EAST, '24958', 'Xã Đức Trọng'], [WEST, '24961', 'Xã Hiệp Thạnh']] as const) {
    areas.put({ code, name, kind: 'commune', parent: '68' })
    clusters.join(cluster, code, '2020-01-01')
  }
  world.running.asking.turn(true, 'administrator')
  return {
    ...world,
    ask: (over) => {
      const asked = world.running.asking.ask(world.order({ actor: HA.actor, ...over }), HA)
      if (!asked.ok) throw new Error(asked.why)
      return asked.value
    },
    rows: (id) => auditPages.page({ subject: id, most: 20 }).map(({ action }) => action).reverse(),
  }
}
const text = { messages: [{ kind: 'text', text: 'nước lên' }] } as const

t.test('only what a person raises for more than one commune waits, and only while the station asks for it', async (t) => {
  const world = await second(t)
  const { running } = world
  const code = async (over: Partial<NewEmergency>): Promise<string> => {
    const raised = await running.raise(world.order(over))
    return raised.ok ? 'raised' : raised.code
  }
  const everywhere: NewEmergency['targets'][] = ['all', { areas: ['24958', '24961'] }, { areas: ['68'] }, { clusters: [...CLUSTERS] }]
  for (const actor of [HA.actor, 'administrator']) for (const drill of [false, true]) for (const targets of everywhere) t.equal(await code({ actor, drill, targets }), 'needs-second', JSON.stringify([actor, drill, targets]))
  t.equal(await code({ actor: HA.actor, messages: [{ kind: 'voice', maxMs: 60_000 }] }), 'needs-second', 'a live voice is a person’s')
  t.equal(await code({ actor: HA.actor, targets: { areas: ['24958'] } }), 'raised', 'one commune')
  t.equal(await code({ actor: 'cap:KTTV', origin: 'cap-1' }), 'raised', 'a signed warning is not asked about')
  t.equal(await code({ actor: 'source:tinh', origin: 'tinh-1' }), 'raised', 'nor is a higher level’s system')
  running.asking.turn(false, 'administrator')
  t.equal(await code({ actor: HA.actor }), 'raised', 'an administrator has turned it off')
})

t.test('the words are made while somebody else is asked; then the yes has the tone and the words within three seconds, and nothing else sounds', async (t) => {
  const world = await second(t)
  const ask = world.ask(text)
  t.same(world.published, [], 'nothing sounds')
  t.same(world.running.list('all'), [])
  t.ok(await until(() => world.voice.speaking.length === 1))
  world.voice.release('nước lên', 'spoken')
  t.ok(await until(() => (world.running.asking.byId(ask.id)?.made ?? null) !== null, 20_000))
  world.clock.turn(20_000)
  const yes = world.running.asking.act(ask.id, { do: 'confirm', who: BINH, content: ask.content })
  t.match(yes, { ok: true, value: { course: { state: 'confirmed', decidedBy: BINH } } })
  world.clock.turn(100)
  for (const cluster of CLUSTERS) {
    const order = world.newest(cluster, ask.id)
    t.equal(order?.parts.length, 2, 'the tone and the words')
    t.equal(order?.at, START + 20_000 + 2_000)
  }
  t.match(world.running.byId(ask.id), { acceptedAt: START + 20_000, expiresAt: START + 20_000 + 600_000, drill: false }, 'its life begins when it sounds')
  t.match(world.stores.emergencies.byId(ask.id)?.order, { actor: HA.actor, second: { name: 'Bình', reason: null } })
  t.same(world.voice.begun, ['nước lên'], 'spoken once')
  t.same(world.rows(ask.id), ['emergency.ask', 'emergency.confirm', 'emergency.raise'])
  t.same(world.told.map(({ kind }) => kind), ['emergency.asked', 'emergency.ask-changed', 'emergency.ask-changed'])
  t.match(world.told[0], { areas: ['24958', '24961'], subject: ask.id, detail: { name: 'Hà', communes: 2, clusters: 2 } })
  t.same(world.errors, [])
})

t.test('a yes while the words are still being made goes on with what was begun', async (t) => {
  const world = await second(t)
  const ask = world.ask(text)
  t.ok(await until(() => world.voice.speaking.length === 1))
  t.equal(world.running.asking.act(ask.id, { do: 'confirm', who: BINH, content: ask.content }).ok, true)
  world.clock.turn(100)
  t.equal(world.newest(EAST, ask.id)?.parts.length, 1, 'the tone, at once')
  world.voice.release('nước lên', 'spoken')
  t.ok(await until(() => world.stores.emergencies.byId(ask.id)?.course.message !== null, 20_000))
  world.clock.turn(100)
  t.equal(world.newest(EAST, ask.id)?.parts.length, 2)
  t.same(world.voice.begun, ['nước lên'])
})

t.test('what waits is prepared behind everything that was accepted', async (t) => {
  const world = await second(t)
  const ask = world.ask({ messages: [{ kind: 'text', text: 'chờ' }], danger: 9 })
  t.ok(await until(() => world.voice.speaking.includes('chờ')))
  const small = await world.raise({ messages: [{ kind: 'text', text: 'đã nhận' }], danger: 0, drill: true, targets: { areas: ['24958'] } })
  t.ok(await until(() => world.voice.speaking.includes('đã nhận')))
  t.same(world.voice.speaking, ['đã nhận'], 'an exercise that was accepted goes before it')
  world.running.asking.act(ask.id, { do: 'confirm', who: BINH, content: ask.content })
  t.ok(await until(() => world.voice.speaking.includes('chờ')), 'from the yes on it has its own rank')
  t.same(world.voice.speaking, ['chờ'])
  world.voice.release('chờ', 'spoken')
  t.ok(await until(() => world.voice.speaking.includes('đã nhận')))
  world.voice.release('đã nhận', 'spoken')
  t.ok(await until(() => world.stores.emergencies.byId(small)?.course.message !== null, 20_000))
})

t.test('two who agree at once, and a yes after going alone, have one outcome', async (t) => {
  const world = await second(t)
  const { asking } = world.running
  const one = world.ask()
  const both = [BINH, CHI].map((who) => asking.act(one.id, { do: 'confirm', who, content: one.content }))
  t.match(both, [{ ok: true }, { ok: false, code: 'ask-over' }])
  t.equal(asking.act(one.id, { do: 'confirm', who: BINH, content: one.content }).ok, true, 'an answer that was lost is given again')
  t.equal(world.rows(one.id).filter((row) => row === 'emergency.raise').length, 1)

  const two = world.ask()
  t.match(asking.act(two.id, { do: 'alone', who: HA, reason: 'x' }), { code: 'too-early' })
  world.clock.turn(ALONE_AFTER_MS - 1)
  t.match(asking.act(two.id, { do: 'alone', who: HA, reason: 'x' }), { code: 'too-early' })
  world.clock.turn(1)
  t.equal(asking.act(two.id, { do: 'alone', who: HA, reason: 'không ai nghe máy' }).ok, true)
  t.match(asking.act(two.id, { do: 'confirm', who: BINH, content: two.content }), { code: 'ask-over' })
  t.match(asking.act(two.id, { do: 'withdraw', who: HA }), { code: 'ask-over' })
  t.match(world.stores.emergencies.byId(two.id)?.order.second, { name: null, reason: 'không ai nghe máy' })
  t.same(world.rows(two.id), ['emergency.ask', 'emergency.alone', 'emergency.raise'])
  t.match(world.told.at(-1), { kind: 'emergency.alone', areas: ['24958', '24961'], detail: { name: 'Hà', reason: 'không ai nghe máy' } })
  t.match(world.running.list('all'), [{ id: two.id }, { id: one.id }])
})

t.test('what is withdrawn, and what nobody decides for a quarter of an hour, never sounds', async (t) => {
  const world = await second(t)
  const { asking } = world.running
  const [mine, left] = [world.ask(), world.ask({ title: 'Lũ ống' })]
  t.equal(asking.act(mine.id, { do: 'withdraw', who: HA }).ok, true)
  t.match(asking.act(mine.id, { do: 'confirm', who: BINH, content: mine.content }), { code: 'ask-over' })
  world.clock.turn(ASK_LIVES_MS + 1_000)
  t.match(asking.byId(left.id)?.course, { state: 'lapsed', decidedAt: START + ASK_LIVES_MS })
  t.match(asking.act(left.id, { do: 'alone', who: HA, reason: 'x' }), { code: 'ask-over' })
  t.same(asking.waiting(), [])
  t.same(world.running.list('all'), [])
  t.same(world.published, [])
  t.same(world.rows(left.id), ['emergency.ask', 'emergency.lapse'])
})

t.test('what somebody agreed to is what sounds: a recording that was changed, and a cluster that came, meanwhile do not', async (t) => {
  const world = await second(t)
  const { programmes, clusters } = world.stores
  const ask = world.ask({ targets: { areas: ['24958', '24961'] } })
  const clip = programmes.byKey('chime:bao-yen')
  const other = programmes.byKey('chime:dinh-chinh')
  if (!clip || !other) throw new Error('no clips')
  const agreed = ask.known[0]
  programmes.remove(clip.id, world.clock.wall())
  programmes.insert({ ...clip, id: 'bao-yen-2', ms: 1_234 })
  clusters.insert({ id: 'c0000000a3', name: 'Mới', created: wallMs(START), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
  clusters.join('c0000000a3', '24961', '2020-01-01')
  t.match(world.running.asking.act(ask.id, { do: 'confirm', who: BINH, content: 'something else that was seen' }), { code: 'other-content' })
  t.equal(world.running.asking.act(ask.id, { do: 'confirm', who: BINH, content: ask.content }).ok, true)
  t.same(world.stores.emergencies.byId(ask.id)?.course.message, [agreed])
  t.same(world.stores.emergencies.clustersOf(ask.id), [...CLUSTERS])
})

t.test('the same request twice is one ask, then the emergency; and what waited goes on under the next server', async (t) => {
  const world = await second(t)
  const request = { key: 'k1', fingerprint: 'f1' }
  const ask = world.ask({ ...text, request })
  t.equal(world.ask({ ...text, request }).id, ask.id)
  t.match(world.running.asking.ask(world.order({ actor: HA.actor, request: { key: 'k1', fingerprint: 'f2' } }), HA), { ok: false, code: 'duplicate' })
  world.running.asking.turn(false, 'administrator')
  t.match(await world.running.raise(world.order({ actor: HA.actor, ...text, request })), { code: 'needs-second' }, 'it was asked before: it is not raised beside it')
  await world.running.stop()
  const next = world.again()
  t.match(next.asking.waiting(), [{ id: ask.id, made: null }])
  t.ok(await until(() => world.voice.speaking.length === 1), 'its words are made')
  world.voice.release('nước lên', 'spoken')
  t.ok(await until(() => (next.asking.byId(ask.id)?.made ?? null) !== null, 20_000))
  t.equal(next.asking.act(ask.id, { do: 'confirm', who: BINH, content: ask.content }).ok, true)
  const raised = await next.raise(world.order({ actor: HA.actor, ...text, request }))
  t.match(raised, { ok: true, value: { id: ask.id } })
  await next.stop()
})

t.test('no more than fifty wait at a time', async (t) => {
  const world = await second(t)
  for (let n = 0; n < 50; n++) world.ask()
  t.match(world.running.asking.ask(world.order({ actor: HA.actor }), HA), { ok: false, code: 'too-many-asks' })
})
