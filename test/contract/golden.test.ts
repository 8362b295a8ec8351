import { fileURLToPath } from 'node:url'
import t from 'tap'
import { nodeCrypto as agentCrypto } from '../../agent/adapters/crypto.ts'
import { nodeCrypto as serverCrypto } from '../../server/adapters/crypto.ts'
import { TOPICS, TOPIC_NAMES, parseTopic, topicOf } from '../../shared/protocol/topics.ts'
import { decodeGolden, encodeGolden, fromHex, goldenBench, hex, readGolden, readKeys } from '../../scripts/gen/golden.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const golden = readGolden(ROOT)
const keys = readKeys(ROOT)
const sides = [['server', goldenBench(serverCrypto(), keys)], ['agent', goldenBench(agentCrypto(), keys)]] as const

t.test('every row of the topic table has golden messages, and no other file is golden', async (t) => {
  t.same(golden.map((one) => one.topic).sort(), [...TOPIC_NAMES].sort())
  for (const { topic, cases } of golden) t.ok(cases.length > 0, topic)
})

for (const [side, bench] of sides) {
  t.test(`the ${side} writes exactly the bytes that were released`, async (t) => {
    for (const { topic, cases } of golden) {
      for (const { is, message, payload } of cases) t.equal(hex(encodeGolden(bench, topic, message)), payload, `${topic}: ${is}`)
    }
  })

  t.test(`the ${side} reads the bytes that were released as the message that they mean`, async (t) => {
    for (const { topic, cases } of golden) {
      for (const { is, message, payload } of cases) t.strictSame(decodeGolden(bench, topic, fromHex(payload ?? '')), message, `${topic}: ${is}`)
    }
  })
}

t.test('every golden message is within the limit of its topic', async (t) => {
  for (const { topic, cases } of golden) for (const { payload } of cases) t.ok((payload ?? '').length / 2 <= TOPICS[topic].limit, topic)
})

t.test('an order for one topic is not an order for another one', async (t) => {
  const [, bench] = sides[0]
  const orders = golden.filter((one) => TOPICS[one.topic].kind === 'order')
  t.equal(orders.length, 6)
  for (const one of orders) {
    for (const other of orders) {
      const read = decodeGolden(bench, other.topic, fromHex(one.cases[0]?.payload ?? ''))
      t.equal(read !== null, one === other, `${one.topic} read as ${other.topic}`)
    }
  }
})

t.test('an order or a time answer for another cluster, or by another root, is refused', async (t) => {
  const own = goldenBench(serverCrypto(), keys)
  const stranger = goldenBench(serverCrypto(), { ...keys, rootSecret: '33'.repeat(32) })
  const elsewhere = goldenBench(serverCrypto(), { ...keys, cluster: 'zzzzzzzzzz' })
  for (const { topic, cases } of golden.filter((one) => ['order', 'time'].includes(TOPICS[one.topic].kind))) {
    const payload = fromHex(cases[0]?.payload ?? '')
    t.not(decodeGolden(own, topic, payload), null, `${topic} here`)
    t.equal(decodeGolden(stranger, topic, payload), null, `${topic} under another root`)
    t.equal(decodeGolden(elsewhere, topic, payload), null, `${topic} elsewhere`)
  }
})

t.test('a signing key that was certified for streams only signs neither orders nor time', async (t) => {
  const streams = goldenBench(serverCrypto(), { ...keys, uses: 4 })
  for (const { topic, cases } of golden.filter((one) => ['order', 'time'].includes(TOPICS[one.topic].kind))) {
    t.equal(decodeGolden(streams, topic, encodeGolden(streams, topic, cases[0]?.message)), null, topic)
  }
})

t.test('an order past its expiry, or signed after its key ran out, is refused', async (t) => {
  const plan = golden.find((one) => one.topic === 'plan')?.cases[0]
  const { exp } = plan?.message as { exp: number }
  const payload = fromHex(plan?.payload ?? '')
  const at = (instant: number): unknown => decodeGolden(goldenBench(serverCrypto(), { ...keys, at: instant }), 'plan', payload)
  t.not(at(exp - 1), null)
  t.equal(at(exp), null)
  t.equal(at(keys.notAfterMs), null)
})

t.test('a topic is read back as its row and cluster, and nothing else is a topic', async (t) => {
  for (const name of TOPIC_NAMES) t.same(parseTopic(topicOf(name, keys.cluster)), { name, cluster: keys.cluster })
  for (const stray of ['', 'tl/1/c/', `tl/2/c/${keys.cluster}/plan`, `tl/1/c/${keys.cluster}/plan/x`, `tl/1/c/${keys.cluster}/timeAsk`, 'tl/1/c/+/plan', `tl/1/c/${keys.cluster}/#`, 'tl/1/c/UPPERCASE0/plan', '$SYS/broker'])
    t.equal(parseTopic(stray), null, stray)
})
