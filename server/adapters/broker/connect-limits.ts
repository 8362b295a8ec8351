import { performance } from 'node:perf_hooks'
import type { BrokerLimits } from './limits.ts'

const WINDOW_MS = 60_000
/** Distinct addresses or clients remembered within a minute; beyond it the table starts anew rather than grow. */
const MAX_REMEMBERED = 20_000

/** Counts how often a key came within the running minute. */
interface MinuteCount {
  add(key: string): number
  of(key: string): number
}

function minuteCount(): MinuteCount {
  let since = performance.now()
  const seen = new Map<string, number>()
  const fresh = (): Map<string, number> => {
    const now = performance.now()
    if (now - since >= WINDOW_MS || seen.size > MAX_REMEMBERED) {
      seen.clear()
      since = now
    }
    return seen
  }
  return {
    add(key) {
      const count = (fresh().get(key) ?? 0) + 1
      seen.set(key, count)
      return count
    },
    of: (key) => fresh().get(key) ?? 0,
  }
}

/** Who may open a socket, and how often a client may come back. */
export interface ConnectLimits {
  /** null = come in, and `settled` must be called once; otherwise why not. */
  admit(address: string): 'address-pending' | 'address-failures' | null
  /** The socket of `address` has shown a right credential, or is closed. */
  settled(address: string): void
  /** A credential from `address` was refused. */
  noteFailure(address: string): void
  /** Counts an accepted credential; false when the client comes too often. Only the rightful owner can use this up. */
  mayConnect(clientId: string): boolean
}

export function createConnectLimits(limits: BrokerLimits): ConnectLimits {
  const pending = new Map<string, number>()
  const failures = minuteCount()
  const connects = minuteCount()
  return {
    admit(address) {
      if (failures.of(address) >= limits.maxFailuresPerAddress) return 'address-failures'
      const waiting = pending.get(address) ?? 0
      if (waiting >= limits.maxPendingPerAddress) return 'address-pending'
      pending.set(address, waiting + 1)
      return null
    },
    settled(address) {
      const left = (pending.get(address) ?? 0) - 1
      if (left > 0) pending.set(address, left)
      else pending.delete(address)
    },
    noteFailure: (address) => void failures.add(address),
    mayConnect: (clientId) => connects.add(clientId) <= limits.maxConnectsPerClient,
  }
}
