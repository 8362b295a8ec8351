/** base64url without padding, in a world without node:buffer. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const VALUE = new Int16Array(128).fill(-1)
for (let i = 0; i < 64; i++) VALUE[ALPHABET.charCodeAt(i)] = i

export function toBase64Url(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i] ?? 0, bytes[i + 1] ?? 0, bytes[i + 2] ?? 0]
    const left = bytes.length - i
    out += (ALPHABET[a >> 2] ?? '') + (ALPHABET[((a & 3) << 4) | (b >> 4)] ?? '')
    if (left > 1) out += ALPHABET[((b & 15) << 2) | (c >> 6)] ?? ''
    if (left > 2) out += ALPHABET[c & 63] ?? ''
  }
  return out
}

/** null for anything that is not the one canonical encoding of some bytes. */
export function fromBase64Url(text: string): Uint8Array | null {
  if (text.length % 4 === 1) return null
  const out = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let acc = 0
  let n = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const value = code < 128 ? (VALUE[code] ?? -1) : -1
    if (value < 0) return null
    acc = (acc << 6) | value
    bits += 6
    if (bits >= 8) {
      bits -= 8
      out[n++] = (acc >> bits) & 255
    }
  }
  // left-over bits must be zero: otherwise two texts would stand for the same bytes
  return (acc & ((1 << bits) - 1)) === 0 ? out : null
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export const utf8 = (text: string): Uint8Array => encoder.encode(text)

/** null when the bytes are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null // malformed input is a value here, the caller counts it
  }
}
