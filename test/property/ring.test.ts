import Sqlite from 'better-sqlite3'
import fc from 'fast-check'
import t from 'tap'
import { nodeDeflate } from '../../server/adapters/deflate.ts'
import { migrate } from '../../server/adapters/sqlite/migrate.ts'
import { TELEMETRY_MIGRATIONS } from '../../server/adapters/sqlite/open.ts'
import { packHour, unpackHour } from '../../server/core/beat-columns.ts'
import type { BeatSample } from '../../server/core/beat-packing.ts'
import { foldBuckets, type RingBucket } from '../../server/core/ring-bucket.ts'
import { hourOf } from '../../server/core/ring-hour.ts'
import { packBuckets, unpackBuckets } from '../../server/core/ring-packing.ts'
import { dayOfHour, HOUR_MS, startOfHour } from '../../server/core/ring-places.ts'
import { packVitals, unpackVitals, type VitalSample } from '../../server/core/vital-packing.ts'
import { createHealthStores, type HealthStores } from '../../server/features/health/store.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Beat } from '../../shared/protocol/messages/beat.ts'

const seed = Math.floor(Math.random() * 1e9)
const deflate = nodeDeflate()
/** −0 and 0 are the same figure; the order of fields is nobody's concern. */
const plain = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === 'object' && one !== null && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one))

const figure = (min: number, max: number) => fc.option(fc.integer({ min: min * 10, max: max * 10 }).map((n) => n / 10), { nil: null })
const radio = fc.tuple(figure(-160, -20), figure(-45, 10), figure(-40, 60), figure(-140, 0))
const sample: fc.Arbitrary<BeatSample> = fc.record(
  {
    second: fc.integer({ min: 0, max: 3_599 }), seq: fc.integer({ min: 1, max: 2 ** 40 }), playing: fc.boolean(), held: fc.integer({ min: 0, max: 1_000 }),
    radio, rttMs: fc.integer({ min: 0, max: 600_000 }), clockErrMs: fc.integer({ min: 0, max: 1_000_000_000 }),
    bufferMs: fc.integer({ min: 0, max: 60_000 }), level: fc.integer({ min: -1_200, max: 0 }),
  },
  { requiredKeys: ['second', 'seq', 'playing', 'held'] },
)
const vital: fc.Arbitrary<VitalSample> = fc.record(
  {
    second: fc.integer({ min: 0, max: 3_599 }), dataBytes: fc.integer({ min: 0, max: 2 ** 40 }), connects: fc.integer({ min: 0, max: 99 }), lateBeats: fc.integer({ min: 0, max: 99 }),
    volume: fc.integer({ min: 0, max: 100 }), battery: fc.boolean(), muted: fc.boolean(), temp: fc.integer({ min: -600, max: 2_000 }), diskFreeMb: fc.integer({ min: 0, max: 1_000_000 }),
  },
  { requiredKeys: ['second', 'dataBytes', 'connects', 'lateBeats', 'volume', 'battery', 'muted'] },
)
const shuffled = <T>(list: readonly T[], by: readonly number[]): T[] => list.map((value, n) => ({ value, key: by[n % by.length] ?? 0 })).sort((a, b) => a.key - b.key).map(({ value }) => value)
/** One beat a second at most: which of two at once came first nobody knows. */
const beatsOfHour = fc.uniqueArray(sample, { selector: (s) => s.second, maxLength: 120 })
const chance = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 120, maxLength: 120 })

t.test('hours that are over and what health documents leave come out as they went in', (t) => {
  t.comment(`seed ${seed}`)
  fc.assert(fc.property(fc.array(sample, { maxLength: 90 }), fc.array(vital, { maxLength: 20 }), (beats, vitals) =>
    plain(unpackHour(packHour(beats, deflate), deflate)) === plain(beats) && plain(unpackVitals(packVitals(vitals))) === plain(vitals)), { seed, numRuns: 60 })
  t.equal(unpackHour(Uint8Array.of(2, 1, 2, 3), deflate), null)
  t.equal(unpackBuckets(Uint8Array.of(9), deflate), null)
  t.end()
})

t.test('an hour is the same in whatever order its samples came', (t) => {
  t.comment(`seed ${seed}`)
  fc.assert(fc.property(beatsOfHour, fc.array(vital, { maxLength: 10 }), chance, (beats, vitals, by) =>
    plain(hourOf(beats, vitals)) === plain(hourOf(shuffled(beats, by), shuffled(vitals, by)))), { seed })
  t.end()
})

t.test('hours give a day, and days a month, in any order and any grouping; what is packed says the same', (t) => {
  t.comment(`seed ${seed}`)
  fc.assert(fc.property(fc.array(beatsOfHour, { minLength: 1, maxLength: 12 }), chance, fc.nat(11), (hours, by, cut) => {
    const buckets: RingBucket[] = hours.map((beats, n) => ({ at: n, ...hourOf(beats, []) }))
    const whole = plain(foldBuckets(buckets))
    if (plain(foldBuckets(shuffled(buckets, by))) !== whole) return false
    if (plain(foldBuckets([foldBuckets(buckets.slice(0, cut)), foldBuckets(buckets.slice(cut))])) !== whole) return false
    return plain(unpackBuckets(packBuckets(buckets, deflate), deflate)) === plain(buckets)
  }), { seed, numRuns: 60 })
  t.end()
})

t.test('seconds online are those between beats, and no more than the hour has', (t) => {
  const every = (s: number, from = 0, to = 3_600): BeatSample[] => Array.from({ length: Math.floor((to - from) / s) }, (_, n) => ({ second: from + n * s, seq: n + 1, playing: n % 2 === 0, held: 1_000, radio: [-120, -8, 20, -90] }))
  t.match(hourOf(every(40), []).counts, { beats: 90, onlineS: 3_600, poorS: 3_600, weakS: 3_600 })
  t.ok(Math.abs(hourOf(every(40, 0, 1_800), []).counts.onlineS - 1_800) <= 40)
  t.equal(hourOf([], []).counts.onlineS, 0)
  t.match(hourOf(every(40, 0, 600), [], 600).counts, { onlineS: 600 }, 'an hour under way')
  t.comment(`seed ${seed}`)
  fc.assert(fc.property(beatsOfHour, (beats) => {
    const { onlineS, playingS, goodS, fairS, poorS } = hourOf(beats, []).counts
    return onlineS <= 3_600 && playingS <= onlineS && goodS + fairS + poorS <= onlineS
  }), { seed })
  t.end()
})

const DAY = dayOfHour(496_000)
const beatOf = (n: number): Beat => ({ s: n + 1, t: 1, c: 1_000 - (n % 5), l: 60 + (n % 30), r: [-95 - (n % 20), -9, 12 - (n % 9), -70], ...(n % 3 === 0 ? { p: 'x.1', v: -200 } : {}) })

function stores(): HealthStores & { reopen(): HealthStores } {
  const db = new Sqlite(':memory:')
  const migrated = migrate(db, TELEMETRY_MIGRATIONS)
  if (!migrated.ok) throw new Error(migrated.why)
  return { ...createHealthStores(db, deflate), reopen: () => createHealthStores(db, deflate) }
}

t.test('the rings say the same however often and whenever they are rolled up, also after a restart and with samples that come late', (t) => {
  t.comment(`seed ${seed}`)
  const first = (DAY + 1) * 24 - 7
  const now = wallMs(startOfHour(first + 30))
  fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 26 * 90 - 1 }), { minLength: 1, maxLength: 150 }), chance, fc.array(fc.nat(3), { minLength: 20, maxLength: 20 }), (numbers, by, acts) => {
    const at = (n: number) => wallMs(startOfHour(first) + n * 40_000)
    const plainly = stores()
    for (const n of [...numbers].sort((a, b) => a - b)) plainly.telemetry.noteBeat('c', beatOf(n), at(n))
    plainly.rings.rollUp(now, 1_000)
    const wildly = stores()
    let use: HealthStores = wildly
    shuffled(numbers, by).forEach((n, i) => {
      use.telemetry.noteBeat('c', beatOf(n), at(n))
      const act = acts[i % acts.length]
      if (act === 1) use.rings.rollUp(now, 2)
      if (act === 2) {
        use.rings.flush()
        use = wildly.reopen()
      }
    })
    while (use.rings.rollUp(now, 3) > 0);
    const [hours, days] = [[first, first + 30], [DAY, DAY + 4]] as const
    const all = (of: HealthStores): string => plain([of.rings.buckets('c', 'hour', ...hours), of.rings.buckets('c', 'day', ...days)])
    const beats = plainly.rings.buckets('c', 'day', ...days).reduce((sum, { counts }) => sum + counts.beats, 0)
    return all(use) === all(plainly) && beats === numbers.length
  }), { seed, numRuns: 40 })
  t.end()
})

t.test('a day that is put at once is the day that came beat by beat', (t) => {
  const [slowly, atOnce] = [stores(), stores()]
  const first = DAY * 24 - 7
  const hours = Array.from({ length: 24 }, (_, h) => ({ hour: first + h, vitals: [], beats: Array.from({ length: 90 }, (_, n): BeatSample => ({ second: n * 40, seq: h * 90 + n + 1, playing: false, held: 1_000, radio: [-100 - (n % 3), -9, 12, -70], rttMs: 60 + n })) }))
  for (const { hour, beats } of hours) for (const b of beats) slowly.telemetry.noteBeat('c', { s: b.seq, t: 1, c: b.held, r: b.radio ?? [null, null, null, null], l: b.rttMs ?? 0 }, wallMs(hour * HOUR_MS + b.second * 1_000))
  while (slowly.rings.rollUp(wallMs((first + 24) * HOUR_MS), 5) > 0);
  atOnce.rings.together(() => atOnce.rings.putDay('c', DAY, hours, true))
  t.same(atOnce.rings.buckets('c', 'hour', first, first + 24), slowly.rings.buckets('c', 'hour', first, first + 24))
  t.equal(atOnce.rings.buckets('c', 'hour', first, first + 24).length, 24)
  t.same(atOnce.rings.buckets('c', 'day', DAY, DAY + 1), slowly.rings.buckets('c', 'day', DAY, DAY + 1))
  t.same(atOnce.telemetry.beats('c', startOfHour(first), startOfHour(first + 1)), slowly.telemetry.beats('c', startOfHour(first), startOfHour(first + 1)))
  t.end()
})
