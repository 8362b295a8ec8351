import t from 'tap'
import { createMicChain, createUpsampler, MIC_CHAIN_DELAY_SAMPLES } from '../../server/core/mic-chain.ts'
import { createMicJitter } from '../../server/core/mic-jitter.ts'
import { createLevelMeter } from '../../server/core/mic-meter.ts'
import { readMicFrames, readMicMessage, TICKET_LIVES_MS, writeMicFrame } from '../../server/core/mic-protocol.ts'
import { ADMINISTRATOR_IDENTITY } from '../../server/core/identity.ts'
import { createTickets } from '../../server/core/mic-tickets.ts'
import { isOwnOrigin } from '../../server/features/microphone/door.ts'
import { testClock } from '../support/server-world.ts'

const RATE_HZ = 48_000
const sine = (hz: number, ms: number, amplitude: number, rateHz = RATE_HZ): Int16Array => Int16Array.from({ length: (rateHz * ms) / 1_000 }, (_, n) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * n) / rateHz)))
const rmsDb = (pcm: Int16Array): number => 20 * Math.log10(Math.sqrt(pcm.reduce((sum, x) => sum + x * x, 0) / pcm.length) / 32_768 + 1e-9)
const strengthDb = (pcm: Int16Array, hz: number): number => {
  let [re, im] = [0, 0]
  pcm.forEach((x, n) => {
    re += x * Math.cos((2 * Math.PI * hz * n) / RATE_HZ)
    im += x * Math.sin((2 * Math.PI * hz * n) / RATE_HZ)
  })
  return 20 * Math.log10((2 * Math.hypot(re, im)) / pcm.length / 32_768 + 1e-9)
}
const mixed = (a: Int16Array, b: Int16Array): Int16Array => a.map((x, n) => x + (b[n] ?? 0))

t.test('the chain takes hum away, and brings a soft and a loud voice to one level without clipping', async (t) => {
  const hum = createMicChain().process(mixed(sine(50, 8_000, 8_000), sine(440, 8_000, 8_000))).subarray(6 * RATE_HZ, 7 * RATE_HZ)
  t.ok(strengthDb(hum, 440) - strengthDb(hum, 50) > 10, '50 Hz lies 12 dB below a voice of the same strength')
  for (const amplitude of [400, 8_000, 30_000]) {
    const settled = createMicChain().process(sine(440, 12_000, amplitude)).subarray(10 * RATE_HZ)
    t.ok(Math.abs(rmsDb(settled) + 15.5) < 2, `${amplitude}: ${rmsDb(settled)} dBFS`)
    t.ok(settled.every((x) => Math.abs(x) < 32_767 * 0.75), 'the ceiling holds')
  }
  const delayed = createMicChain().process(Int16Array.from({ length: RATE_HZ }, (_, n) => (n === 0 ? 20_000 : 0)))
  t.ok(Math.abs(delayed.findIndex((x) => Math.abs(x) > 5_000) - MIC_CHAIN_DELAY_SAMPLES) < 5, 'the delay is what it says')
})

t.test('16 kHz becomes 48 kHz without images, also in small pieces', async (t) => {
  const [whole, pieces] = [createUpsampler(), createUpsampler()]
  const low = sine(1_000, 1_000, 10_000, 16_000)
  const up = whole(low)
  t.equal(up.length, RATE_HZ)
  const middle = up.subarray(4_800, 43_200)
  t.ok(Math.abs(strengthDb(middle, 1_000) - strengthDb(sine(1_000, 800, 10_000), 1_000)) < 0.3)
  for (const image of [15_000, 17_000]) t.ok(strengthDb(middle, image) < -60, `${image} Hz: ${strengthDb(middle, image)} dBFS`)
  const parts = Array.from({ length: 50 }, (_, n) => [...pieces(low.subarray(n * 320, (n + 1) * 320))]).flat()
  t.same(parts, [...up])
})

t.test('gusts become an even flow: held until there is enough, softly begun, given up when too old', async (t) => {
  const jitter = createMicJitter()
  const piece = sine(300, 20, 10_000)
  jitter.add(piece)
  t.equal(jitter.take(960).length, 0, 'not enough to bridge a gap')
  for (let n = 0; n < 6; n++) jitter.add(piece)
  const first = jitter.take(960)
  t.equal(first.length, 960)
  t.ok(Math.abs(first[20] ?? 0) < Math.abs(piece[20] ?? 0) / 2, 'it rises')
  let [taken, last]: [number, Int16Array] = [960, new Int16Array()]
  for (let n = 0; n < 10; n++) {
    const next = jitter.take(960)
    if (next.length === 0) break
    last = next
    taken += next.length
  }
  t.equal(jitter.gaps, 1)
  t.equal(last.at(-1), 0, 'a gap begins softly')
  t.ok(taken >= 7 * 960)
  t.ok(jitter.targetMs > 120, 'and more is held from then on')
  for (let n = 0; n < 200; n++) jitter.add(piece)
  t.ok(jitter.heldMs <= 1_500 && jitter.droppedMs > 1_000, 'four seconds at once are too old to be said')
})

t.test('what piled up is given up in the pauses of the voice, not in its words', async (t) => {
  const jitter = createMicJitter()
  const [word, breath] = [sine(300, 20, 10_000), new Int16Array(960)]
  for (let n = 0; n < 60; n++) jitter.add(n < 30 ? word : breath)
  let loud = 0
  for (let n = 0; n < 60; n++) {
    const pcm = jitter.take(960)
    if (pcm.some((x) => Math.abs(x) > 5_000)) loud++
  }
  t.equal(loud, 30, 'every word is said')
  t.ok(jitter.droppedMs >= 100, `${jitter.droppedMs} ms of silence were given up`)
})

t.test('the needle shows what came since the last look', async (t) => {
  const meter = createLevelMeter()
  t.equal(meter.read(), null)
  meter.add(sine(440, 100, 32_767))
  t.match(meter.read(), { db: -3, peakDb: 0 })
  meter.add(new Int16Array(100))
  t.match(meter.read(), { db: -90, peakDb: -90 })
})

t.test('frames and messages are read back, and what is none is null', async (t) => {
  const both = new Uint8Array([...writeMicFrame(new Uint8Array([1, 2]), 7), ...writeMicFrame(new Uint8Array([3]), 2 ** 32 - 1)])
  t.same(readMicFrames(both)?.map(({ capturedMs, bytes }) => [capturedMs, ...bytes]), [[7, 1, 2], [2 ** 32 - 1, 3]])
  for (const bad of [[0], [0, 0, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0, 1], [255, 255, 0, 0, 0, 0, 1]]) t.equal(readMicFrames(new Uint8Array(bad)), null)
  t.same(readMicMessage('{"t":"talk"}'), { t: 'talk' })
  for (const bad of ['', '[]', '{"t":"start","targets":"all","format":"mp3"}', '{"t":"talk","loud":true}']) t.equal(readMicMessage(bad), null)
})

t.test('a ticket lives for half a minute, opens once, and of many the oldest go', async (t) => {
  const clock = testClock()
  let n = 0
  const tickets = createTickets(clock, (count) => new Uint8Array(count).fill(n++))
  const [first, second] = [tickets.issue(ADMINISTRATOR_IDENTITY), tickets.issue(ADMINISTRATOR_IDENTITY, 'k1')]
  t.same(tickets.take(first), { who: ADMINISTRATOR_IDENTITY, emergency: null, targets: null })
  t.notOk(tickets.take(first))
  clock.pass(TICKET_LIVES_MS + 1)
  t.notOk(tickets.take(second))
  const many = Array.from({ length: 101 }, () => tickets.issue(ADMINISTRATOR_IDENTITY))
  t.notOk(tickets.take(many[0] ?? ''))
  t.ok(tickets.take(many[1] ?? ''))
})

t.test('a page of another site does not reach the microphone', async (t) => {
  t.ok(isOwnOrigin(undefined, 'dai.vn'))
  t.ok(isOwnOrigin('https://dai.vn', 'dai.vn'))
  t.notOk(isOwnOrigin('https://dai.vn.evil.com', 'dai.vn'))
  t.notOk(isOwnOrigin('null', 'dai.vn'))
})
