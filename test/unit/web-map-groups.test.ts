import t from 'tap'
import type { ClusterMood } from '../../server/web/app/src/lib/clusters.ts'
import { areTogether, boundsOf, groupSpots, hullOf, pixelOf, type Bounds, type Spot } from '../../server/web/app/src/screens/clusters/map-groups.ts'

const WORLD: Bounds = { south: -85, west: -180, north: 85, east: 180 }
const spot = (n: number, lat: number, lon: number, mood: ClusterMood = 'online'): Spot => ({ id: `c${n}`, name: `Cụm ${n}`, mood, lat, lon })

t.test('a place lies where web maps have it', async (t) => {
  t.same(pixelOf({ lat: 0, lon: 0 }, 0), [128, 128])
  const [x, y] = pixelOf({ lat: 21.0278, lon: 105.8342 }, 10)
  t.ok(Math.abs(x / 256 - 813.04) < 0.01 && Math.abs(y / 256 - 450.79) < 0.05, `${x / 256} ${y / 256}`)
})

t.test('clusters that would lie upon each other are one marker, and come apart when one goes nearer', async (t) => {
  const spots = [spot(1, 11.7, 108.3), spot(2, 11.7005, 108.3005), spot(3, 12.4, 109.1)]
  const far = groupSpots(spots, { zoom: 9, bounds: WORLD, cellPx: 64 })
  t.same(far.map(({ spots: held }) => held.length).sort(), [1, 2])
  t.equal(groupSpots(spots, { zoom: 18, bounds: WORLD, cellPx: 64 }).length, 3)
  t.equal(groupSpots(spots, { zoom: 18, bounds: WORLD, cellPx: 64 })[0]?.key, 'c1', 'a single one goes by its own name')
})

t.test('no cluster is lost or counted twice, and a marker stands among its own', async (t) => {
  const spots = Array.from({ length: 3_000 }, (_, n) => spot(n, 10 + (n % 61) / 20, 106 + (n % 97) / 30))
  for (const zoom of [5, 8, 11, 14]) {
    const groups = groupSpots(spots, { zoom, bounds: WORLD, cellPx: 64 })
    t.same(groups.flatMap(({ spots: held }) => held.map(({ id }) => id)).sort(), spots.map(({ id }) => id).sort(), `scale ${zoom}`)
    t.equal(new Set(groups.map(({ key }) => key)).size, groups.length)
    for (const { lat, lon, spots: held } of groups) {
      t.ok(lat >= Math.min(...held.map((one) => one.lat)) - 1e-9 && lon <= Math.max(...held.map((one) => one.lon)) + 1e-9)
    }
  }
})

t.test('a window of a phone has few markers however many clusters stand in it', async (t) => {
  const spots = Array.from({ length: 3_000 }, (_, n) => spot(n, 11 + ((n * 7_919) % 3_000) / 3_000, 108 + ((n * 104_729) % 3_000) / 3_000))
  const bounds: Bounds = { south: 11, west: 108, north: 12, east: 109 }
  const [left, top] = pixelOf({ lat: 12, lon: 108 }, 9)
  const [right, bottom] = pixelOf({ lat: 11, lon: 109 }, 9)
  const most = (Math.ceil((right - left) / 64) + 1) * (Math.ceil((bottom - top) / 64) + 1)
  t.ok(groupSpots(spots, { zoom: 9, bounds, cellPx: 64 }).length <= most)
  t.same(groupSpots(spots, { zoom: 9, bounds: { south: 0, west: 0, north: 1, east: 1 }, cellPx: 64 }), [], 'what is not in the window is not drawn')
})

t.test('no two markers stand so close that a finger takes the wrong one', async (t) => {
  const spots = Array.from({ length: 3_000 }, (_, n) => spot(n, 11 + ((n * 7_919) % 3_000) / 3_000, 108 + ((n * 104_729) % 2_999) / 2_999))
  for (const zoom of [8, 9.5, 11, 12.5, 14]) {
    const at = groupSpots(spots, { zoom, bounds: WORLD, cellPx: 70 }).map((group) => pixelOf(group, zoom))
    const close = at.flatMap(([x, y], n) => at.slice(n + 1).filter(([a, b]) => Math.abs(a - x) < 56 && Math.abs(b - y) < 56))
    t.same(close, [], `scale ${zoom}`)
  }
})

t.test('a fault is never hidden among the healthy', async (t) => {
  const group = groupSpots([spot(1, 11, 108), spot(2, 11, 108, 'playing'), spot(3, 11, 108, 'fault'), spot(4, 11, 108, 'offline')], { zoom: 5, bounds: WORLD, cellPx: 64 })
  t.equal(group[0]?.mood, 'fault')
  t.ok(areTogether(group[0]?.spots ?? []))
  t.notOk(areTogether([spot(1, 11, 108), spot(2, 11, 108.01)]))
})

t.test('the map opens on all clusters with a margin, on a single one with its surroundings, on none not at all', async (t) => {
  t.equal(boundsOf([]), null)
  const alone = boundsOf([{ lat: 11, lon: 108 }])
  t.match(alone, { south: 10.99, north: 11.01 })
  const wide = boundsOf([{ lat: 11, lon: 108 }, { lat: 12, lon: 107 }])
  t.ok(wide && wide.south < 11 && wide.north > 12 && wide.west < 107 && wide.east > 108)
})

t.test('the ground of an area holds all its clusters; two poles have none', async (t) => {
  const corners = [{ lat: 0, lon: 0 }, { lat: 0, lon: 2 }, { lat: 2, lon: 2 }, { lat: 2, lon: 0 }]
  t.same(hullOf([...corners, { lat: 1, lon: 1 }, { lat: 0, lon: 1 }, { lat: 0, lon: 0 }]).map((at) => at.join(' ')).sort(), ['0 0', '0 2', '2 0', '2 2'])
  t.same(hullOf(corners.slice(0, 2)), [])
  t.same(hullOf([{ lat: 0, lon: 0 }, { lat: 1, lon: 1 }, { lat: 2, lon: 2 }]), [], 'a road is no area')
})
