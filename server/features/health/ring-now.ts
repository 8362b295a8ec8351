import { civilDayNumber } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import type { DayBytes } from '../../core/sim-card.ts'
import { foldBuckets, type RingBucket } from '../../core/ring-bucket.ts'
import { HOUR_S, hourOf } from '../../core/ring-hour.ts'
import { dayOfHour, hourNumber, startOfHour } from '../../core/ring-places.ts'
import type { Ring, RingStore } from '../../core/ring-store.ts'

/** Roll-up keeps up within minutes; after a long rest of the server it takes a little longer. */
const OPEN_HOURS = 48

/** Hours that are not in the ring yet: the one under way, and those that wait to be rolled up. */
function openHours(rings: RingStore, cluster: string, now: WallMs): RingBucket[] {
  const first = hourNumber(now) - OPEN_HOURS
  const open = rings.open(cluster, first)
  if (open.length === 0) return []
  const rolled = new Set(rings.buckets(cluster, 'hour', open[0]?.hour ?? first, hourNumber(now) + 1).map(({ at }) => at))
  return open.filter(({ hour }) => !rolled.has(hour)).map(({ hour, beats, vitals }) => ({ at: hour, ...hourOf(beats, vitals, Math.min(HOUR_S, Math.floor((now - startOfHour(hour)) / 1000))) }))
}

/** As `buckets`, up to this moment. */
export function bucketsTo(rings: RingStore, cluster: string, span: { readonly ring: Ring; readonly from: number; readonly to: number }, now: WallMs): RingBucket[] {
  const { ring, from, to } = span
  const known = new Map(rings.buckets(cluster, ring, from, to).map((bucket) => [bucket.at, bucket]))
  for (const open of openHours(rings, cluster, now)) {
    const at = ring === 'hour' ? open.at : dayOfHour(open.at)
    if (at < from || at >= to) continue
    const before = known.get(at)
    known.set(at, { ...(before ? foldBuckets([before, open]) : open), at })
  }
  return [...known.values()].sort((a, b) => a.at - b.at)
}

/** What went through a cluster's modem on each civil day in [from, to); days of which nothing was heard are absent. */
export const bytesByDay = (rings: RingStore, cluster: string, { from, to }: { readonly from: number; readonly to: number }, now: WallMs): DayBytes[] =>
  bucketsTo(rings, cluster, { ring: 'day', from, to: Math.min(to, civilDayNumber(now) + 1) }, now).filter(({ counts }) => counts.vitals > 0).map(({ at, counts }) => ({ day: at, bytes: counts.dataBytes }))
