import type { Database } from 'better-sqlite3'
import type { Deflate } from '../../../shared/core/crypto.ts'
import { packBuckets, unpackBuckets } from '../../core/ring-packing.ts'
import { foldBuckets, inWholeMeans, type RingBucket } from '../../core/ring-bucket.ts'
import type { RingReader } from '../../core/ring-store.ts'
import { dayOfHour } from '../../core/ring-places.ts'

/** Civil days in one row of the ring of days. */
const BLOCK_DAYS = 32

interface Packed {
  readonly packed: Uint8Array
}
const READ = {
  hour: 'SELECT packed FROM hour_ring WHERE cluster = ? AND day >= ? AND day <= ? ORDER BY day',
  day: 'SELECT packed FROM day_ring WHERE cluster = ? AND block >= ? AND block <= ? ORDER BY block',
} as const

/** Works over a connection that only reads as well: reports have one of their own. */
export function createRingReader(db: Database, deflate: Pick<Deflate, 'inflate'>): RingReader {
  const rows = { hour: db.prepare<[string, number, number], Packed>(READ.hour), day: db.prepare<[string, number, number], Packed>(READ.day) }
  const row = { hour: dayOfHour, day: (day: number) => Math.floor(day / BLOCK_DAYS) } as const
  return {
    buckets: (cluster, ring, from, to) =>
      rows[ring].all(cluster, row[ring](from), row[ring](to - 1)).flatMap(({ packed }) => unpackBuckets(packed, deflate) ?? []).filter(({ at }) => at >= from && at < to),
  }
}

export interface RingTables extends RingReader {
  /** Hours of one civil day take the place of what the ring has of the same hours; the day follows from all of its hours. */
  put(cluster: string, day: number, hours: readonly RingBucket[]): void
  forget(cluster: string, before: { readonly hourDay: number; readonly day: number }): void
}

export function createRingTables(db: Database, deflate: Deflate): RingTables {
  const reader = createRingReader(db, deflate)
  const putHours = db.prepare<[string, number, Uint8Array]>('INSERT INTO hour_ring (cluster, day, packed) VALUES (?, ?, ?) ON CONFLICT (cluster, day) DO UPDATE SET packed = excluded.packed')
  const putDays = db.prepare<[string, number, Uint8Array]>('INSERT INTO day_ring (cluster, block, packed) VALUES (?, ?, ?) ON CONFLICT (cluster, block) DO UPDATE SET packed = excluded.packed')
  const oldHours = db.prepare<[string, number]>('DELETE FROM hour_ring WHERE cluster = ? AND day < ?')
  const oldDays = db.prepare<[string, number]>('DELETE FROM day_ring WHERE cluster = ? AND block < ?')
  const daysOf = db.prepare<[string, number], Packed>('SELECT packed FROM day_ring WHERE cluster = ? AND block = ?')
  const hoursOf = db.prepare<[string, number], Packed>('SELECT packed FROM hour_ring WHERE cluster = ? AND day = ?')
  const of = (row: Packed | undefined): RingBucket[] => (row ? unpackBuckets(row.packed, deflate) : null) ?? []
  const merged = (before: readonly RingBucket[], now: readonly RingBucket[]): RingBucket[] => {
    const places = new Set(now.map(({ at }) => at))
    return [...before.filter(({ at }) => !places.has(at)), ...now].sort((a, b) => a.at - b.at)
  }
  return {
    ...reader,
    put(cluster, day, hours) {
      const all = merged(of(hoursOf.get(cluster, day)), hours)
      putHours.run(cluster, day, packBuckets(all, deflate))
      const block = Math.floor(day / BLOCK_DAYS)
      putDays.run(cluster, block, packBuckets(merged(of(daysOf.get(cluster, block)), [{ at: day, ...inWholeMeans(foldBuckets(all)) }]), deflate))
    },
    forget(cluster, before) {
      oldHours.run(cluster, before.hourDay)
      oldDays.run(cluster, Math.floor(before.day / BLOCK_DAYS))
    },
  }
}
