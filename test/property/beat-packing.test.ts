import fc from 'fast-check'
import t from 'tap'
import { packBeats, unpackBeats, type BeatSample } from '../../server/core/beat-packing.ts'

const tenth = (min: number, max: number) => fc.option(fc.integer({ min: min * 10, max: max * 10 }).map((n) => n / 10), { nil: null })
const sample: fc.Arbitrary<BeatSample> = fc.record(
  {
    second: fc.integer({ min: 0, max: 3_599 }),
    seq: fc.integer({ min: 1, max: 2 ** 50 }),
    playing: fc.boolean(),
    held: fc.integer({ min: 0, max: 1_000 }),
    radio: fc.tuple(tenth(-160, -20), tenth(-45, 10), tenth(-40, 60), tenth(-140, 0)),
    rttMs: fc.integer({ min: 0, max: 600_000 }),
    clockErrMs: fc.integer({ min: 0, max: 1_000_000_000 }),
    bufferMs: fc.integer({ min: 0, max: 60_000 }),
    level: fc.integer({ min: -1_200, max: 0 }),
  },
  { requiredKeys: ['second', 'seq', 'playing', 'held'] },
)
const seed = Math.floor(Math.random() * 1e9)

t.test('what is packed comes out the same', (t) => {
  t.comment(`seed ${seed}`)
  fc.assert(fc.property(fc.array(sample, { maxLength: 90 }), (samples) => {
    // −0 and 0 are the same figure
    const plain = (list: unknown): string => JSON.stringify(list)
    return plain(unpackBeats(packBeats(samples))) === plain(samples.map((s) => sorted(s)))
  }), { seed })
  t.end()
})

/** The order in which fields are read back. */
function sorted(s: BeatSample): BeatSample {
  const { second, seq, playing, held, rttMs, clockErrMs, bufferMs, level, radio } = s
  return {
    second, seq, playing, held,
    ...(rttMs === undefined ? {} : { rttMs }), ...(clockErrMs === undefined ? {} : { clockErrMs }), ...(bufferMs === undefined ? {} : { bufferMs }),
    ...(level === undefined ? {} : { level }), ...(radio === undefined ? {} : { radio }),
  }
}

t.test('any bytes are read to an end', (t) => {
  t.comment(`seed ${seed}`)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    const read = unpackBeats(bytes)
    return read === null ? bytes[0] !== 1 : read.length <= bytes.length
  }), { seed })
  t.equal(unpackBeats(new Uint8Array(0)), null)
  t.end()
})

t.test('an hour of a steady cluster takes less than 1,300 bytes', (t) => {
  const hour = Array.from({ length: 90 }, (_, n): BeatSample => ({
    second: n * 40, seq: 4_000 + n, playing: n > 60, held: 1_000, rttMs: 80 + ((n * 37) % 50), clockErrMs: 4 + (n % 3),
    radio: [-95 - (n % 7), -9 - (n % 2), 14 - (n % 5), -68 - (n % 4)], ...(n > 60 ? { bufferMs: 900 + (n % 90), level: -200 - (n % 30) } : {}),
  }))
  const { length } = packBeats(hour)
  t.comment(`${length} bytes`)
  t.ok(length < 1_300)
  t.end()
})
