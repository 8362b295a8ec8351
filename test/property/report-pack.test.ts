import fc from 'fast-check'
import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { SHORT_REASONS } from '../../shared/protocol/messages/evidence.ts'
import { byteReader, byteWriter } from '../../server/core/report-bytes.ts'
import { mergeDays } from '../../server/core/report-merge.ts'
import { joinDay, readLayout, splitDay, type ClusterDay } from '../../server/core/report-pack.ts'
import type { PlannedSlot, StoredEvidence } from '../../server/core/stores.ts'

const CLUSTER = '0123456789'
const NOW = 1_795_384_800_000
const seed = Math.floor(Math.random() * 1e9)

const nature = fc.record({ class: fc.constantFrom('normal' as const, 'priority' as const), language: fc.constantFrom('vi', 'hmn'), owner: fc.option(fc.constant('24958')), origin: fc.constant('own') })
const slot = fc.record({
  session: fc.constantFrom('sang', 'chieu'), n: fc.nat(30), at: fc.nat(3_600_000), ms: fc.integer({ min: 1, max: 900_000 }), item: fc.string(), media: fc.option(fc.string()), stream: fc.option(fc.constant('vov1')),
  planRev: fc.nat(), nature: fc.option(nature), sent: fc.option(fc.boolean()),
}).map(({ n, at, ms, nature, sent, session, ...rest }): PlannedSlot => {
  const occurrence = wallMs(NOW + (session === 'sang' ? 0 : 40_000_000))
  return {
    ...rest, session, slot: `${session}.${n}`, cluster: CLUSTER, occurrence, due: wallMs(occurrence + at), end: wallMs(occurrence + at + ms),
    ...(nature ? { nature } : {}), ...(sent === null ? {} : { sent }),
  }
})
const figure = fc.option(fc.oneof(fc.integer({ min: -160, max: -20 }), fc.double({ min: -160, max: -20, noNaN: true })))
const row = fc.record({
  log: fc.constantFrom('AAAAAAAAAAA', 'BBBBBBBBBBB'), n: fc.integer({ min: 1, max: 1e6 }), slot: fc.constantFrom('sang.1', 'chieu.2', 'a.xyz1', 'l.1', 'lạ'), due: fc.nat(1e8), len: fc.nat(9e5), began: fc.option(fc.integer({ min: -1e4, max: 9e5 })),
  ms: fc.nat(2e6), level: fc.option(fc.double({ min: -120, max: 0, noNaN: true })), underruns: fc.nat(9), clock: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })), radio: fc.option(fc.tuple(figure, figure, figure, figure)),
  why: fc.option(fc.constantFrom(...SHORT_REASONS)), via: fc.option(fc.constantFrom('stream' as const, 'substitute' as const, 'line' as const)), lost: fc.option(fc.nat(1e6)),
  heard: fc.option(fc.record({ by: fc.constantFrom('sound' as const, 'current' as const), verdict: fc.constantFrom('heard' as const, 'not-heard' as const), share: fc.nat(100), lag: fc.nat(200) })), receivedAt: fc.integer({ min: -1e9, max: 1e9 }),
}).map(({ due, len, receivedAt, began, ...rest }): StoredEvidence => ({
  cluster: CLUSTER, due: NOW + due, end: NOW + due + len, receivedAt: wallMs(NOW + receivedAt), ...(began === null ? {} : { began: NOW + due + began }),
  ...(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)) as unknown as Omit<StoredEvidence, 'cluster' | 'due' | 'end' | 'receivedAt' | 'began'>),
}))
const bySlot = (a: PlannedSlot, b: PlannedSlot): number => a.occurrence - b.occurrence || a.due - b.due || (a.slot < b.slot ? -1 : 1)

t.test('whatever a cluster planned and said comes back from its packed day as it was', async (t) => {
  t.comment(`seed ${seed}`)
  const day = fc.record({ planned: fc.uniqueArray(slot, { selector: (s) => s.slot, maxLength: 25 }), rows: fc.uniqueArray(row, { selector: (r) => `${r.log} ${r.n}`, maxLength: 25 }) })
  let runs = 0
  fc.assert(
    fc.property(day, ({ planned, rows }) => {
      runs++
      // a row mostly repeats the span of its slot
      const rowsOf = rows.map((r, i) => {
        const known = planned[i]
        return known && i % 2 === 0 ? { ...r, slot: known.slot, due: known.due, end: known.end } : r
      })
      const rungs = planned.slice(0, 2).map((p) => ({ cluster: CLUSTER, slot: p.slot, rung: 'heard' as const, at: wallMs(NOW), actor: 'cluster:1', note: null }))
      const split = splitDay({ cluster: CLUSTER, planned, rows: rowsOf, rungs })
      const back = joinDay(CLUSTER, split.pack(split.layouts.map((_, n) => n)), (n) => readLayout(split.layouts[n] ?? ''))
      t.same([...back.planned].sort(bySlot), [...planned].sort(bySlot))
      t.same(back.rows, rowsOf)
      t.same(back.rungs, rungs)
    }),
    { seed, numRuns: 60 },
  )
  t.equal(runs >= 60, true)
})

t.test('numbers of any size come back exactly', async (t) => {
  t.comment(`seed ${seed}`)
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat()), fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })), fc.array(fc.integer({ min: -(2 ** 51), max: 2 ** 51 })), (counts, figures, signed) => {
      const out = byteWriter()
      counts.forEach(out.count)
      figures.forEach(out.exact)
      signed.forEach(out.signed)
      const from = byteReader(out.bytes())
      t.same(counts.map(() => from.count()), counts)
      t.ok(figures.every((value) => Object.is(from.exact(), value)))
      t.same(signed.map(() => from.signed()), signed)
      t.ok(from.atEnd())
    }),
    { seed, numRuns: 200 },
  )
  t.throws(() => byteReader(new Uint8Array([200])).count(), /end too early/)
})

t.test('a day that was packed and rows that came late are one day, each row once', async (t) => {
  const planned: PlannedSlot = { slot: 's.1', cluster: CLUSTER, session: 's', occurrence: wallMs(NOW), due: wallMs(NOW), end: wallMs(NOW + 1000), item: '', media: null, stream: null, planRev: 1 }
  const first: StoredEvidence = { cluster: CLUSTER, log: 'A', n: 1, slot: 's.1', due: NOW, end: NOW + 1000, ms: 500, underruns: 0, receivedAt: wallMs(NOW) }
  const packed: ClusterDay = { cluster: CLUSTER, planned: [planned], rows: [first], rungs: [] }
  t.same(mergeDays(packed, { cluster: CLUSTER, planned: [], rows: [first, { ...first, n: 2 }], rungs: [] }).rows.map((r) => r.n), [1, 2])
  t.same(mergeDays(null, packed), packed)
})
