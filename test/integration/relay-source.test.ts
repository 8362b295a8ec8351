import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { createRelaySource } from '../../server/adapters/relay-source.ts'
import { createLevelWindow } from '../../server/core/relay-level.ts'
import type { FeedEnd, RelayFeed } from '../../server/core/relay-ports.ts'
import { ICECAST_CODECS, icecastMissing, startHls, startIcecast, type IcecastCodec } from '../support/icecast.ts'
import { makeSpeech } from '../support/sound-files.ts'

interface Listener {
  readonly feed: RelayFeed
  samples(): number
  levelDb(): number
  readonly ended: Promise<FeedEnd>
}
function listen(url: string, readTimeoutMs = 4_000): Listener {
  let samples = 0
  let rest = new Int16Array(0)
  const window = createLevelWindow()
  let tell: (end: FeedEnd) => void = () => undefined
  const ended = new Promise<FeedEnd>((done) => (tell = done))
  const onPcm = (pcm: Int16Array): void => {
    samples += pcm.length
    const all = new Int16Array(rest.length + pcm.length)
    all.set(rest)
    all.set(pcm, rest.length)
    let at = 0
    for (; at + 4_800 <= all.length; at += 4_800) window.add(all.subarray(at, at + 4_800))
    rest = all.slice(at)
  }
  return { feed: createRelaySource({ readTimeoutMs })({ kind: 'url', url }, { onPcm, onEnd: tell }), samples: () => samples, levelDb: () => window.levelDb(), ended }
}
async function heard(listener: Listener, samples: number): Promise<boolean> {
  for (let tries = 0; tries < 300 && listener.samples() < samples; tries++) await new Promise((tick) => setTimeout(tick, 50))
  return listener.samples() >= samples
}
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)
/** Children of this process that run ffmpeg on `url`. */
const ffmpegsOn = (url: string): string[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter((pid) => pid !== '' && isAlive(Number(pid)) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(url))

t.test('every codec of an Icecast is read as sound', { skip: icecastMissing ?? false, timeout: 60_000 }, async (t) => {
  const folder = t.testdir()
  const speech = makeSpeech(join(folder, 'speech.wav'))
  const icecast = await startIcecast(folder)
  t.teardown(() => icecast.stop())
  for (const codec of Object.keys(ICECAST_CODECS) as IcecastCodec[]) {
    const source = await icecast.feed(speech, codec)
    const listener = listen(source.url)
    t.ok(await heard(listener, 48_000), `${codec} gives sound`)
    t.match(listener.feed.codec() ?? '', codec, `and says that it is ${codec}: ${listener.feed.codec()}`)
    t.ok(listener.levelDb() > -40, `at ${listener.levelDb()} dBFS`)
    t.equal(ffmpegsOn(source.url).length, 1)
    await listener.feed.stop()
    t.equal(ffmpegsOn(source.url).length, 0, 'nothing is left of the reader')
    t.equal((await listener.ended).code, 'stopped')
    await source.stop()
  }
})

t.test('a reader notices that Icecast is gone, and one that is not there', { skip: icecastMissing ?? false, timeout: 60_000 }, async (t) => {
  const folder = t.testdir()
  const icecast = await startIcecast(folder)
  t.teardown(() => icecast.stop())
  const source = await icecast.feed(makeSpeech(join(folder, 'speech.wav')), 'mp3')
  t.teardown(() => source.stop())
  const listener = listen(source.url)
  t.ok(await heard(listener, 24_000))
  await icecast.stop()
  t.equal((await listener.ended).code, 'ended')
  const none = await listen(source.url).ended
  t.equal(none.code, 'ended')
  t.match(none.said, /refused/i)
})

t.test('an HLS playlist is read', { timeout: 60_000 }, async (t) => {
  const folder = t.testdir()
  const hls = await startHls(folder, makeSpeech(join(folder, 'speech.wav')))
  t.teardown(() => hls.stop())
  const listener = listen(hls.url)
  t.teardown(() => listener.feed.stop())
  t.ok(await heard(listener, 96_000), 'more than a segment')
  t.match(listener.feed.codec() ?? '', /aac/)
})

t.test('a server that says nothing is given up in time', { timeout: 30_000 }, async (t) => {
  const server = createServer(() => undefined)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  const listener = listen(`http://127.0.0.1:${(server.address() as AddressInfo).port}/nothing.mp3`, 1_000)
  t.equal((await listener.ended).code, 'ended')
  t.equal(listener.samples(), 0)
})

t.test('a playlist that names a file of the server is not followed', { timeout: 30_000 }, async (t) => {
  const folder = t.testdir()
  const secret = makeSpeech(join(folder, 'secret.wav'))
  const lists: Record<string, string> = {
    '/a.m3u8': `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://${secret}\n#EXT-X-ENDLIST\n`,
    '/b.m3u8': `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nconcat:${secret}\n#EXT-X-ENDLIST\n`,
    '/c.txt': `ffconcat version 1.0\nfile '${secret}'\n`,
  }
  const server = createServer((request, response) => void response.end(lists[request.url ?? ''] ?? ''))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  for (const path of Object.keys(lists)) {
    const listener = listen(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, 1_000)
    const waiting = setTimeout(() => void listener.feed.stop(), 4_000)
    await listener.ended
    clearTimeout(waiting)
    t.equal(listener.samples(), 0, `${path} gives no sound`)
  }
})

t.test('a reader that waits makes its source wait, and nothing is lost', { timeout: 30_000 }, async (t) => {
  const folder = t.testdir()
  const file = makeSpeech(join(folder, 'speech.wav'), 6)
  const whole = readFileSync(file)
  const server = createServer((_request, response) => void response.end(whole))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  const listener = listen(`http://127.0.0.1:${(server.address() as AddressInfo).port}/speech.wav`)
  t.ok(await heard(listener, 1))
  listener.feed.pause()
  await new Promise((tick) => setTimeout(tick, 300))
  const held = listener.samples()
  await new Promise((tick) => setTimeout(tick, 500))
  t.equal(listener.samples(), held, 'nothing comes meanwhile')
  listener.feed.resume()
  await listener.ended
  const expected = ((whole.length - 44) / 2 / 22_050) * 48_000
  t.ok(Math.abs(listener.samples() - expected) < 48_000 / 2, `${listener.samples()} of ${expected} samples`)
})

t.test('without ffmpeg a reader says so', async (t) => {
  const folder = t.testdir()
  writeFileSync(join(folder, 'x'), '')
  const end = await new Promise<FeedEnd>((done) => void createRelaySource({ program: join(folder, 'no-ffmpeg') })({ kind: 'alsa', device: 'default' }, { onPcm: () => undefined, onEnd: done }))
  t.equal(end.code, 'ffmpeg-missing')
})
