import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Deflate } from '../../shared/core/crypto.ts'

/** Raw deflate by node:zlib. Level 9: a plan is packed once and sent over a SIM that counts bytes. */
export function nodeDeflate(): Deflate {
  return {
    deflate: (bytes) => new Uint8Array(deflateRawSync(bytes, { level: 9 })),
    inflate: (bytes, maxBytes) => {
      try {
        // maxOutputLength must be ≥ 1 for zlib; an empty result under a bound of 0 is still checked below
        const out = inflateRawSync(bytes, { maxOutputLength: Math.max(1, maxBytes) })
        return out.length <= maxBytes ? new Uint8Array(out) : null
      } catch {
        return null // malformed, or past the bound: the contract says null
      }
    },
  }
}
