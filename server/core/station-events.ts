import type { WallMs } from '../../shared/core/clock.ts'
import type { Action } from './permissions.ts'

/** What screens, notifications and reports want to know at once. Facts that happened, told after they are stored. */
export interface StationEvent {
  /** A noun and what became of it: `cluster.offline`, `incident.opened`, `timetable.published`, `programme.pending`, `session.result` … */
  readonly kind: string
  readonly at: WallMs
  /** Areas concerned; empty = the whole station. Whoever sees none of them does not hear of it. */
  readonly areas: readonly string[]
  /** Who hears of it: those with this right in one of the areas themselves, not those around or below; absent = whoever may read what concerns the areas. */
  readonly right?: Action
  /** What happened to: an identity. */
  readonly subject: string
  /** JSON; never a secret, never personal data beyond what a list shows. */
  readonly detail?: unknown
}

export interface StationEvents {
  tell(event: StationEvent): void
  /** Calls must not throw and return at once. Answers how to stop listening. */
  onEvent(fn: (event: StationEvent) => void): () => void
}

export function createStationEvents(): StationEvents {
  const listeners = new Set<(event: StationEvent) => void>()
  return {
    tell: (event) => listeners.forEach((fn) => fn(event)),
    onEvent(fn) {
      listeners.add(fn)
      return () => void listeners.delete(fn)
    },
  }
}
