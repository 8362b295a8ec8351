import t from 'tap'
import { Aedes } from 'aedes'
import type { Readable } from 'node:stream'
import fc from 'fast-check'
import { filterMatches, RetainedStore } from '../../server/adapters/broker/retained.ts'

interface Store {
  storeRetained(packet: object): Promise<void>
  createRetainedStreamCombi(filters: readonly string[]): Readable
}
interface Stored {
  topic: string
  payload: Buffer
  qos: number
}

const packet = (topic: string, text: string, qos: 0 | 1 = 1): { cmd: 'publish'; topic: string; payload: Buffer; qos: 0 | 1; retain: true } => ({ cmd: 'publish', topic, payload: Buffer.from(text), qos, retain: true })
const found = async (store: Store, filters: readonly string[]): Promise<string[]> => {
  const packets = (await store.createRetainedStreamCombi(filters).toArray()) as Stored[]
  return packets.map((p) => `${p.topic}=${p.payload.toString()}@${p.qos}`)
}

// aedes' memory lets `+` pass an empty level by (MQTT 3.1.1 §4.7.1.3 does not), so the levels compared are not empty
t.test('the retained store answers as the broker’s own memory does, for any filters', async (t) => {
  const level = fc.constantFrom('a', 'b', 'tl', '$SYS')
  const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/')).filter((text) => text !== '')
  const filter = fc
    .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([levels, rest]) => [...levels, ...(rest ? ['#'] : [])].join('/'))
    .filter((text) => text !== '')
  const writes = fc.array(fc.tuple(topic, fc.constantFrom('', 'one', 'two'), fc.constantFrom<0 | 1>(0, 1)), { maxLength: 12 })
  const result = await fc.check(
    fc.asyncProperty(writes, fc.array(filter, { minLength: 1, maxLength: 3 }), async (written, filters) => {
      const broker = await Aedes.createBroker()
      const stock = (broker as unknown as { persistence: Store }).persistence
      const ours = new RetainedStore(100)
      try {
        for (const [name, text, qos] of written) {
          await stock.storeRetained(packet(name, text, qos))
          await ours.storeRetained(packet(name, text, qos))
        }
        return (await found(ours, filters)).sort().join() === (await found(stock, filters)).sort().join()
      } finally {
        await new Promise<void>((done) => broker.close(done))
      }
    }),
    { numRuns: 150 },
  )
  t.notOk(result.failed, `seed ${result.seed}, path ${result.counterexamplePath ?? '-'}, ${JSON.stringify(result.counterexample)}`)
})

t.test('a filter matches by level', async (t) => {
  for (const [filter, topic, want] of [
    ['a/b', 'a/b', true], ['a/b', 'a/b/c', false], ['a/+', 'a/b', true], ['a/+', 'a', false], ['a/+', 'a/b/c', false],
    ['a/#', 'a', true], ['a/#', 'a/b/c', true], ['#', 'a/b', true], ['+/b', 'a/b', true], ['+', 'a/b', false], ['+/b', '/b', true],
  ] as const) t.equal(filterMatches(filter, topic), want, `${filter} on ${topic}`)
})

t.test('an empty payload forgets a topic, a caller’s later change does not reach the store', async (t) => {
  const store = new RetainedStore(10)
  const mine = { ...packet('a', 'one') }
  await store.storeRetained(mine)
  mine.retain = false as unknown as true
  t.same(await found(store, ['a']), ['a=one@1'])
  await store.storeRetained(packet('a', ''))
  t.same(await found(store, ['a']), [])
  t.equal(store.size, 0)
})

t.test('a full store refuses a new topic and still takes a newer word on an old one', async (t) => {
  const store = new RetainedStore(2)
  await store.storeRetained(packet('a', '1'))
  await store.storeRetained(packet('b', '1'))
  await t.rejects(store.storeRetained(packet('c', '1')), /more than 2/)
  await store.storeRetained(packet('a', '2'))
  t.same(await found(store, ['a', 'b', 'c']), ['a=2@1', 'b=1@1'])
  t.notOk(store.hasRoomFor('c'))
  t.ok(store.hasRoomFor('a'))
})

t.test('last wills are kept per client and found for brokers that are gone', async (t) => {
  const store = new RetainedStore(2)
  await store.setup({ id: 'this' })
  await store.putWill({ id: 'one' }, { ...packet('gone', 'x') } as never)
  t.equal((await store.getWill({ id: 'one' }))?.brokerId, 'this')
  t.same(await store.streamWill({ this: 1 }).toArray(), [], 'ours lives')
  t.equal((await store.streamWill({}).toArray()).length, 1)
  t.ok(await store.delWill({ id: 'one' }))
  t.equal(await store.getWill({ id: 'one' }), undefined)
})
