import type { Crypto, PublicKey } from '../../shared/core/crypto.ts'
import { toBase64Url, utf8 } from '../../shared/protocol/wire.ts'

/** Crockford's base32: no I, L, O or U, so that a code survives being read out over the telephone. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 80 bits. */
export const CLAIM_BYTES = 10
/** Minutes are enough to walk from the screen to the box; a claim that is found later is worth nothing. */
export const CLAIM_LIFE_MS = 600_000
const CLAIM_CHARACTERS = 16

function base32(bytes: Uint8Array): string {
  let out = ''
  let bits = 0
  let acc = 0
  for (const byte of bytes) {
    acc = (acc << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += ALPHABET[(acc >> bits) & 31] ?? ''
    }
    acc &= 31
  }
  return out
}

/** `XXXX-XXXX-XXXX-XXXX` of ten unpredictable bytes. */
export const claimToken = (bytes: Uint8Array): string => (base32(bytes).match(/.{4}/g) ?? []).join('-')

/** Twelve characters by which an agent knows that it talks to the server whose claim it was given. */
export const rootFingerprint = (crypto: Crypto, root: PublicKey): string => toBase64Url(crypto.sha256(root)).slice(0, 12)

/**
 * The token of a claim as a person may have typed it: any case, with or without dashes and fingerprint, I and L for 1,
 * O for 0. null when it can be none.
 */
export function readClaim(text: string): string | null {
  const [token = ''] = text.trim().split('.')
  const plain = token.toUpperCase().replaceAll(/[-\s]/g, '').replaceAll(/[IL]/g, '1').replaceAll('O', '0')
  const valid = plain.length === CLAIM_CHARACTERS && [...plain].every((character) => ALPHABET.includes(character))
  return valid ? plain : null
}

/** What is stored instead of the token. */
export const claimHash = (crypto: Crypto, plain: string): Uint8Array => crypto.sha256(utf8(`tl-claim ${plain}`))
