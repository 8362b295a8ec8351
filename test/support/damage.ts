import type { Random } from '../../shared/core/clock.ts'

/** mulberry32: small, and the same everywhere. */
export function seeded(seed: number): Random {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let x = Math.imul(a ^ (a >>> 15), a | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const below = (random: Random, n: number): number => Math.floor(random() * n)

const WORDS = ['null', '[]', '{}', '-1', '1e999', '"\\u0000"', '{"__proto__":{}}', '[[[[[[[[', '9007199254740993', 'true', 'a.b.c', '..']

/** One damage as links, brokers and strangers do it: a turned bit, a cut end, foreign bytes, foreign text, other numbers. */
export function damaged(random: Random, good: Uint8Array): Uint8Array {
  const out = good.slice()
  switch (below(random, 6)) {
    case 0: {
      const at = below(random, out.length)
      out[at] = (out[at] ?? 0) ^ (1 << below(random, 8))
      return out
    }
    case 1:
      return out.subarray(0, below(random, out.length))
    case 2:
      return Uint8Array.from({ length: below(random, 300) }, () => below(random, 256))
    case 3:
      return new TextEncoder().encode(WORDS[below(random, WORDS.length)])
    case 4: {
      const text = new TextDecoder('latin1').decode(out)
      return new TextEncoder().encode(text.replace(/\d+/g, (digits) => (random() < 0.3 ? `-${digits}.5` : digits)))
    }
    default:
      return Uint8Array.from([...out, ...out.subarray(below(random, out.length))])
  }
}
