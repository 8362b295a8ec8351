import { BrokenInvariant } from '../../shared/core/result.ts'

const TEXT = { in: new TextEncoder(), out: new TextDecoder() }

/** Writes numbers and texts one after another; the reader must ask in the same order. */
export interface ByteWriter {
  /** An integer ≥ 0, up to 2⁵³ − 1. */
  count(value: number): void
  /** Any integer within ± 2⁵². */
  signed(value: number): void
  /** Any finite number, exactly: tenths take two bytes, anything else nine. */
  exact(value: number): void
  text(value: string): void
  bytes(): Uint8Array
}
export interface ByteReader {
  count(): number
  signed(): number
  exact(): number
  text(): string
  atEnd(): boolean
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)
const unzigzag = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2)
/** Tenths within ± 4 000 are an even count; 1 announces eight bytes. */
const isTenths = (value: number): boolean => Math.abs(value) <= 4_000 && Math.round(value * 10) / 10 === value && !Object.is(value, -0)

export function byteWriter(): ByteWriter {
  let buffer = new Uint8Array(256)
  let at = 0
  const room = (more: number): void => {
    if (at + more <= buffer.length) return
    const larger = new Uint8Array(Math.max(buffer.length * 2, at + more))
    larger.set(buffer)
    buffer = larger
  }
  const count = (value: number): void => {
    if (!Number.isSafeInteger(value) || value < 0) throw new BrokenInvariant(`no count: ${value}`)
    room(8)
    let rest = value
    while (rest > 127) {
      buffer[at++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    buffer[at++] = rest
  }
  return {
    count,
    signed: (value) => count(zigzag(value)),
    exact: (value) => {
      if (isTenths(value)) return count(2 * zigzag(Math.round(value * 10)))
      count(1)
      room(8)
      new DataView(buffer.buffer).setFloat64(at, value)
      at += 8
    },
    text: (value) => {
      const bytes = TEXT.in.encode(value)
      count(bytes.length)
      room(bytes.length)
      buffer.set(bytes, at)
      at += bytes.length
    },
    bytes: () => buffer.slice(0, at),
  }
}

/** Throws on bytes that no writer wrote. */
export function byteReader(bytes: Uint8Array): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const count = (): number => {
    let [value, scale] = [0, 1]
    for (;;) {
      const byte = bytes[at++]
      if (byte === undefined || scale > 2 ** 56) throw new BrokenInvariant('packed bytes end too early')
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }
  return {
    count,
    signed: () => unzigzag(count()),
    exact: () => {
      const first = count()
      if (first !== 1) return unzigzag(first / 2) / 10
      at += 8
      return view.getFloat64(at - 8)
    },
    text: () => {
      const length = count()
      if (at + length > bytes.length) throw new BrokenInvariant('packed bytes end too early')
      at += length
      return TEXT.out.decode(bytes.subarray(at - length, at))
    },
    atEnd: () => at >= bytes.length,
  }
}
