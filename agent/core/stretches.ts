import type { WallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { Segment } from '../../shared/core/timeline.ts'

/** A stretch of sound that the timeline asks for: one slot, uninterrupted. */
export interface Stretch {
  /** Stays the same however the timeline was cut or computed again. */
  readonly key: string
  readonly slot: Slot
  /** Server's wall time. */
  readonly from: WallMs
  readonly to: WallMs
  /** Position in the slot's media at `from`, ms. */
  readonly offsetMs: number
}

/** Opening a device and decoding ahead take time: a stretch is ordered this much before it is due. */
export const LEAD_MS = 1_500

/** Stretches that sound now or begin within the lead. Segments are ascending and do not overlap. */
export function wantedAt(segments: readonly Segment[], now: WallMs, leadMs: number = LEAD_MS): Stretch[] {
  const wanted: Stretch[] = []
  for (let i = firstEndingAfter(segments, now); i < segments.length; i++) {
    const segment = segments[i] as Segment
    if (segment.from > now + leadMs) break
    const { onAir } = segment
    if (onAir.do !== 'play') continue
    const { slot, offsetMs } = onAir
    wanted.push({ key: `${slot.id}@${Math.round(segment.from - offsetMs)}`, slot, from: segment.from, to: segment.to, offsetMs })
  }
  return wanted
}

function firstEndingAfter(segments: readonly Segment[], now: WallMs): number {
  let [low, high] = [0, segments.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((segments[middle] as Segment).to <= now) low = middle + 1
    else high = middle
  }
  return low
}

/** When to look again: the next begin (less the lead) or end; null when nothing more is known. */
export function nextLook(segments: readonly Segment[], now: WallMs, leadMs: number = LEAD_MS): WallMs | null {
  for (let i = firstEndingAfter(segments, now); i < segments.length; i++) {
    const { from, to, onAir } = segments[i] as Segment
    if (onAir.do !== 'play') continue
    const order = (from - leadMs) as WallMs
    if (order > now) return order
    if (from <= now) return to
    // ordered already, not yet begun: what comes after it may be due sooner than its end, so go on
    const after = segments[i + 1]
    return after && after.onAir.do === 'play' ? ((to - leadMs > now ? to - leadMs : to) as WallMs) : to
  }
  return null
}
