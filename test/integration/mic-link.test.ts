import t from 'tap'
import { bytesOf, hum, micWorld, pause, speaker } from '../support/mic-world.ts'
import type { MicMessage } from '../../server/core/mic-protocol.ts'

const START: MicMessage = { t: 'start', targets: { areas: ['24958'] }, format: 'pcm48', title: 'Họp thôn' }

t.test('a link that comes back within five seconds goes on with the same broadcast', async (t) => {
  const world = await micWorld(t)
  const who = await speaker(world)
  who.tell(START)
  const { token, id } = await who.answer('started')
  who.tell({ t: 'talk' })
  await hum(who, 400)
  who.cut()
  await pause(4_000)
  t.equal(world.live.byId(id)?.endedBy, null)
  const again = await speaker(world)
  again.tell({ t: 'resume', token, format: 'pcm16' })
  t.match(await again.answer('started'), { id })
  again.tell({ t: 'talk' })
  const before = world.streams[0]?.pieces.length ?? 0
  await hum(again, 800, bytesOf, 16_000)
  t.ok((world.streams[0]?.pieces.length ?? 0) > before)
  t.equal(world.streams.length, 1)
  const third = await speaker(world)
  third.tell({ t: 'resume', token, format: 'pcm48' })
  t.match(await again.answer('problem'), { code: 'other-speaker', fatal: true }, 'one speaker at a time')
  await again.closed()
  third.cut()
  await pause(2_500)
  t.equal(world.live.byId(id)?.endedBy, null, 'each loss has five seconds of its own')
  const fourth = await speaker(world)
  fourth.tell({ t: 'resume', token, format: 'pcm48' })
  await fourth.answer('started')
  fourth.tell({ t: 'end' })
  await fourth.answer('state', ({ state }) => state === 'ending')
})

t.test('a speaker who is gone for five seconds ends the broadcast, and what was said is kept', async (t) => {
  const world = await micWorld(t)
  const who = await speaker(world)
  who.tell(START)
  const { token, id } = await who.answer('started')
  who.tell({ t: 'talk' })
  await hum(who, 400)
  who.cut()
  await pause(5_600)
  t.equal(world.live.byId(id)?.endedBy, 'administrator')
  t.equal(world.streams[0]?.ended, true)
  const last = world.streams[0]?.pieces.at(-1)?.pcm.at(-1) ?? 1
  t.ok(Math.abs(last) < 20, 'it ends softly')
  await pause(200)
  t.equal(world.imported.length, 1)
  const late = await speaker(world)
  late.tell({ t: 'resume', token, format: 'pcm48' })
  t.match(await late.answer('problem'), { code: 'too-late', fatal: true })
})

t.test('a page that stays connected but goes mute for five seconds is ended with a word', async (t) => {
  const world = await micWorld(t)
  const who = await speaker(world)
  who.tell(START)
  await who.answer('started')
  who.tell({ t: 'talk' })
  await pause(5_600)
  t.match(await who.answer('problem'), { code: 'link-lost', fatal: true, vi: /nhạc hiệu/ })
})

t.test('stopping the server ends what is being said and keeps it', async (t) => {
  const world = await micWorld(t)
  const who = await speaker(world)
  who.tell(START)
  const { id } = await who.answer('started')
  who.tell({ t: 'talk' })
  await hum(who, 300)
  await world.microphone.stop()
  t.equal(world.live.byId(id)?.endedBy, 'administrator')
  t.equal(world.imported.length, 1)
})
