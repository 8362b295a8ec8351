import type { Crypto, PublicKey } from '../core/crypto.ts'
import type { WallMs } from '../core/clock.ts'

/**
 * Key certificate: the root key's statement that a signing key may be used, so that signing keys rotate
 * without touching a cluster. 106 bytes, big-endian:
 *
 *   0  u8    version = 1
 *   1  u8    uses, a bit set (KEY_USES)
 *   2  u32   not before, wall seconds
 *   6  u32   not after, wall seconds
 *  10  32 B  public key (Ed25519)
 *  42  64 B  root's signature over "tl-key" and bytes 0–41
 */
export const KEY_CERTIFICATE_BYTES = 106
/** `releases` signs programs of boxes: its secret is kept by whoever makes releases, and no server needs it. */
export const KEY_USES = { orders: 1, time: 2, streams: 4, releases: 8 } as const
export type KeyUse = keyof typeof KEY_USES

export interface SigningKey {
  readonly secret: Uint8Array
  readonly certificate: Uint8Array
}

/** What the root says of a server's signing keys. */
export type StationCertificates = readonly { readonly use: Exclude<KeyUse, 'releases'>; readonly certificate: Uint8Array }[]

export interface CertifiedKey {
  readonly key: PublicKey
  readonly uses: number
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

const PURPOSE = new TextEncoder().encode('tl-key')

const signedPart = (certificate: Uint8Array): Uint8Array => {
  const out = new Uint8Array(PURPOSE.length + 42)
  out.set(PURPOSE)
  out.set(certificate.subarray(0, 42), PURPOSE.length)
  return out
}

/** Signs a certificate with the root's secret. `uses` is a bit set of KEY_USES. */
export function certifyKey(crypto: Crypto, rootSecret: Uint8Array, key: CertifiedKey): Uint8Array {
  const out = new Uint8Array(KEY_CERTIFICATE_BYTES)
  const view = new DataView(out.buffer)
  view.setUint8(0, 1)
  view.setUint8(1, key.uses)
  view.setUint32(2, Math.floor(key.notBeforeMs / 1000))
  view.setUint32(6, Math.floor(key.notAfterMs / 1000))
  out.set(key.key, 10)
  out.set(crypto.sign(signedPart(out), rootSecret), 42)
  return out
}

/** null unless the root signed exactly these bytes. Dates are for the caller, who knows whether its clock can be trusted. */
export function openCertificate(crypto: Crypto, root: PublicKey, certificate: Uint8Array): CertifiedKey | null {
  if (certificate.length !== KEY_CERTIFICATE_BYTES || certificate[0] !== 1) return null
  if (!crypto.verify(signedPart(certificate), certificate.subarray(42), root)) return null
  const view = new DataView(certificate.buffer, certificate.byteOffset, certificate.byteLength)
  return {
    key: certificate.slice(10, 42),
    uses: view.getUint8(1),
    notBeforeMs: view.getUint32(2) * 1000,
    notAfterMs: view.getUint32(6) * 1000,
  }
}

/** Whether a key may sign for `use`. Dates bind only where the clock is trusted (`at` not null): an unset clock would refuse everything. */
export function mayUseKey(key: CertifiedKey, use: KeyUse, at: WallMs | null): boolean {
  if ((key.uses & KEY_USES[use]) === 0) return false
  return at === null || (at >= key.notBeforeMs && at < key.notAfterMs)
}

/** How many certificates a receiver remembers as verified: one in use, one that follows, one of each use. */
export const MAX_CERTIFICATES_HELD = 8

/** Remembers verified certificates, so that each costs one verification and not one per message. */
export function createCertificateCache(crypto: Crypto, root: PublicKey): (certificate: Uint8Array) => CertifiedKey | null {
  const held: { bytes: Uint8Array; key: CertifiedKey }[] = []
  return (certificate) => {
    const known = held.find((h) => h.bytes.length === certificate.length && h.bytes.every((b, i) => b === certificate[i]))
    if (known) return known.key
    const key = openCertificate(crypto, root, certificate)
    if (key) {
      if (held.length >= MAX_CERTIFICATES_HELD) held.shift()
      held.push({ bytes: certificate.slice(), key })
    }
    return key
  }
}
