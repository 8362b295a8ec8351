import type { WallMs } from '../../../shared/core/clock.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import { durationMs } from '../../../shared/core/durations.ts'
import { occurrencesBetween, type Occurrence } from '../../../shared/core/recurrence.ts'
import { onAirAt } from '../../../shared/core/timeline.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord, PresenceRecord } from '../../core/stores.ts'
import { SILENT_AFTER_MS } from '../../core/symptoms-sound.ts'

export type DueDeps = Pick<ServerDeps, 'stores' | 'access' | 'slotsFor'>
export interface Due {
  readonly slot: string
  readonly since: WallMs
}
export interface DueWatch {
  /**
   * What a cluster that plays nothing should sound, and since when; null when it may be silent. Asked of one cluster after
   * another within a look.
   */
  dueOn(cluster: ClusterRecord, presence: PresenceRecord): Due | null
  /** When its next session begins; null when none does within a week. */
  nextSession(cluster: string): WallMs | null
}

const DAY_MS = 86_400_000
/** How long sessions under way and who hears them are taken for known. */
const KNOWN_MS = 30_000
/** A plan is read to be sure: so many in one look, the others have their turn in the next. */
const READ_AT_ONCE = 12
/** What was read of a plan is believed for so long. */
const READ_MS = 20_000

interface SessionNow {
  readonly session: Session
  readonly occurrence: Occurrence | null
  readonly next: WallMs | null
  readonly clusters: ReadonlySet<string>
}

/**
 * Who should sound now: first by the sessions under way, which is cheap for thousands of clusters, and then, for those
 * that are silent, by the very rule that their boxes go by (pauses, mourning, quiet hours).
 */
export function createDueWatch(deps: DueDeps): { at(now: WallMs): DueWatch } {
  let known: { at: WallMs; sessions: readonly SessionNow[] } | null = null
  const read = new Map<string, { at: WallMs; due: Due | null }>()

  const sessionsAt = (now: WallMs): readonly SessionNow[] => {
    if (known !== null && Math.abs(now - known.at) < KNOWN_MS) return known.sessions
    const sessions = deps.stores.sessions.all().map((session): SessionNow => {
      const around = occurrencesBetween(session, wallMs(now - DAY_MS), wallMs(now + 7 * DAY_MS))
      const occurrence = around.find(({ start, end }) => start <= now + KNOWN_MS && now < end + staggerOf(session) * 100) ?? null
      return { session, occurrence, next: around.find(({ start }) => start > now)?.start ?? null, clusters: new Set(deps.access.audience(session.targets).clusters) }
    })
    known = { at: now, sessions }
    for (const [key, { at }] of read) if (Math.abs(now - at) >= READ_MS) read.delete(key)
    return sessions
  }

  const readDue = (cluster: ClusterRecord, now: WallMs): Due | null => {
    const planned = deps.slotsFor(cluster.id, now)
    if (!planned) return null
    const onAir = onAirAt(planned.slots, planned.policies, planned.view, now)
    // where it began, whatever interrupted it: what is due now has been due since then, or since it came back
    return onAir.do === 'play' ? { slot: onAir.slot.id, since: wallMs(Math.max(onAir.slot.start + onAir.slot.staggerMs * planned.view.staggerIndex, now - onAir.offsetMs)) } : null
  }

  return {
    at(now) {
      const sessions = sessionsAt(now)
      let left = READ_AT_ONCE
      return {
        dueOn(cluster, presence) {
          if (!presence.online || presence.playing !== null || cluster.now.mute) return null
          if (!sessions.some(({ occurrence, clusters }) => occurrence !== null && occurrence.start <= now - SILENT_AFTER_MS && clusters.has(cluster.id))) return null
          const before = read.get(cluster.id)
          if (before !== undefined && now - before.at < READ_MS) return seenFrom(before.due, presence)
          if (left === 0) return null
          left--
          const due = readDue(cluster, now)
          read.set(cluster.id, { at: now, due })
          return seenFrom(due, presence)
        },
        nextSession: (id) => sessions.reduce<WallMs | null>((first, { next, clusters }) => (next === null || !clusters.has(id) || (first !== null && first <= next) ? first : next), null),
      }
    },
  }
}

/** A cluster that has come back a moment ago has not told yet what it plays. */
const seenFrom = (due: Due | null, presence: PresenceRecord): Due | null => (due === null ? null : { ...due, since: wallMs(Math.max(due.since, presence.since)) })
const staggerOf = (session: Session): number => (session.stagger === undefined ? 0 : durationMs(session.stagger))
