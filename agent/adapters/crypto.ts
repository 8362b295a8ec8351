import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import type { Crypto } from '../../shared/core/crypto.ts'

/** RFC 8410: an Ed25519 seed as PKCS #8, a public key as SubjectPublicKeyInfo, are these bytes and then the 32 raw ones. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const RAW_KEY_BYTES = 32
const SIGNATURE_BYTES = 64
/** KeyObjects kept: making one costs as much as a verification. Oldest out. */
const KEPT_KEYS = 64

/** Ed25519 and SHA-256 by node:crypto, over raw 32-byte keys. */
export function nodeCrypto(): Crypto {
  const secrets = new Map<string, KeyObject>()
  const publics = new Map<string, KeyObject>()
  const secretKey = (seed: Uint8Array): KeyObject => {
    // our own seed: a wrong length is a bug, not a refusal
    if (seed.length !== RAW_KEY_BYTES) throw new RangeError('an Ed25519 seed has 32 bytes')
    return kept(secrets, seed, (raw) => createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, raw]), format: 'der', type: 'pkcs8' }))
  }
  return {
    sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
    sign: (bytes, secret) => new Uint8Array(sign(null, bytes, secretKey(secret))),
    verify: (bytes, signature, key) => {
      if (key.length !== RAW_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false
      try {
        const object = kept(publics, key, (raw) => createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' }))
        return verify(null, bytes, object, signature)
      } catch {
        return false // 32 bytes that are no point of the curve: the contract says false
      }
    },
    publicKey: (secret) => new Uint8Array(createPublicKey(secretKey(secret)).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length)),
  }
}

function kept(cache: Map<string, KeyObject>, raw: Uint8Array, make: (raw: Uint8Array) => KeyObject): KeyObject {
  const name = Buffer.from(raw).toString('latin1')
  const found = cache.get(name)
  if (found) return found
  const made = make(raw)
  const oldest = cache.size >= KEPT_KEYS ? cache.keys().next().value : undefined
  if (oldest !== undefined) cache.delete(oldest)
  cache.set(name, made)
  return made
}
