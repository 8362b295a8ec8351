import t from 'tap'
import { distanceM, hornDelays, type Horn, SOUND_M_PER_S } from '../../shared/core/horn-delay.ts'

const LAT = 11.75
/** Metres east and north of a place in Lâm Đồng. */
const horn = (id: string, east: number, north: number, reachM = 300): Horn => ({ id, lat: LAT + north / 111_194.9, lon: 108.35 + east / (111_194.9 * Math.cos((LAT * Math.PI) / 180)), reachM })
const by = (horns: readonly Horn[]): Map<string, ReturnType<typeof hornDelays>[number]> => new Map(hornDelays(horns).map((each) => [each.id, each]))

t.test('a distance is that of the map', async (t) => {
  t.ok(Math.abs(distanceM(horn('a', 0, 0), horn('b', 300, 400)) - 500) < 1)
  t.ok(Math.abs(distanceM({ lat: 10.7769, lon: 106.7009 }, { lat: 21.0285, lon: 105.8542 }) - 1_144_000) < 5_000, 'Thành phố Hồ Chí Minh – Hà Nội')
})

t.test('two equal horns need no wait, and are told apart by group; out of earshot they are not neighbours', async (t) => {
  const two = by([horn('a', 0, 0), horn('b', 343, 0)])
  t.match([two.get('a'), two.get('b')], [{ delayMs: 0, neighbours: [{ id: 'b', metres: 343, travelMs: 1_000, apartMs: 0 }] }, { delayMs: 0 }])
  t.not(two.get('a')?.group, two.get('b')?.group)
  const far = by([horn('a', 0, 0), horn('b', 700, 0)])
  t.match([far.get('a'), far.get('b')], [{ group: 0, neighbours: [] }, { group: 0, neighbours: [] }])
})

t.test('the weaker horn waits for the stronger one, until both arrive together where they are equally loud', async (t) => {
  const pair = [horn('strong', 0, 0, 400), horn('weak', 300, 0, 200)]
  const found = by(pair)
  t.equal(found.get('strong')?.delayMs, 0)
  const wait = found.get('weak')?.delayMs ?? 0
  const [toStrong, toWeak] = [200, 100]
  t.ok(Math.abs(toStrong / SOUND_M_PER_S - (toWeak / SOUND_M_PER_S + wait / 1_000)) < 0.002, `${wait} ms`)
  t.equal(found.get('weak')?.neighbours[0]?.apartMs, 0)
})

t.test('groups: no two in earshot share one, few are needed, and the order of the list plays no part', async (t) => {
  const village = Array.from({ length: 60 }, (_, n) => horn(`h${String(n).padStart(2, '0')}`, (n % 10) * 280, Math.floor(n / 10) * 280, 250 + (n % 3) * 50))
  const found = by(village)
  for (const { group, neighbours } of found.values()) for (const other of neighbours) t.not(found.get(other.id)?.group, group)
  t.ok(Math.max(...[...found.values()].map((each) => each.group)) <= 12)
  t.equal(Math.min(...[...found.values()].map((each) => each.delayMs)), 0)
  t.ok([...found.values()].every((each) => each.delayMs >= 0 && each.delayMs < 2_000))
  t.same(hornDelays([...village].reverse()), hornDelays(village))
})

t.test('none and one are no trouble', async (t) => {
  t.same(hornDelays([]), [])
  t.same(hornDelays([horn('a', 0, 0)]), [{ id: 'a', delayMs: 0, group: 0, neighbours: [] }])
})
