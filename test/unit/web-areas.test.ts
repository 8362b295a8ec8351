import t from 'tap'
import { areaMeant, flatAreas, onlyCommune, ownPlace, reachOf, toggled, type AreaNode, type FlatArea } from '../../server/web/app/src/lib/areas.ts'
import { hasWords, plain } from '../../server/web/app/src/lib/plain.ts'
import { vi } from '../../server/web/app/src/words/vi.ts'
import { countDown, dayHourText, isNight, leftParts } from '../../server/web/app/src/lib/times.ts'

const node = (code: string, kind: string, children: readonly AreaNode[] = [], inForce = true): AreaNode => ({ code, name: code, kind, inForce, children })
const TREE = [node('68', 'province', [node('1', 'commune', [node('1-a', 'hamlet'), node('1-b', 'hamlet')]), node('2', 'commune'), node('3', 'commune', [], false)])]
const CLUSTERS = [
  { id: 'x', area: { code: '1-a' } },
  { id: 'y', area: { code: '1' } },
  { id: 'z', area: { code: '2' } },
  { id: 'none', area: null },
]
const areas = flatAreas(TREE)

t.test('the only commune is the one that is meant, also within a province and with hamlets in it; several are not', async (t) => {
  t.equal(onlyCommune(areas), null)
  t.equal(onlyCommune(flatAreas([node('68', 'province', [node('1', 'commune', [node('1-a', 'hamlet')]), node('3', 'commune', [], false)])])), '1', 'one out of force does not count')
  t.equal(onlyCommune(flatAreas([node('68', 'province')])), null)
  t.equal(onlyCommune([]), null)
})

t.test('areas out of force are not offered', async (t) => {
  t.same(areas.map(({ area, depth, commune }) => [area.code, depth, commune]), [['68', 0, null], ['1', 1, '1'], ['1-a', 2, '1'], ['1-b', 2, '1'], ['2', 1, '2']])
})

t.test('the reach counts what lies in the areas, once, and the communes it lies in', async (t) => {
  t.same(reachOf(new Set(['1']), CLUSTERS, areas), { clusters: 2, communes: 1 })
  t.same(reachOf(new Set(['1', '1-a']), CLUSTERS, areas), { clusters: 2, communes: 1 })
  t.same(reachOf(new Set(['1-b']), CLUSTERS, areas), { clusters: 0, communes: 0 })
  t.same(reachOf(new Set(['68']), CLUSTERS, areas), { clusters: 3, communes: 2 })
  t.same(reachOf('all', CLUSTERS, areas), { clusters: 4, communes: 2 })
  t.same(reachOf(new Set(), CLUSTERS, areas), { clusters: 0, communes: 0 })
})

t.test('whoever may choose one place begins there, but nobody begins with a province', async (t) => {
  t.same(ownPlace(['1'], areas), ['1'])
  t.same(ownPlace(['1-b'], areas), ['1-b'])
  t.same(ownPlace(['68'], areas), [], 'it holds several communes')
  t.same(ownPlace(['1', '2'], areas), [])
  t.same(ownPlace('all', areas), [])
  t.same(ownPlace([], areas), [])
  t.same(ownPlace(['3'], areas), [], 'it is out of force')
})

t.test('a search without marks finds what has them', async (t) => {
  t.equal(plain('  Cụm 2 · Chợ   Đức Trọng'), 'cum 2 · cho duc trong')
  t.ok(hasWords(plain('Cụm 2 · Chợ Đức Trọng'), plain('CUM cho')))
  t.notOk(hasWords(plain('Cụm 2 · Chợ'), plain('cum 3')))
})

t.test('hours are those of Viet Nam', async (t) => {
  const at = Date.UTC(2026, 10, 22, 22, 30)
  t.equal(dayHourText(at), '23/11 05:30')
  t.notOk(isNight(at))
  t.ok(isNight(Date.UTC(2026, 10, 22, 19, 10)))
  t.equal(countDown(3_909_000), '1:05:09')
  t.equal(countDown(-5), '0:00')
  t.same(leftParts(3_909_999), [1, 5, 9])
  t.same([0, 59_000, 3_909_000].map((ms) => vi.startsIn(...leftParts(ms))), ['Còn 0 giây', 'Còn 59 giây', 'Còn 1 giờ 5 phút'], 'in words: an hour with colons reads as one of the clock')
})

t.test('a chosen area takes in what lies in it, and goes as one', async (t) => {
  const [province, commune, hamlet] = areas as [FlatArea, FlatArea, FlatArea]
  t.same(toggled(['1-a', '2'], commune, areas), ['2', '1'])
  t.same(toggled(['1', '2'], commune, areas), ['2'])
  t.same(toggled(['1', '2'], province, areas), ['68'])
  t.same(toggled([], hamlet, areas), ['1-a'])
})

t.test('whoever points at a cluster means its commune, or as much of it as they may choose', async (t) => {
  const byCode = new Map(areas.map((one) => [one.area.code, one]))
  const meant = (n: number, allowed: 'all' | ReadonlySet<string>): string | null => areaMeant(CLUSTERS[n] ?? { id: '', area: null }, byCode, allowed)?.area.code ?? null
  t.equal(meant(0, 'all'), '1')
  t.equal(meant(0, new Set(['68'])), '1')
  t.equal(meant(0, new Set(['1-a'])), '1-a')
  t.equal(meant(0, new Set(['1-b'])), null)
  t.equal(meant(1, new Set(['1-a'])), null, 'the commune is not theirs')
  t.equal(meant(3, 'all'), null, 'it stands nowhere')
})
