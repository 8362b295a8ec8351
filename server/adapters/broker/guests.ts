import type { Duplex } from 'node:stream'
import type { ConnectLimits } from './connect-limits.ts'
import { createFrameGuard, guardReads } from './frame-guard.ts'
import type { BrokerCount, BrokerLimits } from './limits.ts'

interface Guest {
  readonly address: string
  known: boolean
}

/** The streams that are open, known or not yet, each with its packet limit. */
export interface Guests {
  /** False when the address has too many strangers or failures; the caller closes the stream. */
  admit(stream: Duplex, address: string): boolean
  /** The stream has shown a right credential. */
  settle(stream: Duplex): void
  addressOf(stream: Duplex): string
  open(): ReadonlySet<Duplex>
}

export interface GuestsDeps {
  readonly limits: BrokerLimits
  readonly connects: ConnectLimits
  count(name: BrokerCount): void
}

export function createGuests({ limits, connects, count }: GuestsDeps): Guests {
  const guests = new WeakMap<Duplex, Guest>()
  const open = new Set<Duplex>()
  const settle = (guest: Guest): void => {
    if (!guest.known) connects.settled(guest.address)
    guest.known = true
  }
  return {
    admit(stream, address) {
      if (connects.admit(address)) {
        count('refusedAddress')
        return false
      }
      const guest: Guest = { address, known: false }
      guests.set(stream, guest)
      open.add(stream)
      stream.once('close', () => {
        open.delete(stream)
        settle(guest)
      })
      const limit = (): number => (guest.known ? limits.maxPacketBytes : limits.maxConnectBytes)
      guardReads(stream, createFrameGuard(limit), (why) => count(why === 'too-big' ? 'tooBig' : 'malformed'))
      return true
    },
    settle(stream) {
      const guest = guests.get(stream)
      if (guest) settle(guest)
    },
    addressOf: (stream) => guests.get(stream)?.address ?? 'unknown',
    open: () => open,
  }
}
