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

/** Opening a device and decoding ahead take two seconds on a small box: a stretch is ordered this much before it is due. */
export const LEAD_MS = 3_000

/** The file that sounds for a slot; null where it has none. */
export const mediaOf = ({ source }: Slot): string | null =>
  source.kind === 'file' ? source.media : source.kind === 'stream' ? source.substitute : (source.parts[0]?.media ?? null)

/** Stretches that sound now or begin within the lead. Segments are ascending and do not overlap. */
export function wantedAt(segments: readonly Segment[], now: WallMs, leadMs: number = LEAD_MS): Stretch[] {
  const wanted: Stretch[] = []
  for (let i = firstEndingAfter(segments, now); i < segments.length; i++) {
    const segment = segments[i] as Segment
    if (segment.from > now + leadMs) break
    const { onAir } = segment
    if (onAir.do !== 'play') continue
    const { slot, offsetMs } = onAir
    wanted.push({ key: `${slot.id}@${Math.round(segment.from - offsetMs)} ${mediaOf(slot) ?? ''}`, slot, from: segment.from, to: segment.to, offsetMs })
  }
  return wanted
}

/**
 * A stretch whose end has moved away since it was ordered (a longer session, a notice withdrawn): what was ordered stays
 * as it is, and the rest follows it as a stretch of its own, so that nobody hears the seam.
 */
export function continued<S extends Stretch>(stretch: S, orderedTo: (key: string) => WallMs | undefined, horizon: number): S[] {
  const to = orderedTo(stretch.key)
  if (to === undefined || stretch.to <= to) return [stretch]
  const ordered = { ...stretch, to }
  if (to > horizon) return [ordered]
  const rest = { ...stretch, key: `${stretch.key}+`, from: to, offsetMs: stretch.offsetMs + to - stretch.from }
  return [ordered, ...continued(rest, orderedTo, horizon)]
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

/** When to look again: the next instant at which something is to be ordered or is over; null when nothing more is known. */
export function nextLook(segments: readonly Segment[], now: WallMs, leadMs: number = LEAD_MS): WallMs | null {
  let soonest: number | null = null
  for (let i = firstEndingAfter(segments, now); i < segments.length; i++) {
    const { from, to, onAir } = segments[i] as Segment
    // segments ascend: what comes later is ordered later still
    if (soonest !== null && from - leadMs >= soonest) break
    if (onAir.do !== 'play') continue
    const look = from - leadMs > now ? from - leadMs : to
    soonest = soonest === null ? look : Math.min(soonest, look)
  }
  return soonest as WallMs | null
}
