import { Encoder } from '@evan/opus'
import t from 'tap'
import { bytesOf, hum, micWorld, pause, pcmOf, rmsDbOf, speaker, strengthDb, tone } from '../support/mic-world.ts'
import { TOKEN } from '../support/server-world.ts'
import { writeMicFrame, type MicMessage } from '../../server/core/mic-protocol.ts'

const START: MicMessage = { t: 'start', targets: { areas: ['24958'] }, format: 'pcm48', title: 'Họp thôn' }
const authorised = { authorization: `Bearer ${TOKEN}` }

t.test('the door opens to the token, and to a ticket once', async (t) => {
  const world = await micWorld(t)
  const ask = (headers: Record<string, string>) => fetch(`${world.url}/api/v1/microphone/tickets`, { method: 'POST', headers })
  t.equal((await ask({})).status, 401)
  const { ticket } = (await (await ask(authorised)).json()) as { ticket: string }
  const first = await speaker(world, {}, `?ticket=${ticket}`)
  first.cut()
  await t.rejects(speaker(world, {}, `?ticket=${ticket}`), /401/, 'the second time it is none')
  await t.rejects(speaker(world, {}), /401/)
  await t.rejects(speaker(world, {}, '?ticket=wrong'), /401/)
  await t.rejects(speaker(world, { ...authorised, origin: 'http://elsewhere.vn' }), /401/, 'a page of another site')
  ;(await speaker(world, { ...authorised, origin: world.url })).cut()
})

t.test('a voice goes into the stream at the level of the programmes; on air is what clusters say', async (t) => {
  const world = await micWorld(t)
  const who = await speaker(world)
  who.tell(START)
  const started = await who.answer('started')
  t.match(started, { skipped: [], warnings: [] })
  t.ok(started.delayMs > 5_000 && started.delayMs < 7_000, `${started.delayMs}`)
  who.tell({ t: 'talk' })
  const saying = hum(who, 4_000)
  t.match(await who.answer('state', ({ state }) => state === 'waiting'), { sounding: 0, total: 3 }, 'ordered is not on air')
  world.say('aaaaaaaaaa', { slot: `l.${started.id}`, st: 'sounding' })
  t.match(await who.answer('state', ({ state }) => state === 'on-air'), { sounding: 1, total: 3 })
  await saying
  t.ok(who.answers.filter(({ t }) => t === 'level').length >= 20, 'the needle moves')
  t.match(await who.answer('level'), { peakDb: -12.2 })
  who.tell({ t: 'end' })
  await who.answer('state', ({ state }) => state === 'ending')
  const [stream] = world.streams
  if (!stream) return t.fail('no stream')
  t.match(stream, { name: `~${started.id}`, kind: 'voice', ended: true })
  const pcm = pcmOf(stream)
  t.ok(pcm.length > 3.6 * 48_000 && pcm.length < 4.9 * 48_000, `${pcm.length / 48_000} s`)
  const settled = pcm.subarray(3 * 48_000, 3.5 * 48_000)
  t.ok(Math.abs(rmsDbOf(settled) + 15.5) < 2.5, `level ${rmsDbOf(settled)} dBFS`)
  t.ok(strengthDb(settled, 440) > rmsDbOf(settled) - 1, 'nothing but the tone')
  t.match(world.live.byId(started.id), { endedBy: 'administrator' })
  await pause(300)
  t.match(world.deps.stores.programmes.all().filter((p) => p.kind === 'recording'), [{ name: 'Họp thôn (2026-11-23 06:00)', folder: 'Phát trực tiếp' }])
  const [wav] = world.imported
  t.equal(wav?.readUInt32LE(40), (wav?.length ?? 0) - 44, 'the file says how long it is')
  t.equal(((wav?.length ?? 0) - 44) / 2, pcm.length, 'all that was said is kept')
})

t.test('a pause is silence that stays alive, and talk goes on behind it', async (t) => {
  const world = await micWorld(t)
  const who = await speaker(world)
  who.tell({ ...START, urgent: true })
  await who.answer('started')
  who.tell({ t: 'talk' })
  await hum(who, 600)
  who.tell({ t: 'pause' })
  await who.answer('state', ({ state }) => state === 'paused')
  const [stream] = world.streams
  await pause(900)
  const before = stream?.pieces.length
  await hum(who, 400)
  t.equal(stream?.pieces.length, before, 'what is said in a pause is not heard')
  t.equal(stream?.kind, 'urgent')
  who.tell({ t: 'talk' })
  await hum(who, 600)
  t.ok((stream?.pieces.length ?? 0) > (before ?? 0))
  who.tell({ t: 'end' })
})

t.test('Opus from an encoder is heard like PCM', async (t) => {
  const world = await micWorld(t)
  const who = await speaker(world)
  who.tell({ ...START, format: 'opus' })
  await who.answer('started')
  who.tell({ t: 'talk' })
  const encoder = new Encoder({ channels: 1, sample_rate: 48_000, application: 'voip' })
  await hum(who, 2_000, (pcm) => encoder.encode(pcm).slice())
  who.tell({ t: 'end' })
  await who.answer('state', ({ state }) => state === 'ending')
  const pcm = world.streams[0] ? pcmOf(world.streams[0]) : new Int16Array(1)
  const middle = pcm.subarray(1 * 48_000, 1.4 * 48_000)
  t.ok(strengthDb(middle, 440) > -25, `${strengthDb(middle, 440)} dBFS`)
})

t.test('what is no microphone is told so and sent away', async (t) => {
  const world = await micWorld(t)
  const cases: [string, (who: Awaited<ReturnType<typeof speaker>>) => void][] = [
    ['malformed', (who) => who.send('{"t":"sing"}')],
    ['malformed', (who) => who.send('no json')],
    ['not-started', (who) => who.tell({ t: 'talk' })],
    ['not-started', (who) => who.sound(bytesOf(tone(440, 0)))],
    ['unknown-target', (who) => who.tell({ ...START, targets: { areas: ['11111'] } } as MicMessage)],
    ['malformed', (who) => {
      who.tell(START)
      who.send(new Uint8Array([0, 9, 0, 0, 0, 0, 1]))
    }],
    ['too-fast', (who) => {
      who.tell(START)
      const frame = writeMicFrame(new Uint8Array(19_200), 0)
      for (let n = 0; n < 100; n++) who.send(frame)
    }],
  ]
  for (const [code, act] of cases) {
    const who = await speaker(world)
    act(who)
    t.match(await who.answer('problem'), { code, fatal: true, en: /\S/, vi: /\S/ }, code)
    await who.closed()
  }
})
