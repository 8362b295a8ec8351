import t from 'tap'
import fc from 'fast-check'
import { emptyBacklog, judgeBacklog } from '../../server/adapters/broker/backlog.ts'
import { createFanOut, encodePublish, type FanOut, type FanOutClient } from '../../server/adapters/broker/fan-out.ts'
import { DEFAULT_LIMITS, zeroCounts, type BrokerCounts } from '../../server/adapters/broker/limits.ts'
import { streamTopicOf, topicOf } from '../../shared/protocol/topics.ts'
import { rawReader } from '../support/raw-mqtt.ts'

const RELAY = streamTopicOf('vov1')
const { stream } = DEFAULT_LIMITS

/** A socket whose far end takes what it is told to take. */
class FakeSocket {
  destroyed = false
  frozen = false
  readonly written: string[] = []
  /** Chunks count whole until their last byte has gone. */
  readonly queue: number[] = []
  readonly #closed: (() => void)[] = []
  readonly #read = rawReader(({ body }) => void this.written.push(body.subarray(2 + body.readUInt16BE(0)).toString()))
  get writableLength(): number {
    return this.queue.reduce((sum, bytes) => sum + bytes, 0)
  }
  write(bytes: Uint8Array): boolean {
    this.#read(Buffer.from(bytes))
    if (this.frozen) this.queue.push(bytes.length)
    return !this.frozen
  }
  destroy(): void {
    this.destroyed = true
    for (const listener of this.#closed) listener()
  }
  once(_event: 'close', listener: () => void): void {
    this.#closed.push(listener)
  }
}
type FakeClient = FanOutClient & { closed: boolean; readonly conn: FakeSocket }
const client = (): FakeClient => ({ closed: false, conn: new FakeSocket() })

interface Rig {
  readonly fanOut: FanOut
  readonly counts: BrokerCounts
  nowMs: number
  /** Milliseconds that each look at the clock takes. */
  stepMs: number
  /** What waits for the next turn of the event loop. */
  turn(): void
}
function rig(limits: Partial<typeof DEFAULT_LIMITS> = {}): Rig {
  const counts = zeroCounts()
  const later: (() => void)[] = []
  const made: Rig = {
    counts,
    nowMs: 0,
    stepMs: 0,
    fanOut: createFanOut({
      limits: { ...DEFAULT_LIMITS, ...limits },
      count: (name) => void counts[name]++,
      nowMs: () => (made.nowMs += made.stepMs),
      later: (fn) => void later.push(fn),
    }),
    turn: () => later.splice(0).forEach((fn) => fn()),
  }
  return made
}
const packet = (text: string, bytes = 0): Uint8Array => Buffer.from(text.padEnd(bytes, '.'))

t.test('a PUBLISH is what any MQTT reader reads, at every length', async (t) => {
  const result = fc.check(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(0, 110, 16_370, 20_000), (bytes, more) => {
      const payload = Buffer.concat([bytes, Buffer.alloc(more, 7)])
      const read: Buffer[] = []
      rawReader(({ type, flags, body }) => {
        if (type === 3 && flags === 0 && body.subarray(2, 2 + body.readUInt16BE(0)).toString() === RELAY) read.push(body.subarray(2 + body.readUInt16BE(0)))
      })(Buffer.from(encodePublish(RELAY, payload)))
      return read.length === 1 && payload.equals(read[0] ?? Buffer.alloc(0))
    }),
  )
  t.notOk(result.failed, `seed ${result.seed}: ${JSON.stringify(result.counterexample)}`)
})

t.test('whoever closes, is taken over, breaks or leaves hears nothing more, at once', async (t) => {
  const { fanOut, counts } = rig()
  const [stays, closes, breaks, leaves, ends] = [client(), client(), client(), client(), client()]
  for (const one of [stays, closes, breaks, leaves, ends]) fanOut.subscribed(one, [RELAY, 'tl/1/c/0123456789/plan'])
  t.equal(fanOut.joined(RELAY), 5)
  t.equal(fanOut.topics(), 1, 'only topics of sound are kept')
  closes.closed = true
  breaks.conn.destroy()
  fanOut.unsubscribed(leaves, [RELAY])
  fanOut.gone(ends)
  fanOut.send(RELAY, packet('1'))
  t.equal(fanOut.joined(RELAY), 1)
  t.same([stays, closes, breaks, leaves, ends].map((one) => one.conn.written.length), [1, 0, 0, 0, 0])
  t.equal(counts.streamWritten, 1)
  fanOut.subscribed(closes, [RELAY])
  fanOut.subscribed(breaks, [RELAY])
  t.equal(fanOut.joined(RELAY), 1, 'a subscription that is decided after the end counts for nothing')
  stays.conn.destroy()
  t.equal(fanOut.topics(), 0, 'nothing is left behind')
  fanOut.send(RELAY, packet('2'))
  t.equal(counts.streamUnheard, 1)
})

t.test('a socket that is behind is passed by, by its queue and by its age, and cut when all that it holds is late', async (t) => {
  const world = rig()
  const [well, frozen] = [client(), client()]
  for (const one of [well, frozen]) world.fanOut.subscribed(one, [RELAY])
  frozen.conn.frozen = true
  let most = 0
  for (let n = 0; n < 60; n++) {
    world.fanOut.send(RELAY, packet(String(n), 3_000))
    world.turn()
    world.nowMs += 200
    most = Math.max(most, frozen.conn.writableLength)
  }
  t.equal(well.conn.written.length, 60, 'the other hears everything')
  const { streamBehindQueue, streamBehindAge, streamCut } = world.counts
  t.equal(most, 2 * encodePublish(RELAY, packet('', 3_000)).length, 'no more than fits the bound ever waits')
  t.same([streamBehindQueue, streamBehindAge, streamCut], [3, 45, 1], 'by its queue for a second, by its age for nine more')
  t.ok(frozen.conn.destroyed)
  t.equal(world.fanOut.joined(RELAY), 1)
})

t.test('where all are behind, they are cut a few at a time', async (t) => {
  const world = rig({ maxCutsPerS: 3 })
  const clients = Array.from({ length: 10 }, client)
  for (const one of clients) {
    world.fanOut.subscribed(one, [RELAY])
    one.conn.frozen = true
  }
  const left: number[] = []
  for (let s = 0; s < 15; s++) {
    world.fanOut.send(RELAY, packet(String(s), 3_000))
    world.turn()
    left.push(world.fanOut.joined(RELAY))
    world.nowMs += 1_000
  }
  t.same(left, [...Array.from({ length: 10 }, () => 10), 7, 4, 1, 0, 0])
})

t.test('a socket that catches up is served again', async (t) => {
  const world = rig()
  const slow = client()
  world.fanOut.subscribed(slow, [RELAY])
  slow.conn.frozen = true
  for (let n = 0; n < 40; n++) {
    world.fanOut.send(RELAY, packet(String(n), 3_000))
    world.turn()
    world.nowMs += 200
  }
  t.equal(slow.conn.written.length, 2)
  slow.conn.queue.length = 0
  slow.conn.frozen = false
  world.fanOut.send(RELAY, packet('after', 3_000))
  t.equal(slow.conn.written.length, 3)
  t.notOk(slow.conn.destroyed)
})

t.test('bytes that others write are not taken for ours that wait', async (t) => {
  const backlog = emptyBacklog()
  const look = (waiting: number, nowMs: number): string => judgeBacklog(backlog, { waiting, packetBytes: 200, nowMs }, stream)
  t.equal(look(0, 0), 'write')
  t.equal(look(4, 60_000), 'write', 'an acknowledgement of this very moment')
  t.equal(look(200, 60_500), 'write', 'our own is half a second old')
  t.equal(look(400, 61_000), 'age', 'and now a whole one')
  t.equal(look(4, 75_000), 'write', 'it has gone')
  const fresh = emptyBacklog()
  t.equal(judgeBacklog(fresh, { waiting: 50, packetBytes: 200, nowMs: 1e6 }, stream), 'write', 'nothing of ours was ever written')
})

t.test('no turn of the event loop is held for longer than a slice, and each socket gets its packets in their order', async (t) => {
  const world = rig({ sliceMs: 10 })
  world.stepMs = 1
  const clients = Array.from({ length: 1_000 }, client)
  for (const one of clients) world.fanOut.subscribed(one, [RELAY, topicOf('audio', '0123456789')])
  for (const text of ['1', '2', '3']) world.fanOut.send(RELAY, packet(text))
  world.fanOut.send(topicOf('audio', '0123456789'), packet('a'))
  const heard = (): number => clients.reduce((sum, one) => sum + one.conn.written.length, 0)
  let turns = 0
  for (let before = heard(); world.fanOut.waiting() > 0 && turns < 1_000; turns++) {
    t.ok(heard() - before <= 16 * 11, `${heard() - before} writes in one turn`)
    before = heard()
    world.turn()
  }
  t.equal(heard(), 4_000)
  t.ok(turns > 20)
  t.ok(clients.every((one) => one.conn.written.filter((text) => text !== 'a').join('') === '123'))
})

t.test('who joins and leaves while a packet is on its way does not disturb the others', async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  let state = seed
  const random = (): number => (state = (Math.imul(state, 48_271) & 0x7fffffff)) / 2 ** 31
  const world = rig({ sliceMs: 2 })
  world.stepMs = 0.5
  const stay = Array.from({ length: 300 }, client)
  for (const one of stay) world.fanOut.subscribed(one, [RELAY])
  const others: FakeClient[] = []
  for (let n = 0; n < 20; n++) {
    world.fanOut.send(RELAY, packet(`${n} `))
    while (world.fanOut.waiting() > 0) {
      const one = client()
      others.push(one)
      world.fanOut.subscribed(one, [RELAY])
      const leaves = others[Math.floor(random() * others.length)]
      if (leaves && random() < 0.5) world.fanOut.gone(leaves)
      else if (leaves) world.fanOut.unsubscribed(leaves, [RELAY])
      world.turn()
    }
  }
  const want = Array.from({ length: 20 }, (_, n) => `${n} `).join('')
  t.ok(stay.every((one) => one.conn.written.join('') === want), `seed ${seed}: each packet once, in order`)
})

t.test('a server that is behind drops for all alike what it has not begun, and never keeps more than its bound', async (t) => {
  const world = rig({ sliceMs: 0, maxWaitingPackets: 50 })
  const clients = Array.from({ length: 100 }, client)
  for (const one of clients) world.fanOut.subscribed(one, [RELAY])
  for (let n = 0; n < 80; n++) world.fanOut.send(RELAY, packet(`${n} `))
  t.equal(world.fanOut.waiting(), 50)
  t.equal(world.counts.streamOverflow, 80 - 50, 'the newest lose')
  world.nowMs += DEFAULT_LIMITS.streamLateMs
  for (let turns = 0; world.fanOut.waiting() > 0 && turns < 1_000; turns++) world.turn()
  t.ok(clients.every((one) => one.conn.written.join('') === '0 '), 'the one that was begun comes to everybody')
  t.equal(world.counts.streamLate, 49)
})
