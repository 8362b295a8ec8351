import t, { type Test } from 'tap'
import { BACK_WITHIN_MS, FIRST_WORD_WITHIN_MS, speakFromOf } from '../../server/core/emergency-voice.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { CLUSTERS, emergencyWorld, START, type EmergencyWorld } from '../support/emergency-world.ts'

const VOICE = { messages: [{ kind: 'voice', maxMs: 600_000 }], times: 3 } as const
const [ONE] = CLUSTERS
const speakFrom = (world: EmergencyWorld, id: string): number => {
  const record = world.stores.emergencies.byId(id)
  return record ? speakFromOf(record) : 0
}
const voiceOf = (world: EmergencyWorld, id: string): unknown => world.stores.emergencies.byId(id)?.course.voice

async function raised(t: Test): Promise<{ readonly world: EmergencyWorld; readonly id: string }> {
  const world = await emergencyWorld(t)
  const id = await world.raise(VOICE)
  world.clock.turn(500)
  return { world, id }
}

t.test('a voice is ordered once, behind the tone, before anybody speaks', async (t) => {
  const { world, id } = await raised(t)
  t.match(world.newest(ONE, id), { at: START + 700, times: 1, gap: 0, parts: [{ ms: 4_800 }, { s: `~${id}0`, ms: 600_000 }] })
  t.same(voiceOf(world, id), { endAt: null, why: null })
})

t.test('nobody speaks: it ends with the chime, and says why', async (t) => {
  const { world, id } = await raised(t)
  world.clock.turn(speakFrom(world, id) + FIRST_WORD_WITHIN_MS - 2_000 - world.clock.wall())
  t.match(voiceOf(world, id), { endAt: null }, 'whoever takes breath is waited for')
  world.clock.turn(4_000)
  t.match(voiceOf(world, id), { why: 'nobody-spoke' })
  const order = world.newest(ONE, id)
  t.equal(order?.at, START + 700, 'in phase with what sounds')
  t.match(order?.parts, [{ ms: 4_800 }, { s: `~${id}0` }, { m: String, ms: 2_000 }])
  const chimeAt = (order?.at ?? 0) + (order?.parts.slice(0, 2).reduce((sum, { ms }) => sum + ms, 0) ?? 0)
  t.ok(chimeAt > world.clock.wall() - 1_500, 'the chime was still to come when it was ordered')
  world.clock.turn(10_000)
  t.match(world.running.byId(id), { endedBecause: 'no-voice' })
  t.match(world.running.voices.open(id), { ok: false, code: 'already-over' })
})

t.test('after a kill -9 the next server waits for the speaker a while, then ends it', async (t) => {
  const { world, id } = await raised(t)
  const voice = world.running.voices.open(id)
  t.ok(voice.ok)
  world.clock.turn(30_000)
  await world.running.stop()
  const next = world.again()
  world.clock.turn(BACK_WITHIN_MS - 2_000)
  t.match(voiceOf(world, id), { endAt: null })
  world.clock.turn(4_000)
  t.match(voiceOf(world, id), { why: 'server-stopped' })
  t.equal(world.newest(ONE, id)?.parts.length, 3, 'clusters are told')
  world.clock.turn(10_000)
  t.match(next.byId(id), { endedBecause: 'no-voice' })

  const again = await next.raise(world.order(VOICE))
  if (!again.ok) throw new Error(again.why)
  await next.stop()
  const last = world.again()
  const back = last.voices.open(again.value.id)
  t.ok(back.ok, 'who comes back goes on with the same emergency')
  world.clock.turn(BACK_WITHIN_MS + 5_000)
  t.match(voiceOf(world, again.value.id), { endAt: null }, 'it is not waited for while somebody is there')
  if (back.ok) back.value.end(wallMs(world.clock.wall() + 1_500), null)
  t.match(voiceOf(world, again.value.id), { why: 'spoken' })
})

t.test('replaced, stopped and expired it is over for its speaker too', async (t) => {
  const world = await emergencyWorld(t)
  const speaker = (id: string): { isEnded(): boolean; to(): number } => {
    const voice = world.running.voices.open(id)
    if (!voice.ok) throw new Error(voice.why)
    return voice.value
  }
  const first = await world.raise(VOICE)
  const spoken = speaker(first)
  t.equal(spoken.isEnded(), false)
  const second = await world.raise({ ...VOICE, replaces: [first] })
  t.equal(spoken.isEnded(), true, 'replaced')
  const next = speaker(second)
  const stopped = world.running.stopLocally(second, { actor: 'administrator', reason: 'không phải xã tôi', targets: { clusters: [ONE] } })
  t.ok(stopped.ok)
  t.equal(next.isEnded(), false, 'the other place hears it on')
  await world.running.cancel(second, { actor: 'administrator', reason: 'báo nhầm', correction: null })
  t.equal(next.isEnded(), true, 'cancelled')
  const short = await world.raise({ ...VOICE, expiresAt: wallMs(world.clock.wall() + 60_000) })
  const hurried = speaker(short)
  t.ok(hurried.to() <= world.clock.wall() + 58_000, 'the last word leaves room for the chime before it expires')
  world.clock.turn(61_000)
  t.equal(hurried.isEnded(), true, 'expired')
})
