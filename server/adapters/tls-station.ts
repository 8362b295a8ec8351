import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { every, type Clock } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import { ok, type Result } from '../../shared/core/result.ts'
import { isPrivate, localNames, mustRenew, sameNames, type LocalNames, type TrustFacts } from '../core/station-ca.ts'
import { openAuthority, type StationAuthority } from './tls-authority.ts'
import { openSecureDoor, type Answering } from './tls-door.ts'

export interface SecurePagesOrder {
  /** The station's own folder; the authority lies in `https` below it. */
  readonly folder: string
  readonly port: number
  readonly host: string
  readonly clock: Clock
  readonly log: Log
  /** Addresses of this machine; absent = as the system says. */
  readonly addresses?: () => readonly string[]
}
export interface SecurePages {
  readonly trust: TrustFacts
  /** The certificate that is shown now, with its key: for another port of this station. */
  leaf(): { readonly cert: string; readonly key: string }
  stop(): Promise<void>
}

/** Leases of addresses change when somebody restarts the router. */
const LOOK_EVERY_MS = 60_000
const OPENLY = new Set(['/tin-cay', '/icon.svg', '/manifest.webmanifest', '/favicon.ico'])
/** What a phone needs before it can trust this station, and nothing else. */
const openly = (path: string): boolean => OPENLY.has(path) || /^\/(assets|api\/v1\/trust)(\/[\w.-]+)?$/.test(path)

const ownAddresses = (): readonly string[] => Object.values(networkInterfaces()).flatMap((all) => (all ?? []).filter(({ internal }) => !internal).map(({ address }) => address))
const isLoopback = (host: string): boolean => /^127\.|^::1$|^localhost$/.test(host)
const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address)

/** Where phones open it: addresses before names, which not every phone can look up; none but this machine's own where nobody else can reach it. */
function addressesOf({ dns, addresses }: LocalNames, host: string, port: number): string[] {
  const isAny = host === '::' || host === '0.0.0.0'
  const own = isLoopback(host) ? ['localhost'] : !isAny ? [host] : [...addresses.filter((one) => isPrivate(one) && !isLoopback(one)), ...dns.filter((one) => one.endsWith('.local'))]
  return (own.length === 0 ? ['localhost'] : own).map((one) => `https://${bracketed(one)}:${port}`)
}

function keepFresh({ clock, log }: SecurePagesOrder, authority: StationAuthority, order: { readonly namesNow: () => LocalNames; readonly show: (tls: { cert: string; key: string }) => void }): Pick<SecurePages, 'leaf'> & { names(): LocalNames; stop(): void } {
  let leaf = authority.leafFor(order.namesNow())
  const look = (): void => {
    const names = order.namesNow()
    if (sameNames(names, leaf.names) && !mustRenew(leaf.until, clock.wall())) return
    leaf = authority.leafFor(names)
    order.show(leaf)
    log.info({ names: [...names.dns, ...names.addresses] }, 'the certificate of the secure pages has been made anew')
  }
  order.show(leaf)
  return { names: () => leaf.names, leaf: () => ({ cert: leaf.cert, key: leaf.key }), stop: every(clock, LOOK_EVERY_MS, look) }
}

/**
 * Secure pages in the local network for a station without a certificate: an authority of its own, a certificate for the addresses that
 * this machine has, and a port. A refusal is a sentence for a person; the station runs on without.
 */
export async function openSecurePages(order: SecurePagesOrder, app: Answering): Promise<Result<SecurePages>> {
  const { folder, port, host, clock } = order
  const opened = openAuthority(join(folder, 'https'), clock)
  if (!opened.ok) return opened
  const authority = opened.value
  const namesNow = (): LocalNames => localNames(hostname(), (order.addresses ?? ownAddresses)(), authority.label)
  const door = await openSecureDoor({ app, port, host, tls: authority.leafFor(namesNow()), openly })
  if (!door.ok) return door
  const fresh = keepFresh(order, authority, { namesNow, show: door.value.show })
  const { name, fingerprint, until, certificate } = authority
  return ok({
    leaf: fresh.leaf,
    trust: { name, fingerprint, until, certificate, addresses: () => addressesOf(fresh.names(), host, door.value.port) },
    stop: async () => {
      fresh.stop()
      await door.value.stop()
    },
  })
}
