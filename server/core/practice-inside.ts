import { sinceMs, type Clock, type MonoMs } from '../../shared/core/clock.ts'
import { toBase64Url } from '../../shared/protocol/wire.ts'
import type { Role } from './identity.ts'
import { showsUse } from './practice.ts'

/** What a practice station knows of being one; a real station has nothing of it. */
export interface Practising {
  readonly tickets: PracticeTickets
  /** Somebody who came in asks for something. */
  noteRequest(method: string): void
}

export interface PracticeTicket {
  readonly role: Role
  /** Where this person's pages lead back to. */
  readonly home: string
}
/** One way in each, without a password: the real station has asked who it is. */
export interface PracticeTickets {
  issue(order: PracticeTicket): string
  /** It is none any more. null = it was none, or it is too old. */
  take(ticket: string): PracticeTicket | null
}

/** The page that asked for it opens the other one at once. */
export const PRACTICE_TICKET_LIVES_MS = 120_000
const MAX_TICKETS = 50
/** How often it is told that somebody practises. */
const TELL_EVERY_MS = 60_000

function createTickets(clock: Pick<Clock, 'mono'>, secretBytes: (count: number) => Uint8Array): PracticeTickets {
  const held = new Map<string, PracticeTicket & { readonly at: MonoMs }>()
  return {
    issue(order) {
      const ticket = toBase64Url(secretBytes(24))
      held.set(ticket, { ...order, at: clock.mono() })
      for (const oldest of held.keys()) if (held.size > MAX_TICKETS) held.delete(oldest)
      return ticket
    },
    take(ticket) {
      const found = held.get(ticket)
      held.delete(ticket)
      return found && sinceMs(found.at, clock.mono()) <= PRACTICE_TICKET_LIVES_MS ? { role: found.role, home: found.home } : null
    },
  }
}

/** `used` is told at most once a minute. */
export function createPractising(clock: Pick<Clock, 'mono'>, secretBytes: (count: number) => Uint8Array, used: () => void): Practising {
  let toldAt: MonoMs | null = null
  return {
    tickets: createTickets(clock, secretBytes),
    noteRequest(method) {
      const now = clock.mono()
      if (!showsUse(method) || (toldAt !== null && sinceMs(toldAt, now) < TELL_EVERY_MS)) return
      toldAt = now
      used()
    },
  }
}
