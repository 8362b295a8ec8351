import type { Stores } from '../../server/core/stores.ts'
import type { HourSamples } from '../../server/core/ring-store.ts'
import { chanceFrom } from '../sim/chance.ts'
import { madeProvince, type ProvinceSize } from './made-up.ts'
import { madeFaults } from './faults.ts'

/** Days of one cluster that are made beforehand and dealt out. */
const PATTERNS = 40
const BEAT_S = 40
const MINUTES_KEPT_DAYS = 14

/** Beats as a modem at one place gives them: a level of its own, some noise, rarely a gap. */
function pattern(seed: string): HourSamples[] {
  const chance = chanceFrom(seed)
  const rsrp = -chance.whole(80, 112)
  return Array.from({ length: 24 }, (_, hour) => ({
    hour,
    beats: Array.from({ length: 3_600 / BEAT_S }, (_, n) => ({
      second: n * BEAT_S, seq: hour * 90 + n + 1, playing: hour === 6 || hour === 17, held: 1_000,
      radio: [rsrp + chance.whole(-3, 3), -9 + chance.whole(-3, 3), 12 + chance.whole(-6, 6), null] as [number, number, number, null],
      rttMs: 60 + chance.whole(0, 60), clockErrMs: chance.whole(2, 20),
    })).filter(() => !chance.happens(0.003)),
    vitals: [{ second: 1_800, dataBytes: chance.whole(50_000, 14_000_000), connects: chance.whole(0, 2), lateBeats: 0, volume: 80, battery: false, muted: false, temp: chance.whole(250, 520) }],
  }))
}

/** A day of minute samples, hours and days of every cluster that was alive. */
export function createMadeTelemetry(size: ProvinceSize): (day: number, stores: Stores) => void {
  const made = madeProvince(size)
  const faults = madeFaults(made)
  const patterns = Array.from({ length: PATTERNS }, (_, n) => pattern(`${size.seed}/beats ${n}`))
  const last = size.firstDay + size.days
  return (day, { rings }) => {
    rings.together(() => made.clusters.forEach(({ id }, n) => {
      if (!faults.isAlive(made.clusters[n] as (typeof made.clusters)[number], day - size.firstDay)) return
      const hours = patterns[(n + day) % PATTERNS] ?? []
      rings.putDay(id, day, hours.map((one) => ({ ...one, hour: day * 24 - 7 + one.hour })), day >= last - MINUTES_KEPT_DAYS)
    }))
  }
}
