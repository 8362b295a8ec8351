/** A public key, 32 bytes (Ed25519). */
export type PublicKey = Uint8Array

/** What `shared/` needs of cryptography; adapters on both sides implement it with node:crypto and share golden vectors. */
export interface Crypto {
  /** 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array
  /** Ed25519, 64 bytes. `secret` is the 32-byte seed. */
  sign(bytes: Uint8Array, secret: Uint8Array): Uint8Array
  /** False for a wrong signature and for malformed keys or signatures; never throws. */
  verify(bytes: Uint8Array, signature: Uint8Array, key: PublicKey): boolean
  /** The public key of a 32-byte seed. */
  publicKey(secret: Uint8Array): PublicKey
}

/** Raw deflate (RFC 1951), behind an interface because `shared/` has no `node:` import. */
export interface Deflate {
  deflate(bytes: Uint8Array): Uint8Array
  /** null when the bytes are malformed or would inflate past `maxBytes`. */
  inflate(bytes: Uint8Array, maxBytes: number): Uint8Array | null
}

/** What the machine's own library does with raw deflate. */
export interface DeflateLibrary {
  deflate(bytes: Uint8Array, level: number): Uint8Array
  /** Throws for malformed bytes, and may for more than `maxBytes` (at least 1). */
  inflate(bytes: Uint8Array, maxBytes: number): Uint8Array
}

/** The smallest: a plan is packed once and sent over a SIM that counts bytes. */
const LEVEL = 9

export const deflateBy = (library: DeflateLibrary): Deflate => ({
  deflate: (bytes) => library.deflate(bytes, LEVEL),
  inflate: (bytes, maxBytes) => {
    try {
      const out = library.inflate(bytes, Math.max(1, maxBytes))
      // under a bound of 0 one byte was let through
      return out.length <= maxBytes ? out : null
    } catch {
      return null // malformed, or past the bound: the contract says null
    }
  },
})
