import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { bits, der, instant, integer, octets, oid, plainText, sequence, set, simple, tagged, text, yes } from './station-ca-der.ts'

/**
 * The station's own authority: phones give their microphone and position to secure pages only, and a commune's server has no name
 * that the world's authorities would sign for. It can sign for nothing but private addresses and this machine's own names: whoever
 * trusts it does not trust it with the rest of the world.
 */
export const AUTHORITY_LIVES_MS = 10 * 365 * 86_400_000
/** Phones refuse certificates that live long. */
export const LEAF_LIVES_MS = 90 * 86_400_000
/** Made anew when only this is left. */
export const LEAF_SPARE_MS = 30 * 86_400_000
/** Clocks of phones are wrong by hours. */
const EARLIER_MS = 2 * 86_400_000

/** A key pair of the curve P-256. */
export interface SigningKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicDer: Uint8Array
  /** ECDSA with SHA-256, DER. */
  sign(bytes: Uint8Array): Uint8Array
}
/** Under which the machine is reached in its own network. */
export interface LocalNames {
  readonly dns: readonly string[]
  readonly addresses: readonly string[]
}

/** Bytes of an address; null for what is none. Zones of link-local addresses are none. */
export function addressBytes(address: string): Uint8Array | null {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(address)) {
    const bytes = address.split('.').map(Number)
    return bytes.every((byte) => byte <= 255) ? Uint8Array.from(bytes) : null
  }
  if (!/^[\da-f:]+$/i.test(address) || !address.includes(':')) return null
  const [head = '', tail, more] = address.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const [front, back] = [groups(head), groups(tail ?? '')]
  const missing = 8 - front.length - back.length
  if (more !== undefined || (tail === undefined ? missing !== 0 : missing < 1)) return null
  const all = [...front, ...Array.from({ length: missing }, () => '0'), ...back]
  return all.every((group) => /^[\da-f]{1,4}$/i.test(group)) ? Uint8Array.from(all.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255])) : null
}

/** Networks that lead nowhere in the world: private, shared and link-local ones, and this machine. */
const PRIVATE = [['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['100.64.0.0', 10], ['169.254.0.0', 16], ['127.0.0.0', 8], ['fc00::', 7], ['::1', 128]] as const
const maskOf = (prefix: number, bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, n) => (0xff00 >> Math.max(0, Math.min(8, prefix - n * 8))) & 0xff)
const networks = PRIVATE.map(([base, prefix]) => {
  const bytes = addressBytes(base) ?? new Uint8Array()
  return { bytes, mask: maskOf(prefix, bytes.length) }
})
export function isPrivate(address: string): boolean {
  const own = addressBytes(address)
  return own !== null && networks.some(({ bytes, mask }) => bytes.length === own.length && own.every((byte, n) => (byte & (mask[n] ?? 0)) === bytes[n]))
}

const LABEL = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/
/** A machine's own name without what lies behind the first dot; null where it is none that a page could be opened by. */
export function labelOf(hostName: string): string | null {
  const label = hostName.toLowerCase().split('.')[0] ?? ''
  return LABEL.test(label) ? label : null
}
/** What this machine can be reached by at home: `known`, the name that the authority was made for, only while it is still called so. */
export function localNames(hostName: string, addresses: readonly string[], known: string | null): LocalNames {
  const label = labelOf(hostName)
  return {
    dns: ['localhost', ...(label === null ? [] : [`${label}.local`]), ...(label !== null && label === known ? [label] : [])],
    addresses: [...new Set(['127.0.0.1', '::1', ...addresses.filter(isPrivate)])].sort(),
  }
}
export const sameNames = (a: LocalNames, b: LocalNames): boolean => JSON.stringify([a.dns, a.addresses]) === JSON.stringify([b.dns, b.addresses])
export const mustRenew = (until: WallMs, now: WallMs): boolean => until - now < LEAF_SPARE_MS

/** A few figures by which a person tells one authority from another in the list of their phone. */
export const authorityName = (keyId: Uint8Array): string => `Tiếng Làng ${[...keyId.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, '0')).join('').toUpperCase()}`

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const extension = (id: string, critical: boolean, value: Uint8Array): Uint8Array => sequence(oid(id), ...(critical ? [yes()] : []), octets(value))
const nameOf = (common: string): Uint8Array => sequence(set(sequence(oid('2.5.4.10'), text('Tiếng Làng'))), set(sequence(oid('2.5.4.3'), text(common))))
const DNS = 2
const IP = 7

interface Wanted {
  readonly serial: Uint8Array
  readonly issuer: string
  readonly subject: string
  readonly publicDer: Uint8Array
  readonly from: WallMs
  readonly until: WallMs
  readonly extensions: readonly Uint8Array[]
}
function signed({ serial, issuer, subject, publicDer, from, until, extensions }: Wanted, key: SigningKey): Uint8Array {
  const body = sequence(
    tagged(0, integer(Uint8Array.of(2))), integer(serial), ECDSA_SHA256, nameOf(issuer), sequence(instant(from), instant(until)), nameOf(subject), publicDer,
    tagged(3, sequence(...extensions)),
  )
  return sequence(body, ECDSA_SHA256, bits(key.sign(body)))
}

/** `keyId`: the first 20 bytes of a hash of the public key. `serial`: 16 bytes of chance. */
export interface Issue {
  readonly key: SigningKey
  readonly keyId: Uint8Array
  readonly serial: Uint8Array
  readonly now: WallMs
}

/** The certificate (DER) that phones are told to trust. `label`: this machine's own name. */
export function authorityCertificate({ key, keyId, serial, now }: Issue, label: string | null): Uint8Array {
  const permitted = [
    ...['localhost', 'local', ...(label === null ? [] : [label])].map((name) => simple(DNS, plainText(name))),
    ...networks.map(({ bytes, mask }) => simple(IP, Uint8Array.of(...bytes, ...mask))),
  ]
  const name = authorityName(keyId)
  return signed({
    serial, issuer: name, subject: name, publicDer: key.publicDer, from: wallMs(now - EARLIER_MS), until: wallMs(now + AUTHORITY_LIVES_MS),
    extensions: [
      extension('2.5.29.19', true, sequence(yes(), integer(Uint8Array.of(0)))),
      // signs certificates and nothing else
      extension('2.5.29.15', true, bits(Uint8Array.of(0x04), 2)),
      extension('2.5.29.14', false, octets(keyId)),
      extension('2.5.29.30', true, sequence(tagged(0, ...permitted.map((base) => sequence(base))))),
    ],
  }, key)
}

/** The certificate (DER) that this machine shows under its names, signed by the authority. */
export function leafCertificate({ key, keyId, serial, now }: Issue, leaf: { readonly publicDer: Uint8Array; readonly names: LocalNames }): Uint8Array {
  const names = [...leaf.names.dns.map((name) => simple(DNS, plainText(name))), ...leaf.names.addresses.flatMap((address) => addressBytes(address) ?? []).map((bytes) => simple(IP, bytes))]
  return signed({
    serial, issuer: authorityName(keyId), subject: 'Tiếng Làng, máy của đài', publicDer: leaf.publicDer, from: wallMs(now - EARLIER_MS), until: wallMs(now + LEAF_LIVES_MS),
    extensions: [
      extension('2.5.29.19', true, sequence()),
      extension('2.5.29.15', true, bits(Uint8Array.of(0x80), 7)),
      // a server, and nothing else
      extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', false, sequence(...names)),
      extension('2.5.29.35', false, sequence(der(0x80, keyId))),
    ],
  }, key)
}

/** What the page says that helps people to trust this station's pages. */
export interface TrustFacts {
  /** As it stands in the list of a phone. */
  readonly name: string
  /** SHA-256 of the certificate, hexadecimal in pairs. */
  readonly fingerprint: string
  readonly until: WallMs
  /** The certificate, DER. */
  readonly certificate: Uint8Array
  /** Where the secure pages are, for phones in the same network. */
  addresses(): readonly string[]
}
