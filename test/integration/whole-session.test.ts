import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { civilDate } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { icecastMissing, startIcecast } from '../support/icecast.ts'
import { readRecording, type Recording } from '../support/recording.ts'
import { sessionAt, soonMs, startLiveServer } from '../support/live-server.ts'
import { ffmpegMakes, makeSpeech } from '../support/sound-files.ts'

/**
 * A whole session on three boxes: a bulletin, a relay from a real Icecast that dies in the middle and comes back, a bulletin. What
 * sounded is read from the recordings of the boxes' sound cards; the bulletin and the substitute are tones, the relay is speech.
 */
const BULLETIN_HZ = 600
const SUBSTITUTE_HZ = 1_000
const BULLETIN_MS = 8_000
const RELAY_MS = 75_000
const BLOCK_MS = 100
/** What a relay is late by, on purpose. */
const BUFFER_MS = 12_000
const GRACE_MS = 10_000

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
const sleepUntil = (at: number): Promise<void> => sleep(Math.max(0, at - Date.now()))

type Heard = 'bulletin' | 'substitute' | 'relay' | 'nothing'

/** Power of one frequency in a block, against all of its power: 1 = a pure tone. */
function share(pcm: Int16Array, from: number, frames: number, hz: number): number {
  let [re, im, all] = [0, 0, 0]
  for (let i = 0; i < frames; i++) {
    const sample = pcm[from + i] ?? 0
    const angle = (2 * Math.PI * hz * i) / 48_000
    re += sample * Math.cos(angle)
    im -= sample * Math.sin(angle)
    all += sample * sample
  }
  return all === 0 ? 0 : (2 * (re * re + im * im)) / (frames * all)
}

function heardAt({ pcm, startedAtMs }: Recording, wall: number): Heard {
  const frames = BLOCK_MS * 48
  const from = Math.round((wall - startedAtMs) * 48)
  let power = 0
  for (let i = 0; i < frames; i++) power += (pcm[from + i] ?? 0) ** 2
  if (Math.sqrt(power / frames) < 60) return 'nothing'
  if (share(pcm, from, frames, BULLETIN_HZ) > 0.8) return 'bulletin'
  return share(pcm, from, frames, SUBSTITUTE_HZ) > 0.8 ? 'substitute' : 'relay'
}

/** First instant from `from` at which `what` is heard, and the last one before `to`. */
function spanOf(recording: Recording, what: Heard, from: number, to: number): { from: number; to: number } | null {
  const found: number[] = []
  for (let at = from; at < to; at += BLOCK_MS) if (heardAt(recording, at) === what) found.push(at)
  return found.length === 0 ? null : { from: found[0] as number, to: (found.at(-1) as number) + BLOCK_MS }
}

/** By how much `b` is later than `a` around an instant, ms: the place of the greatest correlation. */
function lagMs(a: Recording, b: Recording, wall: number): number {
  const [spanMs, mostMs] = [4_000, 60]
  const at = (r: Recording): number => Math.round((wall - r.startedAtMs) * 48)
  const [fromA, fromB] = [at(a), at(b)]
  let [best, bestLag] = [-Infinity, 0]
  const most = mostMs * 48
  for (let lag = -most; lag <= most; lag += 4) {
    let sum = 0
    for (let i = 0; i < spanMs * 48; i += 8) sum += (a.pcm[fromA + i] ?? 0) * (b.pcm[fromB + i + lag] ?? 0)
    if (sum > best) [best, bestLag] = [sum, lag]
  }
  return bestLag / 48
}

interface Row {
  readonly cluster: string
  readonly item: string
  readonly rung: string
  readonly stretches: readonly { readonly start: string; readonly seconds: number; readonly via: string }[]
}

t.setTimeout(240_000)

t.test('a relay goes through a whole session on three clusters; its source dies and comes back, and the evidence says what sounded when', { skip: icecastMissing ?? false }, async (t) => {
  const folder = t.testdir()
  mkdirSync(join(folder, 'icecast'))
  const tone = (name: string, hz: number, seconds: number): string => {
    const path = join(folder, name)
    ffmpegMakes(['-f', 'lavfi', '-i', `sine=frequency=${hz}:sample_rate=48000:duration=${seconds}`, path])
    return path
  }
  const speech = makeSpeech(join(folder, 'speech.wav'), 2)
  const icecast = await startIcecast(join(folder, 'icecast'))
  const feed = await icecast.feed(speech, 'mp3')
  const live = await startLiveServer()
  const ending: (() => Promise<unknown>)[] = [() => live.stop(), () => feed.stop(), () => icecast.stop()]
  t.teardown(async () => {
    for (const end of ending) await end()
  })
  const boxes = await Promise.all(['Cụm 1', 'Cụm 2', 'Cụm 3'].map((name) => live.enrolBox(name)))
  ending.unshift(...boxes.map((box) => () => box.stop(true)))
  const [bulletin, substitute] = [await live.upload(tone('bulletin.wav', BULLETIN_HZ, BULLETIN_MS / 1000)), await live.upload(tone('substitute.wav', SUBSTITUTE_HZ, 90))]
  const put = await live.ask('PUT /relays/vov1', { name: 'VOV1', source: feed.url, language: 'vi', record: false })
  t.equal(put.status, 200, JSON.stringify(put.body))
  const tested = await live.ask('POST /relays/vov1/test')
  t.match(tested, { status: 200, body: { outcome: 'good' } }, 'the test button hears it')

  const start = soonMs(20_000)
  const relayFrom = start + BULLETIN_MS
  const session = sessionAt(start, {
    until: new Date(start + 7 * 3_600_000 + 120_000).toISOString().slice(11, 19),
    items: [{ file: bulletin, name: 'Bản tin đầu' }, { relay: 'vov1', length: `${RELAY_MS / 1000}s`, substitute, name: 'Tiếp âm' }, { file: bulletin, name: 'Bản tin cuối' }],
  })
  const created = await live.ask('POST /sessions', session)
  if (created.status !== 201) throw new Error(JSON.stringify(created.body))

  const killedAt = relayFrom + 14_000
  await sleepUntil(killedAt)
  await Promise.all([feed.stop(), icecast.stop()])
  await sleep(18_000)
  const again = await startIcecast(join(folder, 'icecast'), icecast.port)
  const feedAgain = await again.feed(speech, 'mp3')
  const backAt = Date.now()
  ending.push(() => feedAgain.stop(), () => again.stop())
  const end = relayFrom + RELAY_MS + BULLETIN_MS
  await sleepUntil(end + 3_000)

  const recordings = boxes.map((box) => readRecording(box.wav))
  recordings.forEach((recording, n) => {
    const who = `cluster ${n + 1}`
    const first = spanOf(recording, 'bulletin', start - 1_000, relayFrom + 2_000)
    t.ok(first && Math.abs(first.from - start) <= 2 * BLOCK_MS && Math.abs(first.to - relayFrom) <= 4 * BLOCK_MS, `${who}: the bulletin from ${first ? first.from - start : '–'} ms`)
    const relay = spanOf(recording, 'relay', relayFrom + 300, killedAt + BUFFER_MS + 2_000)
    t.ok(relay && relay.from - relayFrom < 1_500, `${who}: the relay from ${relay ? relay.from - relayFrom : '–'} ms on`)
    t.ok(relay && relay.to > killedAt + BUFFER_MS - 4_000, `${who}: it sounds until its buffer is through, ${relay ? relay.to - killedAt : '–'} ms after the end of Icecast`)
    const instead = spanOf(recording, 'substitute', killedAt, end)
    t.ok(instead && Math.abs(instead.from - (killedAt + BUFFER_MS + GRACE_MS)) < 6_000, `${who}: the substitute ${instead ? instead.from - killedAt : '–'} ms after the end of Icecast`)
    const back = instead && spanOf(recording, 'relay', instead.to + 200, relayFrom + RELAY_MS - 200)
    t.ok(back && back.from < backAt + BUFFER_MS + 20_000, `${who}: the relay is back ${back ? back.from - backAt : '–'} ms after Icecast`)
    // the speech pauses for up to 0.4 s
    const last = Array.from({ length: 7 }, (_, i) => heardAt(recording, relayFrom + RELAY_MS - 800 + i * BLOCK_MS))
    t.ok(last.includes('relay') && last.every((heard) => heard === 'relay' || heard === 'nothing'), `${who}: until its end: ${last.join(' ')}`)
    t.equal(heardAt(recording, relayFrom + RELAY_MS + 500), 'bulletin', `${who}: exactly`)
    t.equal(heardAt(recording, end + 500), 'nothing')
  })
  for (const at of [relayFrom + 5_000, relayFrom + RELAY_MS - 6_000]) {
    for (const n of [1, 2]) {
      const lag = lagMs(recordings[0] as Recording, recordings[n] as Recording, at)
      t.ok(Math.abs(lag) <= 40, `cluster ${n + 1} is ${lag.toFixed(2)} ms from the first`)
    }
  }

  let rows: Row[] = []
  for (let tries = 0; tries < 30 && rows.length < 9; tries++, await sleep(500)) {
    const { body } = await live.ask(`GET /evidence?date=${civilDate(wallMs(start))}`)
    rows = (body as Row[]).filter((row) => row.rung === 'played')
  }
  t.equal(rows.length, 9, 'three items on three clusters')
  for (const row of rows.filter((one) => one.item === 'Tiếp âm')) {
    t.same([...new Set(row.stretches.map((s) => s.via))], ['stream', 'substitute'], `${row.cluster}: ${row.stretches.map((s) => `${s.via} ${s.seconds.toFixed(1)} s`).join(', ')}`)
    t.equal(row.stretches.at(-1)?.via, 'stream', 'and the relay again')
  }
  t.ok(boxes.every((box) => existsSync(box.wav)))
})
