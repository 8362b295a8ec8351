import type { Deflate } from '../../shared/core/crypto.ts'
import { COUNTS, FIGURES, type RingBucket, type RingCount, type RingFigure, type Spread } from './ring-bucket.ts'
import { createBytes, createVarintReader, writeVarint, zigzag, type ByteSink, type VarintReader } from './varint.ts'

/**
 * Buckets of one cluster as one value: the hours of a day in some 300 bytes, the days of a month in some 700.
 *
 *   u8       layout = 1
 *   deflated: count varint, places (differences), number of counts, each count of all buckets (differences, zigzag),
 *   number of figures, and for each figure of all buckets: n, then of those with n > 0 least, greatest − least, and
 *   mean − least
 */
const LAYOUT = 1
const MAX_INFLATED = 1_048_576

const ofAll = (out: ByteSink, values: readonly number[]): void => {
  let before = 0
  for (const value of values) {
    writeVarint(out, zigzag(value - before))
    before = value
  }
}

/** In order of their places, with means in whole units: others are rounded. */
export function packBuckets(buckets: readonly RingBucket[], deflate: Pick<Deflate, 'deflate'>): Uint8Array {
  const out = createBytes()
  writeVarint(out, buckets.length)
  ofAll(out, buckets.map(({ at }) => at))
  writeVarint(out, COUNTS.length)
  for (const count of COUNTS) ofAll(out, buckets.map(({ counts }) => counts[count]))
  writeVarint(out, FIGURES.length)
  for (const figure of FIGURES) {
    ofAll(out, buckets.map(({ figures }) => figures[figure]?.n ?? 0))
    const spreads = buckets.flatMap(({ figures }) => figures[figure] ?? [])
    ofAll(out, spreads.map(({ min }) => min))
    ofAll(out, spreads.map(({ min, max }) => max - min))
    ofAll(out, spreads.map(({ n, sum, min }) => Math.round(sum / n) - min))
  }
  const packed = deflate.deflate(out.copy())
  const bytes = new Uint8Array(packed.length + 1)
  bytes[0] = LAYOUT
  bytes.set(packed, 1)
  return bytes
}

function column(reader: VarintReader, length: number): number[] {
  let value = 0
  return Array.from({ length }, () => (value += reader.signed()))
}

/** Inverse of `packBuckets`; null for bytes of another layout. Counts and figures that were not known then are 0 and absent. */
export function unpackBuckets(bytes: Uint8Array, deflate: Pick<Deflate, 'inflate'>): RingBucket[] | null {
  const plain = bytes[0] === LAYOUT ? deflate.inflate(bytes.subarray(1), MAX_INFLATED) : null
  if (plain === null) return null
  const reader = createVarintReader(plain, 0)
  const length = Math.min(reader.next(), plain.length)
  const places = column(reader, length)
  const counts = Array.from({ length: Math.min(reader.next(), COUNTS.length) }, () => column(reader, length))
  const spreads = Array.from({ length: Math.min(reader.next(), FIGURES.length) }, () => spreadsOf(reader, length))
  return places.map((at, n) => ({
    at,
    counts: Object.fromEntries(COUNTS.map((count, of) => [count, counts[of]?.[n] ?? 0])) as Record<RingCount, number>,
    figures: Object.fromEntries(FIGURES.flatMap((figure, of): [RingFigure, Spread][] => {
      const spread = spreads[of]?.[n]
      return spread ? [[figure, spread]] : []
    })),
  }))
}

function spreadsOf(reader: VarintReader, length: number): (Spread | null)[] {
  const ns = column(reader, length)
  const some = ns.filter((n) => n > 0).length
  const [mins, widths, rests] = [column(reader, some), column(reader, some), column(reader, some)]
  let next = 0
  return ns.map((n) => {
    if (n === 0) return null
    const [min = 0, width = 0, rest = 0] = [mins[next], widths[next], rests[next]]
    next++
    return { n, min, max: min + width, sum: n * (rest + min) }
  })
}
