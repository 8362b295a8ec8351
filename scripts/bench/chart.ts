import { createAccess } from '../../server/core/access.ts'
import type { BeatSample } from '../../server/core/beat-packing.ts'
import { ADMINISTRATOR_IDENTITY } from '../../server/core/identity.ts'
import { dayOfHour } from '../../server/core/ring-places.ts'
import { KEPT_DAYS, type HourSamples } from '../../server/core/ring-store.ts'
import type { VitalSample } from '../../server/core/vital-packing.ts'
import { createChartHandlers } from '../../server/features/health/plugin.ts'
import { startOfDayNumber } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Bench, BenchContext, BenchRow } from './bench.ts'
import { openProvince, realClock, type Province } from './province.ts'

const CLUSTERS = 60
const DAYS = 365
const GOAL_MS = 50
/** A year of 2,000 clusters is to take 1.5 GB in all; telemetry may have two thirds of it. */
const GOAL_KB = 500
const BEATS = 90
const FIGURES = 'rsrp,rsrq,sinr,rssi,rtt,level,clock,temp,data,volume,online,signal'

export const chart: Bench = {
  name: 'chart',
  what: `charts of twelve figures of one cluster, of a day, a month and a year, from a year of ${CLUSTERS} clusters that went through the rings; each cluster's first chart, SQLite's own cache as it is`,
  limitS: 240,
  run: (context) => Promise.resolve(measure(context)),
}

/** The same figures in every run: an xorshift generator. */
function createChance(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** What a box in the field says within an hour: a signal that breathes with the day, noise as modems give it, two sessions. */
function madeUpHour(hour: number, base: number, draw: () => number): HourSamples {
  const ofDay = (hour + 7) % 24
  const isSession = ofDay === 5 || ofDay === 17
  const rsrp = base + 3 * Math.sin((ofDay / 24) * 2 * Math.PI)
  const beats = Array.from({ length: BEATS }, (_, n): BeatSample => {
    const noise = Math.round((draw() + draw() + draw() - 1.5) * 3)
    return {
      second: n * 40, seq: hour * BEATS + n, playing: isSession, held: 1_000,
      radio: [Math.round(rsrp) + noise, Math.round((-9 - draw() * 3) * 2) / 2, Math.round(12 + noise - draw() * 4), Math.round(rsrp) + 27 + noise],
      rttMs: 45 + Math.round(draw() ** 4 * 200), clockErrMs: 4 + Math.round(draw() * 6),
      ...(isSession ? { bufferMs: 1_900 + Math.round(draw() * 200), level: -200 - Math.round(draw() * 60) } : {}),
    }
  })
  const vital: VitalSample = { second: 60, dataBytes: (isSession ? 13_000_000 : 40_000) + Math.round(draw() * 20_000), connects: draw() < 0.05 ? 1 : 0, lateBeats: 0, volume: 80, battery: false, muted: false, temp: 420 + Math.round(draw() * 60), diskFreeMb: 5_000 }
  return { hour, beats, vitals: [vital] }
}

function fillYear({ stores, clusters }: Province, say: (text: string) => void): number {
  const today = dayOfHour(Math.floor(Date.now() / 3_600_000))
  const began = performance.now()
  clusters.forEach((cluster, n) => {
    const draw = createChance(n * 7_919 + 1)
    stores.rings.together(() => {
      for (let day = today - DAYS; day < today; day++) {
        const first = startOfDayNumber(day) / 3_600_000
        stores.rings.putDay(cluster, day, Array.from({ length: 24 }, (_, h) => madeUpHour(first + h, -90 - (n % 20), draw)), day >= today - KEPT_DAYS.minute)
      }
    })
  })
  const tookS = (performance.now() - began) / 1_000
  say(`a year of ${clusters.length} clusters written in ${tookS.toFixed(0)} s`)
  return tookS
}

function measure({ runs, quick, say, signal }: BenchContext): BenchRow[] {
  const province = openProvince({ clusters: quick ? 10 : CLUSTERS, clock: realClock, published: () => undefined, planned: () => undefined })
  const taken = { day: [] as number[], month: [] as number[], year: [] as number[] }
  try {
    const tookS = fillYear(province, say)
    const { stores, databases, clusters } = province
    const handlers = createChartHandlers({ stores, clock: realClock, access: createAccess({ clock: realClock, stores }) })
    const sizes = ['beat', 'hour_ring', 'day_ring'].map((table) => (databases.telemetry.prepare('SELECT SUM(pgsize) AS bytes FROM dbstat WHERE name = ? OR name = ?').get(table, `sqlite_autoindex_${table}_1`) as { bytes: number }).bytes / 1_000 / clusters.length)
    const now = realClock.wall()
    for (let n = 0; n < Math.min(clusters.length, runs * 10); n++) {
      signal.throwIfAborted()
      for (const [name, days] of [['day', 1], ['month', 31], ['year', 365]] as const) {
        const from = performance.now()
        const answered = handlers.chart(ADMINISTRATOR_IDENTITY, clusters[n] ?? '', { figure: FIGURES, from: new Date(wallMs(now - days * 86_400_000)).toISOString() })
        JSON.stringify(answered)
        taken[name].push(performance.now() - from)
        if (!answered.ok) throw new Error(answered.refusal.en)
      }
    }
    const row = (what: string, unit: string, values: readonly number[], atMost?: number): BenchRow => ({ what, who: 'rings', role: 'ours', unit, values, ...(atMost === undefined ? {} : { goal: { atMost } }) })
    return [
      row('chart of a year', 'ms', taken.year, GOAL_MS),
      row('chart of a month, by the hour', 'ms', taken.month, GOAL_MS),
      row('chart of a day, by the minute', 'ms', taken.day, GOAL_MS),
      row('a cluster’s year on the disk, minutes of 14 days, hours and days', 'kB', [sizes.reduce((sum, size) => sum + size, 0)], GOAL_KB),
      ...(['minutes', 'hours', 'days'] as const).map((name, n) => row(`  of it ${name}`, 'kB', [sizes[n] ?? 0])),
      row('writing of a cluster’s year', 's', [tookS / clusters.length]),
    ]
  } finally {
    province.stop()
  }
}
