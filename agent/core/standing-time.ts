import { monoMs, wallMs, type Clock, type MonoMs, type WallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { PlanBody } from '../../shared/protocol/messages/plan.ts'
import type { Alerting } from './alerting.ts'

/** Emergencies of the server and those of the box, as one. */
export function alertingWith(alerts: Alerting, standing: Alerting): Alerting {
  let seen: { readonly a: readonly Slot[]; readonly b: readonly Slot[]; readonly all: readonly Slot[] } | null = null
  return {
    slots: () => {
      const [a, b] = [alerts.slots(), standing.slots()]
      // the player tells by the list itself whether something changed
      if (seen?.a !== a || seen.b !== b) seen = { a, b, all: b.length === 0 ? a : [...a, ...b] }
      return seen.all
    },
    manner: (slot) => alerts.manner(slot) ?? standing.manner(slot),
    wanted: () => alerts.wanted(),
  }
}

/** A wall time to go by while the real one is not known; null when there is none. */
export interface Stopgap {
  stopgap(at: MonoMs): WallMs | null
}
interface TimeSource {
  now(): WallMs | null
  monoOf(wall: WallMs): MonoMs | null
  wallOf(mono: MonoMs): WallMs | null
}

/**
 * The player's clock: the server's time, or, while that is not known and somebody has turned a key, the box's own. Its plan is then not gone by:
 * `planBy` gives none, for nothing scheduled may sound by a clock that nobody vouches for (DESIGN §6).
 */
export function standingTime<T extends TimeSource>(time: T, standing: Stopgap, clock: Clock): T {
  const instead = (): { readonly wall: WallMs; readonly mono: MonoMs } | null => {
    if (time.now() !== null) return null
    const mono = clock.mono()
    const wall = standing.stopgap(mono)
    return wall === null ? null : { wall, mono }
  }
  return {
    ...time,
    now: () => time.now() ?? instead()?.wall ?? null,
    monoOf: (wall) => {
      const own = instead()
      return own ? monoMs(own.mono + (wall - own.wall)) : time.monoOf(wall)
    },
    wallOf: (mono) => {
      const own = instead()
      return own ? wallMs(own.wall + (mono - own.mono)) : time.wallOf(mono)
    },
  }
}

/** What holds the plan, for a player with `standingTime`: without the server's time there is none. */
export const planBy = <T extends { plan(): PlanBody | null }>(store: T, time: Pick<TimeSource, 'now'>): T => ({ ...store, plan: () => (time.now() === null ? null : store.plan()) })
