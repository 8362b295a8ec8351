import type { Crypto } from './crypto.ts'

/** What the machine's own library does with keys. They are made of DER, and making one costs as much as a verification. */
export interface KeyLibrary<Key> {
  sha256(bytes: Uint8Array): Uint8Array
  /** Of PKCS #8. */
  secretKey(der: Uint8Array): Key
  /** Of SubjectPublicKeyInfo; throws for what is no key. */
  publicKey(der: Uint8Array): Key
  /** SubjectPublicKeyInfo of what belongs to a secret key. */
  publicOf(secret: Key): Uint8Array
  sign(bytes: Uint8Array, secret: Key): Uint8Array
  /** May throw for a malformed signature. */
  verify(bytes: Uint8Array, signature: Uint8Array, key: Key): boolean
}

/** RFC 8410: an Ed25519 seed as PKCS #8, a public key as SubjectPublicKeyInfo, are these bytes and then the 32 raw ones. */
const PKCS8_PREFIX = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]
const SPKI_PREFIX = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
const RAW_KEY_BYTES = 32
const SIGNATURE_BYTES = 64
/** Keys kept ready; the oldest goes first. */
const KEPT_KEYS = 64

function keptBy<Key>(prefix: readonly number[], make: (der: Uint8Array) => Key): (raw: Uint8Array) => Key {
  const keys = new Map<string, Key>()
  return (raw) => {
    const name = String.fromCharCode(...raw)
    const found = keys.get(name)
    if (found !== undefined) return found
    const made = make(Uint8Array.of(...prefix, ...raw))
    const oldest = keys.size >= KEPT_KEYS ? keys.keys().next().value : undefined
    if (oldest !== undefined) keys.delete(oldest)
    keys.set(name, made)
    return made
  }
}

/** Ed25519 and SHA-256 over raw 32-byte keys, by whatever library is there. */
export function cryptoBy<Key>(library: KeyLibrary<Key>): Crypto {
  const secretOf = keptBy(PKCS8_PREFIX, library.secretKey)
  const publicOf = keptBy(SPKI_PREFIX, library.publicKey)
  const secretKey = (seed: Uint8Array): Key => {
    // our own seed: a wrong length is a bug, not a refusal
    if (seed.length !== RAW_KEY_BYTES) throw new RangeError('an Ed25519 seed has 32 bytes')
    return secretOf(seed)
  }
  return {
    sha256: library.sha256,
    sign: (bytes, secret) => library.sign(bytes, secretKey(secret)),
    verify: (bytes, signature, key) => {
      if (key.length !== RAW_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false
      try {
        return library.verify(bytes, signature, publicOf(key))
      } catch {
        return false // 32 bytes that are no point of the curve: the contract says false
      }
    },
    publicKey: (secret) => library.publicOf(secretKey(secret)).slice(SPKI_PREFIX.length),
  }
}
