export interface ByteSink {
  push(byte: number): unknown
}
export interface Bytes extends ByteSink {
  /** A copy of what was pushed so far. */
  copy(): Uint8Array
}

/** Bytes that grow: an array of numbers would take eight times the room. */
export function createBytes(): Bytes {
  let room = new Uint8Array(64)
  let length = 0
  return {
    push(byte) {
      if (length === room.length) {
        const larger = new Uint8Array(length * 2)
        larger.set(room)
        room = larger
      }
      room[length++] = byte
    },
    copy: () => room.slice(0, length),
  }
}

/** LEB128 without sign. Arithmetic, not shifts: sequence numbers and byte counts pass 2^31. */
export function writeVarint(out: ByteSink, value: number): void {
  let rest = value
  while (rest >= 128) {
    out.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  out.push(rest)
}

export const zigzag = (n: number): number => (n < 0 ? -2 * n - 1 : 2 * n)
export const unzigzag = (n: number): number => (n % 2 === 0 ? n / 2 : -(n + 1) / 2)

export interface VarintReader {
  next(): number
  /** A zigzag number. */
  signed(): number
  ended(): boolean
}

/** Reads varints from `at` on; past the end it answers zero and says so, since a cut-off value must not become an endless loop. */
export function createVarintReader(bytes: Uint8Array, from: number): VarintReader {
  let at = from
  const next = (): number => {
    let value = 0
    let unit = 1
    for (;;) {
      const byte = bytes[at++]
      if (byte === undefined) return value
      value += (byte & 127) * unit
      if (byte < 128) return value
      unit *= 128
    }
  }
  return { next, signed: () => unzigzag(next()), ended: () => at >= bytes.length }
}
