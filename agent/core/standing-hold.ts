import { sinceMs, type MonoMs } from '../../shared/core/clock.ts'

/** Contacts bounce for some milliseconds. */
export const BOUNCE_MS = 50
/** A knock, a child's hand or lightning on the wire is shorter. */
export const HOLD_MS = 1_500

/** One key switch as it was seen. */
export interface Hold {
  readonly on: boolean
  /** Since when it has been as `on` says. */
  readonly since: MonoMs
  /** It has been seen off since the box started: only then does turning it on mean something. */
  readonly ready: boolean
  /** It has started something and has not been turned back. */
  readonly started: boolean
}
export interface HoldAnswer {
  readonly hold: Hold
  readonly event: 'start' | 'stop' | null
  /** Ask again after so long; null = nothing changes by itself. */
  readonly lookInMs: number | null
}

/**
 * As a box finds a switch at its start. One that is on starts nothing, or every power cut would wake the hamlet anew; one that had started
 * what still sounds (`running`) goes on, and ends it when it is turned back.
 */
export const newHold = (on: boolean, at: MonoMs, running: boolean): Hold => ({ on, since: at, ready: false, started: on && running })

/** The contact opened or closed. */
export const turned = (hold: Hold, on: boolean, at: MonoMs): Hold => (on === hold.on ? hold : { ...hold, on, since: at })

/** What follows from how long the switch has been as it is. */
export function judgeHold(hold: Hold, at: MonoMs): HoldAnswer {
  const restMs = (needed: number): number => Math.max(1, Math.ceil(needed - sinceMs(hold.since, at)))
  const heldMs = sinceMs(hold.since, at)
  if (!hold.on) {
    if (hold.ready && !hold.started) return { hold, event: null, lookInMs: null }
    if (heldMs < BOUNCE_MS) return { hold, event: null, lookInMs: restMs(BOUNCE_MS) }
    return { hold: { ...hold, ready: true, started: false }, event: hold.started ? 'stop' : null, lookInMs: null }
  }
  if (hold.started || !hold.ready) return { hold, event: null, lookInMs: null }
  if (heldMs < HOLD_MS) return { hold, event: null, lookInMs: restMs(HOLD_MS) }
  return { hold: { ...hold, started: true }, event: 'start', lookInMs: null }
}
