import { join } from 'node:path'
import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { icecastMissing, startHls, startIcecast } from '../support/icecast.ts'
import { FAST, readersRunning, relayStation, soon, until } from '../support/relay-station.ts'
import { makeSpeech } from '../support/sound-files.ts'

t.setTimeout(120_000)

t.test('several relays at once: Opus, Vorbis, AAC and HLS, one reader each', { skip: icecastMissing ?? false, timeout: 60_000 }, async (t) => {
  const folder = t.testdir()
  const speech = makeSpeech(join(folder, 'speech.wav'), 2)
  const icecast = await startIcecast(folder)
  t.teardown(() => icecast.stop())
  const [opus, vorbis, aac, hls] = await Promise.all([icecast.feed(speech, 'opus'), icecast.feed(speech, 'vorbis'), icecast.feed(speech, 'aac'), startHls(folder, speech)])
  for (const one of [opus, vorbis, aac, hls]) t.teardown(() => one.stop())
  // eight programs that read, write and code begin at once: a busy machine needs its time for that
  const station = await relayStation(t, folder, { ...FAST, openAheadMs: 10_000, bounds: { ...FAST.bounds, graceMs: 6_000 } })
  const start = soon(11_000)
  for (const [id, { url }] of Object.entries({ opus, vorbis, aac, hls })) {
    station.relay({ id, name: id, source: url })
    station.session(`buoi-${id}`, id, start, 6)
    station.session(`cung-${id}`, id, wallMs(start + 1_000), 5)
  }
  await until('all are on the air', () => station.streams.length === 4)
  t.equal(readersRunning(), 4, 'one reader for two sessions that want the same')
  await until('their end', () => station.streams.every((stream) => stream.endedAt !== null))
  for (const stream of station.streams) {
    t.ok(stream.samples() / 48_000 > 3, `${stream.name}: ${stream.samples() / 48_000} s of sound`)
    t.ok(stream.longestGapMs() < 4_000, `${stream.name}: never silent for more than ${stream.longestGapMs()} ms`)
    t.same(stream.switches.map(({ on }) => on), [false], `${stream.name} never needed its substitute`)
  }
  t.equal(station.streams.length, 4)
  await until('nothing runs any more', () => readersRunning() === 0)
})

t.test('a relay without an address, and one that the catalogue lacks, begin with the substitute and say why', { timeout: 40_000 }, async (t) => {
  const station = await relayStation(t, t.testdir(), FAST)
  const start = soon(8_000)
  station.session('khong-dia-chi', 'vov2', start, 3)
  station.session('khong-co', 'dai-la', start, 3)
  await until('both are on the air', () => station.streams.length === 2)
  for (const stream of station.streams) t.same(stream.switches.map(({ on }) => on), [true], `${stream.name} begins with its substitute`)
  t.match(station.stores.relays.checks('vov2', 1)[0], { outcome: 'no-address' })
  t.match(station.stores.relays.checks('dai-la', 1)[0], { outcome: 'unknown-relay' })
  t.ok(station.warnings.some(({ text }) => text.includes('has no address yet: set it')))
  t.ok(station.warnings.some(({ text }) => text.includes('"dai-la", which is not in the catalogue')))
})

t.test('a session that is taken back ends its relay at once, and the cluster\'s own line opens nothing', { timeout: 40_000 }, async (t) => {
  const station = await relayStation(t, t.testdir(), FAST)
  station.relay({ id: 'duong-day', name: 'Đầu vào của cụm', source: 'line' })
  const start = soon(2_000)
  station.session('tu-cum', 'duong-day', start, 20)
  station.session('bi-bo', 'vov1', start, 20)
  await until('it is on the air', () => station.streams.length === 1)
  station.stores.sessions.remove('bi-bo')
  station.relays.changed()
  await until('it is over', () => station.streams[0]?.endedAt !== null, 4_000)
  t.equal(station.relays.facts('vov1'), null)
  t.same(station.streams.map(({ name }) => name), ['vov1'], 'no stream for the line')
})
