import t from 'tap'
import { linesOf, membershipsOfPlaces, spokeAt } from '../../server/core/cluster-line.ts'
import { joinBoxes, type BoxDay } from '../../server/core/report-merge.ts'
import { EMPTY_TALLY, underHeads, type ClusterFigures } from '../../server/core/report-tally.ts'
import type { PlannedSlot, StoredEvidence } from '../../server/core/stores.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'

const HOUR = 3_600_000
const AT = Date.UTC(2026, 11, 16)
const at = (hours: number) => wallMs(AT + hours * HOUR)
const NONE_OUT = new Map<string, WallMs>()
const took = (cluster: string, predecessor: string, hours: number) => ({ cluster, predecessor, at: at(hours) })

t.test('boxes that took each other’s place are one place, under the box of today, whichever is asked for', async (t) => {
  const lines = linesOf([took('c', 'b', 48), took('b', 'a', 0), took('y', 'x', 5)])
  for (const box of ['a', 'b', 'c']) {
    t.equal(lines.headOf(box), 'c')
    t.same(lines.tenures(box), [{ cluster: 'c', from: at(48), until: Infinity }, { cluster: 'b', from: at(0), until: at(48) }, { cluster: 'a', from: -Infinity, until: at(0) }])
  }
  t.equal(lines.headOf('x'), 'y')
  t.equal(lines.headOf('z'), 'z')
  t.same(lines.tenures('z'), [{ cluster: 'z', from: -Infinity, until: Infinity }])
})

t.test('at every instant exactly one box speaks for a place', async (t) => {
  const boxes = Array.from({ length: 6 }, (_, n) => `box${n}`)
  const lines = linesOf(boxes.slice(1).map((box, n) => took(box, boxes[n] ?? '', n * 7)))
  for (let hour = -20; hour < 60; hour++) t.same(boxes.filter((box) => spokeAt(lines, box, at(hour))), [`box${Math.max(0, Math.min(5, Math.floor(hour / 7) + 1))}`], `hour ${hour}`)
})

t.test('a place stood where its boxes stood, each for its own days, and one that goes on where the other stood changes nothing', async (t) => {
  const lines = linesOf([took('b', 'a', 0)])
  t.same(membershipsOfPlaces([{ cluster: 'a', area: 'x', from: '2026-01-01' }, { cluster: 'b', area: 'x', from: '2026-12-16' }, { cluster: 'o', area: 'x' }], lines, NONE_OUT), [{ cluster: 'b', area: 'x', from: '2026-01-01' }, { cluster: 'o', area: 'x' }])
  t.same(
    membershipsOfPlaces([{ cluster: 'a', area: 'x' }, { cluster: 'b', area: 'bench', from: '2026-12-01', to: '2026-12-16' }, { cluster: 'b', area: 'x', from: '2026-12-16', to: '2026-12-20' }, { cluster: 'b', area: 'y', from: '2026-12-20' }], lines, NONE_OUT),
    [{ cluster: 'b', area: 'x', to: '2026-12-20' }, { cluster: 'b', area: 'y', from: '2026-12-20' }],
    'the bench was not the place’s',
  )
  t.same(membershipsOfPlaces([{ cluster: 'a', area: 'x' }], linesOf([took('b', 'a', 0), took('c', 'b', 1)]), NONE_OUT), [{ cluster: 'c', area: 'x', to: '2026-12-16' }])
})

t.test('a box that was shut out is a place to the end of that day, unless another took the place', async (t) => {
  const out = new Map([['a', at(10)], ['o', at(10)], ['p', at(20)]])
  t.same(membershipsOfPlaces([{ cluster: 'a', area: 'x' }, { cluster: 'b', area: 'x' }, { cluster: 'o', area: 'x' }, { cluster: 'q', area: 'x' }], linesOf([took('b', 'a', 9)]), out), [
    { cluster: 'b', area: 'x' }, { cluster: 'o', area: 'x', to: '2026-12-17' }, { cluster: 'q', area: 'x' },
  ])
  t.same(membershipsOfPlaces([{ cluster: 'p', area: 'x', to: '2026-12-10' }], linesOf([]), out), [{ cluster: 'p', area: 'x', to: '2026-12-10' }], 'one that had been moved away before')
  // 20:00 UTC is 03:00 of the next day there
  t.same(membershipsOfPlaces([{ cluster: 'p', area: 'x' }], linesOf([]), out), [{ cluster: 'p', area: 'x', to: '2026-12-18' }])
})

const slot = (n: number, cluster: string, over: Partial<PlannedSlot> = {}): PlannedSlot => ({
  slot: `s.${n}`, cluster, session: 's', occurrence: at(-1), due: at(-1 + n / 2), end: at(-0.5 + n / 2), item: `Tin ${n}`, media: 'm', stream: null, planRev: 5, ...over,
})
const row = (n: number, cluster: string, began: number | null, ms = 60_000): StoredEvidence => ({
  cluster, log: cluster, n, slot: `s.${n}`, due: at(-1 + n / 2), end: at(-0.5 + n / 2), ...(began === null ? {} : { began: at(began) }), ms, underruns: 0, receivedAt: at(2),
})
const box = (n: 0 | 1, day: Partial<BoxDay['day']>, reportedRev = 5): BoxDay => {
  const cluster = n === 0 ? 'a' : 'b'
  return { tenure: n === 0 ? { cluster, from: -Infinity, until: at(0) } : { cluster, from: at(0), until: Infinity }, day: { cluster, planned: [], rows: [], rungs: [], ...day }, held: [], reportedRev }
}

t.test('a session during which the box was replaced stays one: planned once, sounded by each in its own time', async (t) => {
  const joined = joinBoxes('b', [
    box(0, { planned: [0, 1, 2, 3].map((n) => slot(n, 'a')), rows: [row(0, 'a', -1), row(1, 'a', -0.4), row(2, 'a', 0.1)], rungs: [{ cluster: 'a', slot: 's.0', rung: 'confirmed', at: at(1), actor: 'person:x', note: null }] }),
    box(1, { planned: [0, 2, 3].map((n) => slot(n, 'b', { planRev: 9 })), rows: [row(1, 'b', -0.2), row(2, 'b', 0.2), row(3, 'b', 0.6)] }, 0),
  ], at(2))
  t.same(joined.planned.map(({ slot: name, cluster, planRev, sent }) => [name, cluster, planRev, sent]), [0, 1, 2, 3].map((n) => [`s.${n}`, 'b', 5, true]), 'it was planned of the first, and it had the plan')
  t.same(joined.rows.map(({ cluster, log, slot: name }) => [cluster, log, name]), [['b', 'a', 's.0'], ['b', 'a', 's.1'], ['b', 'b', 's.2'], ['b', 'b', 's.3']])
  t.match(joined.rungs, [{ cluster: 'b', slot: 's.0' }])
})

t.test('what a new box was planned and sounded on the bench is not the place’s, nor is what an old one has after it was replaced', async (t) => {
  const bench = { occurrence: at(-9), due: at(-9), end: at(-8) }
  const later = { occurrence: at(9), due: at(9), end: at(10) }
  const joined = joinBoxes('b', [
    box(0, { planned: [slot(7, 'a', later)], rows: [row(7, 'a', 9)] }),
    box(1, { planned: [slot(8, 'b', bench), slot(9, 'b', later)], rows: [row(8, 'b', -9), { ...row(8, 'b', null, 0), due: at(-9) }] }),
  ], at(20))
  t.same(joined.planned.map((one) => one.slot), ['s.9'])
  t.same(joined.rows, [])
})

t.test('sums that were added up under the old box and under the new one are one cluster’s', async (t) => {
  const figures = (n: number): ClusterFigures => ({ days: n, daysReached: n, sessions: 2 * n, sessionsWhole: n, sessionsPart: 0, slots: 9 * n, slotsPlayed: 8 * n, plannedMs: 1_000 * n, playedMs: 900 * n })
  const tally = { ...EMPTY_TALLY, clusters: { a: figures(3), b: figures(4), o: figures(1) } }
  const lines = linesOf([took('b', 'a', 0)])
  t.same(underHeads(tally, lines.headOf).clusters, { b: figures(7), o: figures(1) })
  const nobody = { ...EMPTY_TALLY, clusters: { o: figures(1) } }
  t.equal(underHeads(nobody, lines.headOf), nobody, 'where nobody was replaced nothing is copied')
})
