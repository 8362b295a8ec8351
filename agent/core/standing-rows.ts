import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { standingStartOf } from '../../shared/core/standing-slot.ts'
import type { StandingOrder } from '../../shared/protocol/messages/plan.ts'
import { soundPart } from '../../shared/protocol/messages/parts.ts'
import { repeatMsOf } from '../../shared/protocol/messages/orders.ts'

/** A standing order that somebody at the box has started. */
export interface StandingRow {
  readonly slot: string
  /** As it was when it was started, with the sounds that were there. */
  readonly order: StandingOrder
  /** Server's time; of a box that did not know it, its own. */
  readonly at: WallMs
  readonly endedAt: WallMs | null
  /** It was started while the time was not known. */
  readonly timeless: boolean
  /** Revision of the plan that had armed it. */
  readonly planRev: number
  /** Percent, for a time when the plan cannot be asked. */
  readonly volume: number
}

/** Time for other emergencies to have their turns between the repeats. */
const SLACK_MS = 1_800_000
/** A commune's order: a province's of the same danger goes before it. */
const AUTHORITY = 1
/** Kept on the disk: who pressed when. */
export const MAX_ROWS = 50

export const endOf = ({ order, at }: Pick<StandingRow, 'order' | 'at'>): WallMs => wallMs(at + order.times * repeatMsOf(order) + SLACK_MS)

/** It may still sound at `now`. */
export const isRunning = (row: StandingRow, now: WallMs): boolean => row.endedAt === null && now < endOf(row)

/** Whether an order may start nothing any more. While the time is not known a person at the key is believed, as with the plan's own end. */
export const hasEnded = ({ until }: StandingOrder, now: WallMs | null): boolean => until !== undefined && now !== null && now >= until

export const slotOf = (row: StandingRow): Slot => ({
  id: row.slot,
  session: row.slot,
  class: 'emergency',
  start: row.at,
  end: endOf(row),
  lengthMs: repeatMsOf(row.order),
  source: { kind: 'parts', parts: row.order.parts.map(soundPart) },
  resume: 'from-the-beginning',
  policy: '',
  music: false,
  order: 0,
  staggerMs: 0,
  issuedAt: row.at,
  danger: row.order.danger,
  repeats: row.order.times,
  authority: AUTHORITY,
})

/** The number of the key switch that has started it; null where a phone has. */
export function switchOf(row: StandingRow): number | null {
  const by = standingStartOf(row.slot)?.by
  return by?.kind === 'switch' ? by.switch : null
}

/** Rows as the disk held them; what is damaged is left out. */
export function rowsFrom(value: unknown): StandingRow[] {
  if (!Array.isArray(value)) return []
  return value.filter((row: unknown): row is StandingRow => {
    if (typeof row !== 'object' || row === null) return false
    const { slot, at, order, planRev, volume } = row as Partial<StandingRow>
    const sound = typeof order === 'object' && order !== null && Array.isArray(order.parts) && order.parts.length > 0 && Number.isInteger(order.times) && Number.isInteger(order.gap)
    return typeof slot === 'string' && standingStartOf(slot) !== null && typeof at === 'number' && sound && typeof planRev === 'number' && typeof volume === 'number'
  })
}
