import { createHash } from 'node:crypto'
import type { Crypto } from '../../shared/core/crypto.ts'

/** Four words of 32 bits over the bytes, started from a key. */
function mix(bytes: Uint8Array, key: Uint8Array): Uint32Array {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef]
  const eat = (x: number): void => {
    a = Math.imul(a ^ x, 597399067)
    b = Math.imul(b ^ (x + (a >>> 15)), 2869860233)
    c = Math.imul(c ^ (x + (b >>> 13)), 951274213)
    d = Math.imul(d ^ (x + (c >>> 17)), 2716044179)
  }
  for (const byte of key) eat(byte)
  const words = bytes.length & ~3
  for (let i = 0; i < words; i += 4) eat((bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24))
  for (let i = words; i < bytes.length; i++) eat((bytes[i] as number) + 256)
  eat(bytes.length)
  eat(a ^ d)
  return Uint32Array.of(a, b, c, d)
}

const repeated = (words: Uint32Array, bytes: number): Uint8Array => {
  const out = new Uint8Array(bytes)
  const view = new DataView(out.buffer)
  for (let i = 0; i < bytes; i += 4) view.setUint32(i, ((words[(i >> 2) & 3] as number) + Math.imul(i, 0x9e3779b1)) >>> 0)
  return out
}

/**
 * A keyed hash in place of Ed25519, two hundred times as fast: only who was given a secret can make a signature that its
 * public key accepts, because verifying looks the secret up. It proves nothing against a real attacker, and is told in
 * the simulation's first line. SHA-256 is the real one.
 */
export function standInCrypto(): Crypto {
  const secrets = new Map<string, Uint8Array>()
  const publicKey = (secret: Uint8Array): Uint8Array => {
    const key = repeated(mix(secret, Uint8Array.of(7)), 32)
    secrets.set(key.join(), secret)
    return key
  }
  const sign = (bytes: Uint8Array, secret: Uint8Array): Uint8Array => repeated(mix(bytes, secret), 64)
  let lastKey: Uint8Array | null = null
  let lastSecret: Uint8Array | undefined
  return {
    sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
    publicKey,
    sign,
    verify: (bytes, signature, key) => {
      if (key !== lastKey) {
        lastKey = key
        lastSecret = secrets.get(key.join())
      }
      if (!lastSecret || signature.length !== 64) return false
      const right = sign(bytes, lastSecret)
      for (let i = 0; i < 64; i++) if (right[i] !== signature[i]) return false
      return true
    },
  }
}
