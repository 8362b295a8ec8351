import type { Clock, MonoMs } from '../../shared/core/clock.ts'
import type { Targets } from '../../shared/core/timetable.ts'
import type { Identity } from './identity.ts'
import { toBase64Url } from '../../shared/protocol/wire.ts'
import { TICKET_LIVES_MS } from './mic-protocol.ts'

/** One connection each: a browser cannot set headers on a WebSocket, and a token in an address would be kept by proxies. */
export interface Tickets {
  /** Bound to a person, and to one emergency, or to the places of one live broadcast; to neither = wherever they may speak live. */
  issue(who: Identity, emergency?: string, targets?: Targets): string
  /** Whose it was, and for what; it is none any more. null = it was none. */
  take(ticket: string): TicketHolder | null
}

/** On whose behalf a microphone is opened, and what for. */
export interface TicketHolder {
  readonly who: Identity
  /** The one emergency that it is good for; null = for none. */
  readonly emergency: string | null
  /** The one set of places that a broadcast may be begun for; null = wherever they may. */
  readonly targets: Targets | null
}

/** A person opens one page; more outstanding ones are somebody's loop, and the oldest go. */
const MAX_TICKETS = 100

export function createTickets(clock: Clock, secretBytes: (count: number) => Uint8Array): Tickets {
  const held = new Map<string, TicketHolder & { readonly at: MonoMs }>()
  return {
    issue: (who, emergency, targets) => {
      const ticket = toBase64Url(secretBytes(18))
      held.set(ticket, { who, emergency: emergency ?? null, targets: targets ?? null, at: clock.mono() })
      for (const oldest of held.keys()) if (held.size > MAX_TICKETS) held.delete(oldest)
      return ticket
    },
    take: (ticket) => {
      const holder = held.get(ticket)
      held.delete(ticket)
      if (!holder || clock.mono() - holder.at > TICKET_LIVES_MS) return null
      const { who, emergency, targets } = holder
      return { who, emergency, targets }
    },
  }
}

/** Whether two sets of places name the same ones, in whatever order. */
export function sameTargets(a: Targets, b: Targets): boolean {
  const plain = (targets: Targets): string =>
    targets === 'all' ? 'all' : JSON.stringify([targets.areas, targets.groups, targets.clusters].map((names) => [...new Set(names ?? [])].sort()))
  return plain(a) === plain(b)
}
