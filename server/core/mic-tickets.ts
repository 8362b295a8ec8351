import type { Clock, MonoMs } from '../../shared/core/clock.ts'
import type { Identity } from './identity.ts'
import { toBase64Url } from '../../shared/protocol/wire.ts'
import { TICKET_LIVES_MS } from './mic-protocol.ts'

/** One connection each: a browser cannot set headers on a WebSocket, and a token in an address would be kept by proxies. */
export interface Tickets {
  /** `emergency`: also to speak into that one. */
  issue(who: Identity, emergency?: string): string
  /** Whose it was, and for what; it is none any more. null = it was none. */
  take(ticket: string): TicketHolder | null
}

/** On whose behalf a microphone is opened, and into which emergency they may speak. */
export interface TicketHolder {
  readonly who: Identity
  readonly emergency: string | null
}

/** A person opens one page; more outstanding ones are somebody's loop, and the oldest go. */
const MAX_TICKETS = 100

export function createTickets(clock: Clock, secretBytes: (count: number) => Uint8Array): Tickets {
  const held = new Map<string, TicketHolder & { readonly at: MonoMs }>()
  return {
    issue: (who, emergency) => {
      const ticket = toBase64Url(secretBytes(18))
      held.set(ticket, { who, emergency: emergency ?? null, at: clock.mono() })
      for (const oldest of held.keys()) if (held.size > MAX_TICKETS) held.delete(oldest)
      return ticket
    },
    take: (ticket) => {
      const holder = held.get(ticket)
      held.delete(ticket)
      return holder && clock.mono() - holder.at <= TICKET_LIVES_MS ? { who: holder.who, emergency: holder.emergency } : null
    },
  }
}
