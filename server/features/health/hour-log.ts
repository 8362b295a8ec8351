import type { Database } from 'better-sqlite3'
import type { Deflate } from '../../../shared/core/crypto.ts'
import { packHour, unpackHour } from '../../core/beat-columns.ts'
import { createBeatPacker, type BeatPacker, type BeatSample } from '../../core/beat-packing.ts'
import type { HourSamples } from '../../core/ring-store.ts'
import { packVitals, unpackVitals, type VitalSample } from '../../core/vital-packing.ts'

/** Beats come every 40 s: 90 an hour. A box that beats more often than each 5 s loses the rest of its hour. */
const MAX_BEATS_PER_HOUR = 720
/** Health comes hourly and on change. */
const MAX_VITALS_PER_HOUR = 240

interface OpenHour {
  readonly cluster: string
  readonly hour: number
  readonly beats: BeatPacker
  readonly vitals: VitalSample[]
}
interface HourRow {
  readonly cluster: string
  readonly hour: number
  readonly packed: Uint8Array
  readonly vitals: Uint8Array | null
}

export interface HourLog {
  beat(cluster: string, hour: number, sample: BeatSample): void
  vital(cluster: string, hour: number, sample: VitalSample): void
  /** Hours `from` to `to`, both included, ascending. */
  read(cluster: string, from: number, to: number): HourSamples[]
  /** Within a transaction of the caller. */
  write(): void
  /** What `write` had to write is on the disk. */
  written(): void
  /** Hours before `hour` that are not in the rings yet, at most `most`. */
  due(hour: number, most: number): (HourSamples & { readonly cluster: string })[]
  /** As `due`, of one cluster from `from` on, the hour under way included. */
  open(cluster: string, from: number): HourSamples[]
  /** Its place in the rings is made: it becomes smaller. */
  close(cluster: string, samples: HourSamples): void
  forget(cluster: string, before: number): void
}

const PUT = `INSERT INTO beat (cluster, hour, packed, vitals, rolled) VALUES (@cluster, @hour, @packed, @vitals, 0)
  ON CONFLICT (cluster, hour) DO UPDATE SET packed = excluded.packed, vitals = excluded.vitals, rolled = 0`
const CLOSE = `INSERT INTO beat (cluster, hour, packed, vitals, rolled) VALUES (@cluster, @hour, @packed, @vitals, 1)
  ON CONFLICT (cluster, hour) DO UPDATE SET packed = excluded.packed, vitals = excluded.vitals, rolled = 1`

/** The minute ring: beats and what health documents add, by cluster and hour; the hours under way are in memory too. */
export function createHourLog(db: Database, deflate: Deflate): HourLog {
  const one = db.prepare<[string, number], HourRow>('SELECT * FROM beat WHERE cluster = ? AND hour = ?')
  const span = db.prepare<[string, number, number], HourRow>('SELECT * FROM beat WHERE cluster = ? AND hour >= ? AND hour <= ? ORDER BY hour')
  const due = db.prepare<[number, number], HourRow>('SELECT * FROM beat WHERE rolled = 0 AND hour < ? LIMIT ?')
  const open = db.prepare<[string, number], HourRow>('SELECT * FROM beat WHERE cluster = ? AND hour >= ? AND rolled = 0 ORDER BY hour')
  const [put, close] = [db.prepare(PUT), db.prepare(CLOSE)]
  const forget = db.prepare<[string, number]>('DELETE FROM beat WHERE cluster = ? AND hour < ?')
  /** The hour of each cluster that was written to last. */
  const newest = new Map<string, OpenHour>()
  const unwritten = new Map<string, OpenHour>()

  const samplesOf = (row: HourRow): HourSamples => ({ hour: row.hour, beats: unpackHour(row.packed, deflate) ?? [], vitals: row.vitals ? unpackVitals(row.vitals) : [] })
  const load = (cluster: string, hour: number): OpenHour => {
    const row = one.get(cluster, hour)
    const samples = row && samplesOf(row)
    return { cluster, hour, beats: createBeatPacker(samples?.beats), vitals: [...(samples?.vitals ?? [])] }
  }
  const opened = (cluster: string, hour: number): OpenHour => {
    const last = newest.get(cluster)
    const key = `${cluster} ${hour}`
    const found = last?.hour === hour ? last : (unwritten.get(key) ?? load(cluster, hour))
    unwritten.set(key, found)
    if (found !== last && (last === undefined || hour > last.hour)) newest.set(cluster, found)
    return found
  }
  const vitalsOf = (vitals: readonly VitalSample[]): Uint8Array | null => (vitals.length === 0 ? null : packVitals(vitals))

  return {
    beat(cluster, hour, sample) {
      const into = opened(cluster, hour)
      if (into.beats.count() < MAX_BEATS_PER_HOUR) into.beats.add(sample)
    },
    vital(cluster, hour, sample) {
      const into = opened(cluster, hour)
      if (into.vitals.length < MAX_VITALS_PER_HOUR) into.vitals.push(sample)
    },
    read: (cluster, from, to) => span.all(cluster, from, to).map(samplesOf),
    write() {
      for (const { cluster, hour, beats, vitals } of unwritten.values()) put.run({ cluster, hour, packed: beats.bytes(), vitals: vitalsOf(vitals) })
    },
    written: () => unwritten.clear(),
    due: (hour, most) => due.all(hour, most).map((row) => ({ ...samplesOf(row), cluster: row.cluster })),
    open: (cluster, from) => open.all(cluster, from).map(samplesOf),
    close: (cluster, { hour, beats, vitals }) => void close.run({ cluster, hour, packed: packHour(beats, deflate), vitals: vitalsOf(vitals) }),
    forget: (cluster, before) => void forget.run(cluster, before),
  }
}
