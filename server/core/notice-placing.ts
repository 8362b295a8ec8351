import { civilDate, clockText, DAY_MS, msOfDay } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { occurrencesBetween } from '../../shared/core/recurrence.ts'
import type { Item, Session, Targets } from '../../shared/core/timetable.ts'

/** Until then a cluster has surely got the plan and the sound. */
export const PLACE_AHEAD_MS = 120_000
/** How far ahead a next session is looked for. */
export const LOOK_AHEAD_MS = 7 * DAY_MS

export interface NextStart {
  readonly at: WallMs
  /** Sorted. */
  readonly clusters: readonly string[]
}

/**
 * When the next session of each cluster begins, clusters of one instant together, soonest first. Clusters without one in
 * `LOOK_AHEAD_MS` are in none. `audience`: who hears a session.
 */
export function nextStarts(sessions: readonly Session[], clusters: readonly string[], { now, audience }: { readonly now: WallMs; readonly audience: (targets: Targets) => readonly string[] }): NextStart[] {
  const [from, to] = [wallMs(now + PLACE_AHEAD_MS), wallMs(now + LOOK_AHEAD_MS)]
  const soonest = new Map<string, WallMs>()
  const wanted = new Set(clusters)
  for (const session of sessions) {
    const first = occurrencesBetween(session, from, to).find(({ start }) => start >= from)
    if (!first) continue
    for (const cluster of audience(session.targets)) {
      const known = soonest.get(cluster)
      if (wanted.has(cluster) && (known === undefined || first.start < known)) soonest.set(cluster, first.start)
    }
  }
  const starts = new Map<WallMs, string[]>()
  for (const [cluster, at] of soonest) starts.set(at, [...(starts.get(at) ?? []), cluster])
  return [...starts].map(([at, those]) => ({ at, clusters: those.sort() })).sort((a, b) => a.at - b.at)
}

/** A session that comes round once, for as long as its items last. `ms`: their length; at least a second. */
export function onceSession(wish: { readonly id: string; readonly name: string; readonly at: WallMs; readonly ms: number; readonly targets: Targets; readonly items: readonly Item[] }): Session {
  // the timetable counts seconds
  const at = wallMs(Math.ceil(wish.at / 1_000) * 1_000)
  const text = (instant: number): string => clockText(Math.floor(msOfDay(wallMs(instant)) / 1_000))
  return {
    id: wish.id, name: wish.name.slice(0, 120), at: text(at), until: text(at + Math.max(1, Math.ceil(wish.ms / 1_000)) * 1_000),
    days: { once: civilDate(at) }, targets: wish.targets, items: [...wish.items],
  }
}
