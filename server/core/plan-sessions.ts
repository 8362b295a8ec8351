import { durationMs } from '../../shared/core/durations.ts'
import { layOut, type FindMedia, type LaidItem } from '../../shared/core/layout.ts'
import type { Occurrence } from '../../shared/core/recurrence.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { packStarts, type PlanItem, type PlanSession } from '../../shared/protocol/messages/plan.ts'

/** What may sound changes from day to day and not within one: a session that comes round every three minutes asks once a day. */
function rememberedByDay(find: FindMedia): FindMedia {
  const known = new Map<string, ReturnType<FindMedia>>()
  return (ref, occurrence) => {
    const key = `${occurrence.date} ${JSON.stringify(ref)}`
    if (!known.has(key)) known.set(key, find(ref, occurrence))
    return known.get(key) ?? null
  }
}

/** Occurrences that sound the same become one entry: a daily session with fixed items is one, a rotation one per episode. */
export function variantsOf(session: Session, occurrences: readonly Occurrence[], find: FindMedia): Omit<PlanSession, 'policy'>[] {
  const found = rememberedByDay(find)
  const byItems = new Map<string, { items: PlanItem[]; len: number; starts: number[] }>()
  for (const occurrence of occurrences) {
    const items = layOut(session, occurrence, found).items.map(planItem)
    if (items.length === 0) continue
    const len = occurrence.end - occurrence.start
    const key = JSON.stringify([len, items])
    const known = byItems.get(key)
    if (known) known.starts.push(occurrence.start)
    else byItems.set(key, { items, len, starts: [occurrence.start] })
  }
  const stagger = session.stagger === undefined ? 0 : durationMs(session.stagger)
  return [...byItems.values()].map(({ items, len, starts }) => ({
    id: session.id,
    len,
    ...(stagger > 0 ? { stagger } : {}),
    starts: packStarts(starts),
    items,
  }))
}

const planItem = (item: LaidItem): PlanItem => ({
  at: item.at,
  len: item.len,
  media: item.media,
  ...(item.stream === undefined ? {} : { stream: item.stream }),
  resume: item.resume,
  ...(item.music ? { music: true } : {}),
  ...(item.order === 0 ? {} : { order: item.order }),
  ...(item.class === 'scheduled' ? {} : { class: item.class }),
})
