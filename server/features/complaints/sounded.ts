import { civilDayNumber, isoWithOffset, MINUTE_MS } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { actorName } from '../../core/actor-name.ts'
import { emergencyOfSlot } from '../../core/emergency-record.ts'
import type { SlotEvidence } from '../../core/evidence-report.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { titleBeside } from '../../core/slot-title.ts'

export type SoundedDeps = Pick<ServerDeps, 'stores' | 'clock' | 'reports'>

/** What was due or sounded on a cluster around an instant, and by whose order. */
export interface Sounded {
  readonly slot: string
  readonly title: string
  readonly session: string | null
  readonly plannedStart: string
  readonly plannedEnd: string
  /** null where nothing of it is known to have sounded. */
  readonly began: string | null
  readonly seconds: number
  /** dBFS. */
  readonly level: number | null
  readonly rung: SlotEvidence['rung']
  /** Who ordered it, when; null where the log does not say. */
  readonly by: string | null
  readonly byAt: string | null
  readonly order: string | null
}

/** People remember the hour, not the minute. */
const AROUND_MS = 20 * MINUTE_MS
/** A slot that began so long ago may still have sounded. */
const LONGEST_MS = 6 * 3_600_000
/** More than a cluster can have in a day. */
const MOST_ROWS = 5_000

interface Order {
  readonly by: string
  readonly at: WallMs
  readonly what: string
}

/** The last decision before it that is about what sounded: an emergency, a live broadcast, or the session. */
function orderOf(deps: SoundedDeps, row: SlotEvidence): Order | null {
  const emergency = emergencyOfSlot(row.slot)
  const live = /^l\.([0-9a-zA-Z]+)/.exec(row.slot)?.[1]
  const subject = emergency?.id ?? live ?? row.planned?.session
  if (subject === undefined) return null
  const [last] = deps.stores.auditPages.page({ subject, to: wallMs(row.due + 1), most: 1 })
  if (last) return { by: actorName(deps.stores.people, last.actor), at: last.at, what: last.action }
  const record = emergency && deps.stores.emergencies.byId(emergency.id)
  return record ? { by: actorName(deps.stores.people, record.order.actor), at: record.acceptedAt, what: 'emergency.raise' } : null
}

/** From the rows of its day, wherever they lie by now: complaints come days later. */
export async function soundedAround(deps: SoundedDeps, cluster: string, at: WallMs): Promise<Sounded[]> {
  const { stores, clock, reports } = deps
  const [first, last] = [civilDayNumber(wallMs(at - LONGEST_MS)), civilDayNumber(wallMs(at + AROUND_MS))]
  const revs = new Map(stores.care.succession.lines().tenures(cluster).map(({ cluster: box }) => [box, stores.presence.byCluster(box)?.planRev ?? 0]))
  const days = await Promise.all(
    Array.from({ length: last - first + 1 }, (_, n) => reports.run('day', { day: first + n, clusters: [cluster], revs, now: clock.wall(), offset: 0, limit: MOST_ROWS })),
  )
  return days.flatMap(({ rows }) => rows).filter(({ due, end }) => end >= at - AROUND_MS && due <= at + AROUND_MS).map((row) => {
    const order = orderOf(deps, row)
    return {
      slot: row.slot, title: row.planned?.item ?? titleBeside(stores, row.slot) ?? row.slot, session: row.planned?.session ?? null,
      plannedStart: isoWithOffset(wallMs(row.due)), plannedEnd: isoWithOffset(wallMs(row.end)),
      began: row.began === null ? null : isoWithOffset(wallMs(row.began)), seconds: row.playedMs / 1000, level: row.level, rung: row.rung,
      by: order?.by ?? null, byAt: order ? isoWithOffset(order.at) : null, order: order?.what ?? null,
    }
  })
}
