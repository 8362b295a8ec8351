import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { icecastMissing, startIcecast } from '../support/icecast.ts'
import { FAST, levelOf, readersRunning, relayStation, soon, stateOf, until } from '../support/relay-station.ts'
import { makeSpeech } from '../support/sound-files.ts'

t.setTimeout(120_000)

t.test('a relay is opened ahead, sounds, gives way to its substitute when Icecast dies, comes back, and ends with its session', { skip: icecastMissing ?? false, timeout: 90_000 }, async (t) => {
  const folder = t.testdir()
  const speech = makeSpeech(join(folder, 'speech.wav'), 2, 'volume=-14dB')
  let icecast = await startIcecast(folder)
  t.teardown(() => icecast.stop())
  let source = await icecast.feed(speech, 'mp3')
  t.teardown(() => source.stop())
  const station = await relayStation(t, folder, FAST)
  station.relay({ id: 'vov1', name: 'VOV1', source: source.url, record: true })
  const start = soon(9_000)
  station.session('sang', 'vov1', start, 26)

  await until('the check two minutes before', () => station.stores.relays.checks('vov1', 9).some((c) => c.trigger === 'before-2'))
  t.match(station.stores.relays.checks('vov1', 1)[0], { outcome: 'good', codec: /mp3/ }, 'it was checked and found good')
  await until('it is opened', () => stateOf(station, 'vov1') === 'preparing')
  t.ok(start - Date.now() > 1_000, 'well before it is due')
  t.equal(station.streams.length, 0, 'and nothing is sent yet')
  await until('it is on the air', () => station.streams.length === 1)
  const stream = station.streams[0]
  if (!stream) throw new Error('no stream')
  const early = start - FAST.bufferMs - stream.openedAt
  t.ok(early <= 0 && early > -500, `its first sound leaves the horns ${-early} ms after the begin, never before`)
  await until('it sounds', () => stateOf(station, 'vov1') === 'sound' && stream.samples() > 96_000)
  t.same(stream.switches, [{ on: false, at: stream.openedAt }].map((s) => ({ on: s.on, at: stream.switches[0]?.at })), 'as itself, not as its substitute')

  t.match(await station.relays.test('vov1'), { outcome: 'good', codec: /mp3/, said: null }, 'the test button tells how it is')
  t.equal(readersRunning(), 1, 'and opens nothing beside it')

  await Promise.all([source.stop(), icecast.stop()])
  const killedAt = Date.now()
  await until('the grace', () => stateOf(station, 'vov1') === 'grace')
  await until('the substitute', () => stateOf(station, 'vov1') === 'substitute')
  t.equal(stream.switches.at(-1)?.on, true)
  // what was read ahead sounds first: Icecast gave some seconds at once
  t.comment(`substitute ${Date.now() - killedAt} ms after Icecast was killed`)
  t.ok(station.warnings.some(({ text }) => text.includes('substitute')), 'a technician can read of it')

  icecast = await startIcecast(folder, icecast.port)
  source = await icecast.feed(speech, 'mp3')
  const backAt = Date.now()
  await until('the relay again', () => stateOf(station, 'vov1') === 'sound')
  t.ok(Date.now() - backAt >= FAST.bounds.backMs - 500, `after steady sound: ${Date.now() - backAt} ms`)
  t.equal(stream.switches.at(-1)?.on, false)

  await until('its end', () => stream.endedAt !== null, 30_000)
  const end = start + 26_000
  t.ok(Math.abs((stream.endedAt ?? 0) + FAST.bufferMs - end) < 500, `the last sound leaves at the end: ${(stream.endedAt ?? 0) + FAST.bufferMs - end} ms off`)
  await until('nothing runs any more', () => readersRunning() === 0 && station.relays.facts('vov1') === null)
  t.match(station.relays.counts(), { substitutions: 1 })
  t.ok(station.relays.counts().reconnects >= 1)
  const level = levelOf(stream.pcm)
  t.ok(level > -26 && level < -10, `what was sent is as loud as a programme: ${level} dBFS`)

  await until('the recording', () => station.stores.programmes.all().length === 1)
  t.match(station.stores.programmes.all()[0], { kind: 'recording', folder: 'tiep-am/vov1', name: /^VOV1, \d{4}-/ })
  await until('the file of the recording to go', () => readdirSync(join(folder, 'recordings')).length === 0)
})
