import type { Clock, MonoMs } from '../../shared/core/clock.ts'
import { toBase64Url } from '../../shared/protocol/wire.ts'
import { TICKET_LIVES_MS } from './mic-protocol.ts'

/** One connection each: a browser cannot set headers on a WebSocket, and a token in an address would be kept by proxies. */
export interface Tickets {
  issue(): string
  /** Whether it was one; it is none any more. */
  take(ticket: string): boolean
}

/** A person opens one page; more outstanding ones are somebody's loop, and the oldest go. */
const MAX_TICKETS = 100

export function createTickets(clock: Clock, secretBytes: (count: number) => Uint8Array): Tickets {
  const until = new Map<string, MonoMs>()
  return {
    issue: () => {
      const ticket = toBase64Url(secretBytes(18))
      until.set(ticket, clock.mono())
      for (const oldest of until.keys()) if (until.size > MAX_TICKETS) until.delete(oldest)
      return ticket
    },
    take: (ticket) => {
      const issued = until.get(ticket)
      until.delete(ticket)
      return issued !== undefined && clock.mono() - issued <= TICKET_LIVES_MS
    },
  }
}
