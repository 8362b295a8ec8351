import { fileURLToPath } from 'node:url'
import t from 'tap'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { TOPICS, type TopicName } from '../../shared/protocol/topics.ts'
import { decodeGolden, fromHex, goldenBench, readGolden, readKeys, type GoldenBench } from '../../scripts/gen/golden.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SEED = Number(process.env['TL_SEED'] ?? 4711)
const ROUNDS = 400

/** mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let x = Math.imul(a ^ (a >>> 15), a | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Random = () => number
const below = (random: Random, n: number): number => Math.floor(random() * n)

/** One damage as links, brokers and strangers do it: turned bits, cut ends, repeats, foreign text, another size. */
function damage(random: Random, good: Uint8Array): Uint8Array {
  const out = good.slice()
  switch (below(random, 7)) {
    case 0: {
      const i = below(random, out.length)
      out[i] = (out[i] ?? 0) ^ (1 << below(random, 8))
      return out
    }
    case 1:
      return out.subarray(0, below(random, out.length))
    case 2:
      return Uint8Array.from([...out, ...out.subarray(below(random, out.length))])
    case 3:
      return Uint8Array.from({ length: below(random, 300) }, () => below(random, 256))
    case 4: {
      const words = ['null', '[]', '{}', '-1', '1e999', '"\\u0000"', '{"__proto__":{}}', '[[[[[[[[', '9007199254740993', 'true']
      return new TextEncoder().encode(words[below(random, words.length)])
    }
    case 5: {
      const text = new TextDecoder('latin1').decode(out)
      return new TextEncoder().encode(text.replace(/\d+/g, (digits) => (random() < 0.3 ? `-${digits}.5` : digits)))
    }
    default: {
      const from = below(random, out.length)
      return Uint8Array.from([...out.subarray(0, from), ...out.subarray(from + 1 + below(random, 8))])
    }
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/** Signed ones must be refused whatever was damaged; the others may still be a message, but never throw. */
function readDamaged(bench: GoldenBench, topic: TopicName, payload: Uint8Array): 'refused' | 'read' | 'forged' {
  const read = decodeGolden(bench, topic, payload)
  if (read === null || read === undefined) return 'refused'
  return ['order', 'time'].includes(TOPICS[topic].kind) ? 'forged' : 'read'
}

t.test(`damaged messages on every topic are refused or read, never thrown, and no damaged order is taken (TL_SEED=${SEED})`, async (t) => {
  const random = seeded(SEED)
  const bench = goldenBench(nodeCrypto(), readKeys(ROOT))
  const counts = { refused: 0, read: 0, forged: 0 }
  for (const { topic, cases } of readGolden(ROOT)) {
    for (const { payload } of cases) {
      const good = fromHex(payload ?? '')
      for (let round = 0; round < ROUNDS; round++) {
        const bad = damage(random, good)
        if (same(bad, good)) continue
        const outcome = readDamaged(bench, topic, bad)
        counts[outcome] += 1
        if (outcome === 'forged') t.fail(`${topic} round ${round}: taken although damaged: ${Buffer.from(bad).toString('hex')}`)
      }
    }
  }
  t.equal(counts.forged, 0)
  t.ok(counts.refused > counts.read, `most are refused: ${JSON.stringify(counts)}`)
  t.ok(counts.read > 0, 'some damage leaves a valid message, so the decoder was reached')
})

t.test(`messages of one topic sent on another are refused or read, never thrown`, async (t) => {
  const bench = goldenBench(nodeCrypto(), readKeys(ROOT))
  const golden = readGolden(ROOT)
  for (const from of golden) {
    for (const to of golden.filter((one) => one.topic !== from.topic)) {
      t.doesNotThrow(() => from.cases.forEach(({ payload }) => decodeGolden(bench, to.topic, fromHex(payload ?? ''))))
    }
  }
})

t.test('a payload of any length around a binary layout is refused or read, never thrown', async (t) => {
  const bench = goldenBench(nodeCrypto(), readKeys(ROOT))
  for (const topic of ['block', 'time', 'timeAsk'] as const) {
    for (let length = 0; length <= 300; length++) {
      t.doesNotThrow(() => decodeGolden(bench, topic, new Uint8Array(length).fill(1)))
    }
  }
})
