import { wallMs, type WallMs } from './clock.ts'
import { MAX_INSTANT_MS, MAX_SLOT_SPAN_MS, MIN_EMERGENCY_REPEAT_MS } from './limits.ts'
import type { PolicyBook } from './policy.ts'
import { SLOT_CLASSES, type ClusterView, type Slot } from './slot.ts'
import type { BoundCode } from './timeline-answer.ts'
import { blockAt, boundsOf, nextEdge, type Bounds } from './timeline-bounds.ts'

/** A slot as it concerns one cluster: staggered, rounded to whole ms, cut to the limits. */
export interface Item {
  readonly slot: Slot
  /** Place on the ladder, 0 = emergency. */
  readonly rung: number
  readonly start: WallMs
  /** Planned start of its session, ≤ `start`: a stop goes by it. */
  readonly sessionStart: WallMs
  /** Hard end, exclusive, before bounds and stop. */
  readonly end: WallMs
  readonly lengthMs: number
  /** How often it sounds whole, ≥ 1; Infinity for an emergency that goes round until its end. */
  readonly repeats: number
  /** Where it would end if nothing came between. */
  readonly planEnd: WallMs
}

/** A stretch in which the bounds let an item sound. `after`: the bound that fell away at `from`. */
export interface Span {
  readonly from: WallMs
  readonly to: WallMs
  readonly after: BoundCode | null
}

/** What the bounds need to know, looked up once per policy. */
export interface House {
  readonly cluster: ClusterView
  readonly boundsFor: (policy: string) => Bounds | undefined
}

export const EMERGENCY = 0
export const LIVE = 1
export const PRIORITY = 2

/** An emergency that is spoken live: it cannot begin anew, so whoever comes back to it joins where it is. */
export const isVoice = (slot: Pick<Slot, 'class' | 'resume'>): boolean => slot.class === 'emergency' && slot.resume === 'where-it-would-be-now'
/** A voice is cut into no repeats: while others wait, its turn is so long. */
export const VOICE_TURN_MS = 60_000

const finite = (value: number | undefined): number => (value !== undefined && Number.isFinite(value) ? value : 0)

/** Below 0 when `a` goes before `b`; the id makes it total, so that the order of a list never matters. */
const byId = (a: Item, b: Item): number => (a.slot.id < b.slot.id ? -1 : a.slot.id > b.slot.id ? 1 : 0)
const newerOrder = (a: Item, b: Item): number => finite(b.slot.issuedAt) - finite(a.slot.issuedAt) || byId(a, b)
/** Due earlier first, then the newer order. */
export const byDue = (a: Item, b: Item): number => a.start - b.start || newerOrder(a, b)
/** The operator's order among colliding priority items, then due earlier. */
export const byOrder = (a: Item, b: Item): number => finite(a.slot.order) - finite(b.slot.order) || byDue(a, b)
/**
 * Immediate danger, then authority, then the newer: for emergencies and live. Of emergencies the newer is the one that was ordered
 * later, also where the older one has come late and begins after it.
 */
export const byRank = (a: Item, b: Item): number =>
  (a.rung === EMERGENCY ? finite(b.slot.danger) - finite(a.slot.danger) : 0) ||
  finite(b.slot.authority) - finite(a.slot.authority) ||
  (a.rung === EMERGENCY ? finite(b.slot.issuedAt) - finite(a.slot.issuedAt) : 0) ||
  b.start - a.start ||
  newerOrder(a, b)

export function houseOf(book: PolicyBook, cluster: ClusterView): House {
  const known = new Map<string, Bounds | undefined>()
  const boundsFor = (name: string): Bounds | undefined => {
    if (known.has(name)) return known.get(name)
    const policy = Object.hasOwn(book, name) ? book[name] : undefined
    const bounds = policy && boundsOf(policy)
    known.set(name, bounds)
    return bounds
  }
  return { cluster, boundsFor }
}

/** A number of repeats that makes no sense is none: the emergency then goes round until its end. */
const repeatsOf = ({ repeats }: Slot): number => (repeats !== undefined && repeats >= 1 ? Math.floor(repeats) : Infinity)

function itemOf(slot: Slot, cluster: ClusterView): Item | null {
  const rung = SLOT_CLASSES.indexOf(slot.class)
  const staggered = rung > LIVE
  const shiftMs = staggered ? Math.max(0, finite(slot.staggerMs) * finite(cluster.staggerIndex)) : 0
  const start = Math.round(slot.start + shiftMs)
  const end = Math.min(Math.round(slot.end + shiftMs), start + MAX_SLOT_SPAN_MS)
  const naturalMs = Math.min(Math.round(slot.lengthMs), MAX_SLOT_SPAN_MS)
  const usable = rung >= 0 && Math.abs(start) <= MAX_INSTANT_MS && end > start && slot.lengthMs > 0
  if (!usable) return null
  const lengthMs = Math.max(naturalMs, rung === EMERGENCY ? MIN_EMERGENCY_REPEAT_MS : 1)
  const repeats = rung === EMERGENCY && !isVoice(slot) ? repeatsOf(slot) : 1
  const planEnd = Math.min(start + lengthMs * repeats, end)
  const sessionStart = wallMs(Math.min(start, Math.round(finite(slot.sessionStart ?? slot.start) + shiftMs)))
  return { slot, rung, start: wallMs(start), sessionStart, end: wallMs(end), lengthMs, repeats, planEnd: wallMs(planEnd) }
}

/** Ids are unique by contract; should two share one, the newer order counts, and the rest only makes the choice independent of the list. */
function supersedes(a: Item, b: Item): boolean {
  const newer =
    finite(a.slot.issuedAt) - finite(b.slot.issuedAt) || a.start - b.start || a.end - b.end || a.lengthMs - b.lengthMs
  return newer > 0 || (newer === 0 && JSON.stringify(a.slot) > JSON.stringify(b.slot))
}

/** The usable slots in the order in which they fall due. A slot whose figures make no sense is left out: it is silence. */
export function itemsOf(slots: readonly Slot[], cluster: ClusterView): Item[] {
  const byKey = new Map<string, Item>()
  for (const slot of slots) {
    const item = itemOf(slot, cluster)
    if (!item) continue
    const twin = byKey.get(slot.id)
    if (!twin || supersedes(item, twin)) byKey.set(slot.id, item)
  }
  return [...byKey.values()].sort(byDue)
}

/** A busy period: items that overlap, directly or through others. What happens in one depends on nothing outside. */
export interface BusyPeriod {
  readonly from: WallMs
  readonly to: WallMs
  readonly items: readonly Item[]
}

/** Cuts items (ascending by start) into busy periods, ascending. */
export function busyPeriods(items: readonly Item[]): BusyPeriod[] {
  const periods: { from: WallMs; to: WallMs; items: Item[] }[] = []
  for (const item of items) {
    const last = periods.at(-1)
    if (last && item.start < last.to) {
      last.items.push(item)
      last.to = wallMs(Math.max(last.to, item.end))
    } else periods.push({ from: item.start, to: item.end, items: [item] })
  }
  return periods
}

/** True from `stoppedAt` on for an item whose session was planned to start by then. */
export const isStopped = (item: Item, cluster: ClusterView, at: WallMs): boolean =>
  cluster.stoppedAt !== null && item.sessionStart <= cluster.stoppedAt && at >= cluster.stoppedAt

/**
 * When the bounds let an item sound. A file ends at the first bound that it meets after its planned start, begun or not: speech that
 * comes back half-way, in the wrong hour, serves nobody. A stream may come back, at its live position.
 */
export function allowedSpans(item: Item, house: House): Span[] {
  const { cluster } = house
  const { slot, start } = item
  const stop = cluster.stoppedAt !== null && item.sessionStart <= cluster.stoppedAt ? cluster.stoppedAt : Infinity
  const end = wallMs(Math.min(item.end, stop))
  if (end <= start) return []
  if (item.rung === EMERGENCY) return [{ from: start, to: end, after: null }]
  if (cluster.muted) return []
  const bounds = house.boundsFor(slot.policy)
  const spans: Span[] = []
  let after: BoundCode | null = null
  let from: WallMs | null = null
  for (let at = start; at < end; at = nextEdge(bounds, at)) {
    const block = blockAt(bounds, slot, at)
    if (!block) from ??= at
    else {
      if (from !== null) spans.push({ from, to: at, after })
      if (slot.source.kind === 'file') return spans
      from = null
      after = block.code
    }
  }
  if (from !== null) spans.push({ from, to: end, after })
  return spans
}
