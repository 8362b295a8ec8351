import { sinceMs, type MonoMs, type Random } from '../../shared/core/clock.ts'

/** When a relay gives way to its substitute, and when it comes back (DESIGN §5). */
export interface WatchBounds {
  /** Nothing comes for so long, ms: the substitute. */
  readonly graceMs: number
  /** Silence of so long, ms: the substitute. */
  readonly silenceMs: number
  /** Steady sound of so long, ms: the relay again. */
  readonly backMs: number
  /** A speaker's breath does not make sound unsteady, ms. */
  readonly breathMs: number
  /** Softer than this is silence … */
  readonly silenceDb: number
  /** … until it is louder than that again; dBFS. */
  readonly soundDb: number
}
export const WATCH_BOUNDS: WatchBounds = { graceMs: 10_000, silenceMs: 90_000, backMs: 5_000, breathMs: 1_500, silenceDb: -40, soundDb: -34 }

/** What one moment of the relay was like. An exit of its reader is heard as nothing, once what it had read is used up. */
export interface Heard {
  readonly now: MonoMs
  /** dBFS of the last second; null = nothing came. */
  readonly levelDb: number | null
  /** A minute's silence must not become a song: on such a day silence is no fault. */
  readonly mourning: boolean
}

export type WatchPhase = 'sound' | 'grace' | 'substitute'
export interface WatchState {
  readonly phase: WatchPhase
  /** Since when it is so; of a grace, since when nothing came. */
  readonly since: MonoMs
  /** Why it does not sound; null while it does. */
  readonly why: 'lost' | 'silent' | null
  /** When sound of any level last came; the opening, where none has come. */
  readonly cameAt: MonoMs
  /** Since when it has been soft; null while it is loud enough, and in mourning. */
  readonly quietSince: MonoMs | null
  /** Since when sound is steady while the substitute is on; null while it is not. */
  readonly steadySince: MonoMs | null
  readonly loudAt: MonoMs
}

/** From the opening: who has not answered within the grace begins with the substitute. */
export const startWatch = (now: MonoMs): WatchState => ({ phase: 'grace', since: now, why: 'lost', cameAt: now, quietSince: null, steadySince: null, loudAt: now })

/** Where silence began, if it still lasts: between the two levels it is what it was. */
function quietSince(state: WatchState, { now, levelDb, mourning }: Heard, bounds: WatchBounds): MonoMs | null {
  if (mourning) return null
  if (levelDb === null) return state.quietSince
  if (levelDb >= bounds.soundDb) return null
  return state.quietSince ?? (levelDb < bounds.silenceDb ? now : null)
}

function nextSubstitute(state: WatchState, heard: Heard, bounds: WatchBounds): WatchState {
  const { now, levelDb, mourning } = heard
  const why = levelDb === null ? 'lost' : state.why
  if (levelDb === null) return { ...state, why, steadySince: null, quietSince: null }
  const came = { ...state, cameAt: now }
  // silence is as good as sound on a day of mourning: only a loss is a fault then
  if (!mourning && levelDb < bounds.soundDb) {
    const breath = state.steadySince !== null && sinceMs(state.loudAt, now) <= bounds.breathMs
    return breath ? came : { ...came, why: 'silent', steadySince: null }
  }
  const steadySince = state.steadySince ?? now
  if (sinceMs(steadySince, now) < bounds.backMs) return { ...came, steadySince, loudAt: now }
  return { phase: 'sound', since: now, why: null, cameAt: now, quietSince: null, steadySince: null, loudAt: now }
}

/** One step. Steps may come at any distance from each other; `now` never goes back. */
export function nextWatch(state: WatchState, heard: Heard, bounds: WatchBounds = WATCH_BOUNDS): WatchState {
  if (state.phase === 'substitute') return nextSubstitute(state, heard, bounds)
  const { now, levelDb } = heard
  const quiet = quietSince(state, heard, bounds)
  const substitute = (why: 'lost' | 'silent'): WatchState => ({ ...state, phase: 'substitute', since: now, why, quietSince: null, steadySince: null })
  if (levelDb === null) {
    if (sinceMs(state.cameAt, now) >= bounds.graceMs) return substitute('lost')
    const since = state.phase === 'grace' ? state.since : state.cameAt
    return { ...state, phase: 'grace', since, why: 'lost', quietSince: quiet }
  }
  if (quiet !== null && sinceMs(quiet, now) >= bounds.silenceMs) return { ...substitute('silent'), cameAt: now }
  const since = state.phase === 'sound' ? state.since : now
  return { ...state, phase: 'sound', since, why: null, cameAt: now, quietSince: quiet }
}

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

/** How long to wait before opening again, ms: 1 s, doubled each time up to 30 s, and up to a half of it by chance. `failures` ≥ 1 in a row. */
export function reopenAfterMs(failures: number, random: Random): number {
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(10, failures - 1))
  return most / 2 + (most / 2) * random()
}
