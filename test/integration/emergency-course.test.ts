import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import type { AlertOrder } from '../../shared/protocol/messages/orders.ts'
import { CLUSTERS, emergencyWorld, START, type EmergencyWorld } from '../support/emergency-world.ts'
import { until } from '../support/mqtt-client.ts'

const [EAST, WEST] = CLUSTERS
const MADE_MS = 60_000
const text = (words: string): { readonly messages: readonly [{ readonly kind: 'text'; readonly text: string }] } => ({ messages: [{ kind: 'text', text: words }] })
const ids = (world: EmergencyWorld, from: number): (string | null)[] => world.published.slice(from).flatMap((one) => (one.cluster === EAST ? [one.order?.id ?? null] : []))

t.test('what has expired is never told again, and nothing of it stays on the broker', async (t) => {
  const world = await emergencyWorld(t)
  const id = await world.raise({ expiresAt: wallMs(START + 60_000) })
  world.clock.turn(1_000)
  t.equal(world.newest(EAST, id)?.exp, START + 60_000)
  world.clock.turn(60_000)
  t.match(world.running.byId(id), { endedBecause: 'expired', endedAt: START + 60_000 })
  t.same(world.published.slice(-2), [{ cluster: EAST, order: null, retain: true }, { cluster: WEST, order: null, retain: true }])
  const told = world.published.length
  for (const cluster of CLUSTERS) world.words.hello(cluster)
  world.clock.turn(86_400_000)
  t.equal(world.published.length, told, 'who comes back later hears nothing of it')
  t.same(world.running.list('in-force'), [])
  t.match(await world.running.cancel(id, { actor: 'x', reason: 'muộn', correction: null }), { code: 'already-over' })
})

t.test('all in force come after a hello, the highest first; it is the one that the broker keeps', async (t) => {
  const world = await emergencyWorld(t)
  const low = await world.raise({ danger: 2 })
  world.clock.turn(100)
  const high = await world.raise({ danger: 9 })
  world.clock.turn(100)
  const drill = await world.raise({ danger: 9, drill: true })
  world.clock.turn(100)
  let from = world.published.length
  world.words.hello(EAST)
  t.same(ids(world, from), [high, low, drill])
  t.same(world.published.slice(from).map((one) => one.retain), [true, false, false])
  await world.running.cancel(high, { actor: 'x', reason: 'xong', correction: null })
  world.clock.turn(100)
  from = world.published.length
  world.words.hello(EAST)
  t.same(ids(world, from), [low, drill, high], 'what is over comes last, and is still said to whom it may sound')
  t.ok(world.published[from]?.retain)
})

t.test('words that take long follow a second tone, in phase; words that take too long begin anew', async (t) => {
  const world = await emergencyWorld(t)
  const slow = await world.raise(text('chậm'))
  world.clock.turn(6_000)
  t.equal(world.newest(EAST, slow)?.parts.length, 1)
  t.ok(await until(() => world.voice.speaking.length === 1))
  world.voice.release('chậm', 'spoken')
  t.ok(await until(() => world.stores.emergencies.byId(slow)?.course.message !== null, MADE_MS))
  world.clock.turn(100)
  const first = world.newest(EAST, slow)
  t.match(first, { at: START + 2_000, lead: 9_600, times: 3, gap: 1_000 })
  t.equal(first?.parts.length, 3)

  const later = await world.raise(text('rất chậm'))
  t.ok(await until(() => world.voice.speaking.length === 1))
  world.clock.turn(90_000)
  const now = world.clock.wall()
  world.voice.release('rất chậm', 'spoken')
  t.ok(await until(() => world.stores.emergencies.byId(later)?.course.message !== null, MADE_MS))
  world.clock.turn(100)
  t.match(world.newest(EAST, later), { at: now + 700, lead: 4_800 })
})

t.test('words that cannot be spoken give way to the stored call for attention, and the announcer is told', async (t) => {
  const world = await emergencyWorld(t)
  const id = await world.raise(text('hỏng'))
  t.ok(await until(() => world.voice.speaking.length === 1))
  world.voice.release('hỏng', 'failed')
  t.ok(await until(() => world.stores.emergencies.byId(id)?.course.message !== null))
  world.clock.turn(100)
  t.equal(world.stores.emergencies.byId(id)?.course.problem, 'speech-failed')
  t.equal(world.newest(EAST, id)?.parts.length, 2, 'the tone, then what every cluster holds')
  t.notOk('s' in (world.newest(EAST, id)?.parts.at(-1) ?? {}))

  const bare = await emergencyWorld(t, ['bao-dong'])
  const other = await bare.raise(text('hỏng'))
  t.ok(await until(() => bare.voice.speaking.length === 1))
  bare.voice.release('hỏng', 'failed')
  t.ok(await until(() => bare.stores.emergencies.byId(other)?.course.message !== null))
  bare.clock.turn(100)
  t.equal(bare.stores.emergencies.byId(other)?.course.problem, 'nothing-to-say')
  t.equal(bare.newest(EAST, other)?.parts.length, 1, 'the tone sounds all the same')
})

t.test('words that another voice had to speak sound whole, and the announcer is told', async (t) => {
  const world = await emergencyWorld(t)
  const id = await world.raise(text('nước lên'))
  t.ok(await until(() => world.voice.speaking.length === 1))
  world.voice.release('nước lên', 'instead')
  t.ok(await until(() => world.stores.emergencies.byId(id)?.course.message !== null, MADE_MS))
  world.clock.turn(100)
  t.equal(world.stores.emergencies.byId(id)?.course.problem, 'other-voice')
  t.ok(world.newest(EAST, id)?.parts.at(-1)?.s, 'it is what was written')
})

t.test('fifty at once: the highest is ordered and spoken first, and all are spoken in the end', async (t) => {
  const world = await emergencyWorld(t)
  for (let n = 0; n < 49; n++) await world.raise({ ...text(`thấp ${n}`), danger: 3 })
  t.ok(await until(() => world.voice.speaking.length === 1))
  const high = await world.raise({ ...text('vỡ đê'), danger: 9 })
  world.clock.turn(0)
  t.equal(ids(world, 0)[0], high, 'of fifty orders that wait it is the first to leave')
  t.ok(await until(() => world.voice.speaking[0] === 'vỡ đê'), 'the text that was being spoken gave way')
  world.voice.release('vỡ đê', 'spoken')
  t.ok(await until(() => world.stores.emergencies.byId(high)?.course.message !== null, MADE_MS))
  world.clock.turn(10)
  t.equal(world.newest(EAST, high)?.parts.length, 2)
  for (let n = 0; n < 49; n++) {
    t.ok(await until(() => world.voice.speaking.length === 1, MADE_MS))
    world.voice.release(world.voice.speaking[0] ?? '', 'failed')
  }
  t.ok(await until(() => world.running.list('in-force').every(({ id }) => world.stores.emergencies.byId(id)?.course.message !== null)))
  t.equal(new Set(world.voice.begun).size, 50)
})

t.test('what did not reach the broker is sent again when it is reached', async (t) => {
  const world = await emergencyWorld(t)
  world.reach(false)
  const id = await world.raise()
  world.clock.turn(5_000)
  t.same(world.published, [])
  await new Promise((done) => setImmediate(done))
  world.reach(true)
  world.clock.turn(2_000)
  t.ok(world.newest(EAST, id) && world.newest(WEST, id))
})

t.test('the next server goes on from the database: orders at the same revision, words that were not made yet, corrections', async (t) => {
  const world = await emergencyWorld(t)
  const spoken = await world.raise(text('dở dang'))
  const clip = await world.raise()
  await world.running.stopLocally(clip, { actor: 'x', reason: 'tại chỗ', targets: { clusters: [WEST] } })
  const wrong = await world.raise()
  await world.running.cancel(wrong, { actor: 'x', reason: 'nhầm', correction: { kind: 'text', text: 'đính chính' } })
  world.clock.turn(100)
  const before = new Map<string, AlertOrder | undefined>([spoken, clip, wrong].flatMap((id) => CLUSTERS.map((cluster) => [`${cluster} ${id}`, world.newest(cluster, id)] as const)))
  await world.running.stop()
  const from = world.published.length
  const next = world.again()
  world.clock.turn(100)
  const again = world.published.slice(from).flatMap((one) => (one.order ? [one.order] : []))
  t.equal(again.length, 6)
  for (const order of again) {
    const { iat: _, ...same } = before.get(`${order.c} ${order.id}`) ?? order
    t.match(order, same)
  }
  t.equal(world.newest(WEST, clip)?.ended, START)
  t.equal(world.newest(EAST, clip)?.ended, null)
  t.ok(await until(() => world.voice.speaking.length === 1))
  t.equal(world.voice.speaking[0], 'đính chính', 'a correction before everything else')
  world.voice.release('đính chính', 'spoken')
  t.ok(await until(() => world.stores.emergencies.byId(wrong)?.course.correctionSounds !== null, MADE_MS))
  t.ok(await until(() => world.voice.speaking[0] === 'dở dang'))
  world.voice.release('dở dang', 'spoken')
  t.ok(await until(() => world.stores.emergencies.byId(spoken)?.course.message !== null, MADE_MS))
  world.clock.turn(100)
  t.ok((world.newest(EAST, spoken)?.parts.length ?? 0) > 1)
  t.equal(world.newest(EAST, wrong)?.corr?.length, 2)
  t.match(next.byId(wrong), { endedBecause: 'cancelled' })
})

t.test('a cluster that holds a newer word than we know, after a restore, is brought back by a still newer one', async (t) => {
  const world = await emergencyWorld(t)
  const id = await world.raise()
  world.clock.turn(100)
  const held = (world.newest(EAST, id)?.rev ?? 0) + 5_000
  world.words.delivery(EAST, { slot: `a.${id}`, rev: held, st: 'ended', at: START })
  t.ok((world.newest(EAST, id)?.rev ?? 0) > held)
  t.equal(world.newest(EAST, id)?.ended, null)
})

t.test('what clusters say is kept in one write, twice or late, and an unknown cluster or emergency says nothing', async (t) => {
  const world = await emergencyWorld(t)
  const id = await world.raise({ targets: { clusters: [EAST] } })
  world.clock.turn(100)
  const rev = world.newest(EAST, id)?.rev ?? 0
  const say = (cluster: string, st: 'sounding' | 'received' | 'finished', at: number, slot = `a.${id}`): void => world.words.delivery(cluster, { slot, rev, st, at: START + at, level: -18 })
  say(EAST, 'sounding', 900)
  say(EAST, 'received', 100)
  say(EAST, 'sounding', 900)
  say(WEST, 'sounding', 900)
  say(EAST, 'sounding', 900, 'a.khongcogi')
  say(EAST, 'sounding', 900, 'l.khongcogi')
  t.same(world.running.board(id), [{ cluster: EAST, name: EAST, verdict: 'sounding', at: START + 900, level: -18, why: null, correctedAt: null }])
  say(EAST, 'finished', 9_000)
  world.clock.turn(2_000)
  t.match(world.running.byId(id), { endedBecause: 'finished' })
  t.match(await world.running.cancel(id, { actor: 'x', reason: 'nhầm', correction: { kind: 'programme', programme: 'dinh-chinh' } }), { ok: true }, 'what has sounded can still be corrected')
  world.clock.turn(100)
  t.equal(world.newest(EAST, id)?.corr?.length, 2)
  say(EAST, 'sounding', 12_000, `a.${id}.c`)
  t.equal(world.running.board(id)[0]?.correctedAt, START + 12_000)
})
