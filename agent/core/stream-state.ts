import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { StateChange } from './stream-buffer.ts'

/** Without a packet for this long the stream is not coming, ms. */
export const GRACE_MS = 10_000
/** It is taken back when this much of it is there again, ms. */
export const STEADY_MS = 5_000
/** What is decided now is heard this much later: both sounds are made ready, ms. */
const AHEAD_MS = 600
/** The stream itself is in memory, and it was lacking long enough. */
const BACK_AHEAD_MS = 200
const MAX_CHANGES = 6

/** From `from` on: the stream, or its substitute since that instant; `own`: decided by this box for want of packets. */
export interface StreamState {
  readonly from: WallMs
  readonly substituteSince: WallMs | null
  readonly own: boolean
}

/** What this box has decided for itself, ascending; from the last one on it holds. */
export type OwnChanges = readonly { readonly from: WallMs; readonly away: boolean }[]

export interface StreamView {
  readonly now: WallMs
  /** When it is due first. */
  readonly due: WallMs
  /** Since the last packet, or since it was first wanted, ms. */
  readonly quietMs: number
  /** Everything is there from now until then; `now` when nothing is. */
  readonly coveredTo: WallMs
}

const awayAt = (changes: OwnChanges): boolean => changes.at(-1)?.away ?? false

/** The box goes over to the substitute when the stream has not come for the grace, and back when it is steadily there again. */
export function noteStream(changes: OwnChanges, { now, due, quietMs, coveredTo }: StreamView): OwnChanges {
  const last = changes.at(-1)
  if (!awayAt(changes)) {
    if (quietMs < GRACE_MS) return changes
    const from = wallMs(Math.max(coveredTo, due, now + AHEAD_MS))
    return [...changes, { from, away: true }].slice(-MAX_CHANGES)
  }
  // it is there again before anybody heard that it was away
  if (last && last.from > now + AHEAD_MS && quietMs < GRACE_MS) return changes.slice(0, -1)
  const back = wallMs(now + BACK_AHEAD_MS)
  return coveredTo - now < STEADY_MS ? changes : [...changes, { from: back, away: false }].slice(-MAX_CHANGES)
}

/** What the station has said and what the box has decided, as one line; empty = the stream, as far as is known. */
export function streamStates(told: readonly StateChange[], own: OwnChanges): StreamState[] {
  const instants = [...told.map(({ fromUs }) => fromUs / 1_000), ...own.map(({ from }) => from as number)].sort((a, b) => a - b)
  const states: StreamState[] = []
  for (const at of instants) {
    const since = told.findLast(({ fromUs }) => fromUs / 1_000 <= at)?.substituteSinceUs ?? null
    const decided = own.findLast(({ from }) => from <= at)
    const state: StreamState =
      since !== null ? { from: wallMs(at), substituteSince: wallMs(since / 1_000), own: false }
      : decided?.away ? { from: wallMs(at), substituteSince: decided.from, own: true }
      : { from: wallMs(at), substituteSince: null, own: false }
    const before = states.at(-1)
    if (before?.from === state.from) states.pop()
    if (states.at(-1)?.substituteSince !== state.substituteSince) states.push(state)
  }
  return states
}
