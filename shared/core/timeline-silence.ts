import { wallMs, type WallMs } from './clock.ts'
import { SILENCES, type SilentBecause } from './timeline-answer.ts'
import { blockAt, nextEdge } from './timeline-bounds.ts'
import { byDue, EMERGENCY, type House, isStopped, type Item } from './timeline-item.ts'

/** Why one item that is due at `at` does not sound then. */
function reasonFor(item: Item, house: House, at: WallMs): SilentBecause {
  const { slot, rung } = item
  const { cluster } = house
  if (isStopped(item, cluster, at))
    return { code: 'stopped', slot: slot.id, ...(cluster.stoppedAt === null ? {} : { from: cluster.stoppedAt }) }
  const bounds = house.boundsFor(slot.policy)
  const unknown = rung !== EMERGENCY && !bounds
  if (cluster.muted && rung !== EMERGENCY && !unknown) return { code: 'muted', slot: slot.id }
  const block = blockAt(bounds, slot, at)
  return block ? { ...block, slot: slot.id } : { code: 'gone', slot: slot.id }
}

/** The bound that a file met between its planned start and `at`; null when there was none. */
function boundMet(item: Item, house: House, at: WallMs): string | null {
  const bounds = house.boundsFor(item.slot.policy)
  for (let t = item.start; t < at; t = nextEdge(bounds, t)) {
    const block = blockAt(bounds, item.slot, t)
    if (block) return block.code
  }
  return null
}

const strength = (because: SilentBecause): number => SILENCES.indexOf(because.code)

/** The next instant after `at` at which the reason for this item may differ. */
function reasonEnds(item: Item, house: House, at: WallMs): number {
  const stop = house.cluster.stoppedAt
  const stops = stop !== null && stop > at && item.sessionStart <= stop ? stop : Infinity
  return Math.min(item.planEnd, stops, nextEdge(house.boundsFor(item.slot.policy), at))
}

export interface Silent {
  readonly from: WallMs
  readonly to: WallMs
  readonly because: SilentBecause
}

/** What the reasons of a busy period are taken from. */
export interface Quieted {
  /** Ascending by start. */
  readonly items: readonly Item[]
  readonly endedBy: ReadonlyMap<Item, string>
  readonly house: House
}

const same = (a: SilentBecause, b: SilentBecause): boolean =>
  a.code === b.code && a.slot === b.slot && a.from === b.from && a.to === b.to && a.reason === b.reason && a.after === b.after

/**
 * The reasons for the silence of [from, to), ascending and gapless. Of several items that are due, the strongest reason counts, then
 * the higher rung, then the one that was due first.
 */
export function reasonsWithin(quieted: Quieted, from: WallMs, to: WallMs): Silent[] {
  const { items, endedBy, house } = quieted
  const near = items.filter((item) => item.start < to && item.planEnd > from)
  const out: Silent[] = []
  for (let at = from; at < to; ) {
    let best: { item: Item; because: SilentBecause } | null = null
    let next: number = to
    for (const item of near) {
      if (item.planEnd <= at) continue
      if (item.start > at) {
        next = Math.min(next, item.start)
        break
      }
      next = Math.min(next, reasonEnds(item, house, at))
      const because = reasonFor(item, house, at)
      const before = best
        ? strength(because) - strength(best.because) || item.rung - best.item.rung || byDue(item, best.item)
        : -1
      if (before < 0) best = { item, because }
    }
    let because: SilentBecause = best?.because ?? { code: 'nothing-due' }
    if (best && because.code === 'gone') {
      const after = endedBy.get(best.item) ?? boundMet(best.item, house, at)
      if (after !== null) because = { ...because, after }
    }
    const last = out.at(-1)
    if (last && same(last.because, because)) out[out.length - 1] = { ...last, to: wallMs(next) }
    else out.push({ from: at, to: wallMs(next), because })
    at = wallMs(next)
  }
  return out
}
