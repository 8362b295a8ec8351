import { every, type Clock } from '../../../shared/core/clock.ts'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import { createEventRing, type EventRing, type NumberedEvent } from '../../core/event-ring.ts'
import type { Identity } from '../../core/identity.ts'
import { areasWhere } from '../../core/permissions.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { StationEvent } from '../../core/station-events.ts'

/** The part of an HTTP response that a stream needs. */
export interface Screen {
  /** False when it does not drain. */
  write(text: string): boolean
  /** Bytes that wait for it. */
  waiting(): number
  end(): void
  onClose(fn: () => void): void
}

export type StreamDeps = Pick<ServerDeps, 'clock' | 'access' | 'events' | 'random'>

export interface EventStreams {
  /** Answers false when there are as many as the station bears. `still`: who it is now; null ends it. */
  open(screen: Screen, still: () => Identity | null, lastId: string | null): boolean
  readonly count: number
  stop(): void
}

const HELD = 1_000
const HEARTBEAT_MS = 15_000
/** A screen that is behind by more is dropped; it asks again with its last id. */
const MOST_WAITING_BYTES = 256 * 1_024
export const MOST_SCREENS = 500

const kindsSeen = (who: Identity, clock: Clock): boolean => {
  const granted = areasWhere(who, 'station.read', clock.wall())
  return granted === 'all' || granted.size > 0
}

const textOf = ({ id, event }: NumberedEvent): string => {
  const { kind, at, areas, subject, detail } = event
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ at: isoWithOffset(at), areas, subject, detail: detail ?? null })}\n\n`
}

/** Of the station as a whole everybody hears who has anything to read; of a place those who see it. */
function hears(deps: StreamDeps, who: Identity): (event: StationEvent) => boolean {
  if (!kindsSeen(who, deps.clock)) return () => false
  const concerns = deps.access.concerns(who, 'station.read')
  return ({ areas, right }) => {
    if (right === undefined) return areas.length === 0 || concerns(areas)
    const lets = deps.access.sees(who, right)
    return areas.length === 0 ? lets(null) : areas.some(lets)
  }
}

interface OpenStream {
  readonly screen: Screen
  readonly still: () => Identity | null
}

/** One stream to each screen, filtered by what its person may see at that moment. */
export function createEventStreams(deps: StreamDeps): EventStreams {
  const { clock, events, random } = deps
  const ring: EventRing = createEventRing(Math.floor(random() * 2 ** 40).toString(36).padStart(8, '0'), HELD)
  const open = new Set<OpenStream>()

  const drop = (stream: OpenStream): void => {
    if (open.delete(stream)) stream.screen.end()
  }
  const send = (stream: OpenStream, text: string): void => {
    if (stream.screen.waiting() > MOST_WAITING_BYTES) return drop(stream)
    stream.screen.write(text)
  }
  const quit = events.onEvent((event) => {
    const numbered = ring.add(event)
    if (open.size === 0) return
    const text = textOf(numbered)
    for (const stream of [...open]) {
      const who = stream.still()
      if (!who) drop(stream)
      else if (hears(deps, who)(event)) send(stream, text)
    }
  })
  const cancel = every(clock, HEARTBEAT_MS, () => {
    for (const stream of [...open]) {
      if (stream.still()) send(stream, ': still here\n\n')
      else drop(stream)
    }
  })

  return {
    get count() {
      return open.size
    },
    open(screen, still, lastId) {
      const who = still()
      if (open.size >= MOST_SCREENS || !who) return false
      const stream: OpenStream = { screen, still }
      open.add(stream)
      screen.onClose(() => void open.delete(stream))
      screen.write('retry: 3000\n: here\n\n')
      if (lastId === null) return true
      const missed = ring.after(lastId)
      // what was missed is not known any more: the screen reads its lists anew
      if (missed === null) screen.write('event: resync\ndata: {}\n\n')
      else for (const one of missed.filter(({ event }) => hears(deps, who)(event))) send(stream, textOf(one))
      return true
    },
    stop() {
      cancel()
      quit()
      for (const stream of [...open]) drop(stream)
    },
  }
}
