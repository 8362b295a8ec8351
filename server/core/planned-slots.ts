import { wallMs } from '../../shared/core/clock.ts'
import { layOut, type FindMedia, type LaidItem } from '../../shared/core/layout.ts'
import { occurrencesBetween, type Occurrence } from '../../shared/core/recurrence.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { PLAIN_NATURE } from './report-nature.ts'
import type { PlannedSlot } from './stores.ts'

/** What an occurrence that has begun was to sound on one cluster: the ground line of its evidence. */
export function plannedSlots(
  occurrence: Occurrence,
  items: readonly LaidItem[],
  cluster: { readonly id: string; readonly stagger: number; readonly planRev: number },
  staggerMs: number,
): PlannedSlot[] {
  const shift = staggerMs * cluster.stagger
  const name = `${occurrence.session}.${Math.round(occurrence.start / 1000).toString(36)}`
  return items.map((item, n) => ({
    slot: `${name}.${n}`,
    cluster: cluster.id,
    session: occurrence.session,
    occurrence: occurrence.start,
    due: wallMs(occurrence.start + item.at + shift),
    end: wallMs(occurrence.start + item.at + item.len + shift),
    item: item.name,
    media: item.media,
    stream: item.stream ?? null,
    planRev: cluster.planRev,
    ...(item.class === 'priority' ? { nature: { ...PLAIN_NATURE, class: 'priority' as const } } : {}),
  }))
}

/** What a person calls a slot, from the timetable as it stands; null when the session is gone or has changed its items. */
export function titleOfSlot(slot: string, sessions: readonly Session[], find: FindMedia): string | null {
  const m = /^(.+)\.([0-9a-z]+)\.(\d+)$/.exec(slot)
  const session = sessions.find((s) => s.id === m?.[1])
  if (!m || !session) return null
  const start = wallMs(Number.parseInt(m[2] ?? '', 36) * 1000)
  const occurrence = occurrencesBetween(session, start, wallMs(start + 1)).find((o) => o.start === start)
  return (occurrence && layOut(session, occurrence, find).items[Number(m[3])]?.name) ?? null
}
