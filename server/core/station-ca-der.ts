/** DER (X.690), as far as certificates need it: every value is its tag, its length and what it holds. */
const join = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
function lengthBytes(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = join(parts)
  return join([Uint8Array.of(tag), lengthBytes(body.length), body])
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => der(0x30, ...parts)
export const set = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => der(0x31, ...parts)
export const octets = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => der(0x04, bytes)
export const text = (value: string): Uint8Array<ArrayBuffer> => der(0x0c, new TextEncoder().encode(value))
/** In letters and figures, as host names are. */
export const plainText = (value: string): Uint8Array => new TextEncoder().encode(value)
export const yes = (): Uint8Array<ArrayBuffer> => der(0x01, Uint8Array.of(0xff))
/** Not below zero; big-endian. */
export function integer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const from = bytes.findIndex((byte) => byte !== 0)
  const least = from < 0 ? Uint8Array.of(0) : bytes.subarray(from)
  return der(0x02, (least[0] ?? 0) >= 0x80 ? join([Uint8Array.of(0), least]) : least)
}
/** `unused`: bits at the end that mean nothing. */
export const bits = (bytes: Uint8Array, unused = 0): Uint8Array<ArrayBuffer> => der(0x03, Uint8Array.of(unused), bytes)
/** `[n]` around a value, or (`simple`) in place of its tag. */
export const tagged = (n: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => der(0xa0 | n, ...parts)
export const simple = (n: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> => der(0x80 | n, bytes)

/** An object identifier, such as 2.5.29.17. */
export function oid(dotted: string): Uint8Array<ArrayBuffer> {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const group = [arc % 128]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) group.unshift(0x80 | (left % 128))
    bytes.push(...group)
  }
  return der(0x06, Uint8Array.from(bytes))
}

/** An instant to the second: with two figures of the year until 2049, with four from then on (RFC 5280 §4.1.2.5). */
export function instant(at: number): Uint8Array<ArrayBuffer> {
  const figures = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')
  return figures < '2050' ? der(0x17, plainText(figures.slice(2))) : der(0x18, plainText(figures))
}
