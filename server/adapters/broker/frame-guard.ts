import type { Duplex } from 'node:stream'

/** The first byte of a CONNECT, flags included (MQTT 3.1.1 §3.1.1): a TLS hello or an HTTP request has another. */
const CONNECT = 0x10
/** A remaining length takes at most four bytes (MQTT 3.1.1 §2.2.3). */
const MAX_LENGTH_BYTES = 4

export type FrameVerdict = 'ok' | 'too-big' | 'malformed'

/**
 * Follows the packet boundaries of one connection without looking inside: the parser of the broker would collect up to
 * 256 MB before it knew what to think of a packet.
 */
export interface FrameGuard {
  /** Every byte in its order. After anything but `ok` the connection is to be cut; the guard is of no use any more. */
  feed(chunk: Uint8Array): FrameVerdict
}

/** `limit()` is the greatest remaining length in bytes, asked anew for every packet. The first packet must be a CONNECT. */
export function createFrameGuard(limit: () => number): FrameGuard {
  let bodyLeft = 0
  let lengthBytes = -1
  let length = 0
  let first = true

  const header = (byte: number): FrameVerdict => {
    const type = byte >> 4
    if (type === 0 || type === 15 || (first && byte !== CONNECT)) return 'malformed'
    first = false
    lengthBytes = 0
    length = 0
    return 'ok'
  }

  const lengthByte = (byte: number): FrameVerdict => {
    length += (byte & 127) * 128 ** lengthBytes
    lengthBytes++
    if (byte & 128) return lengthBytes >= MAX_LENGTH_BYTES ? 'malformed' : 'ok'
    lengthBytes = -1
    bodyLeft = length
    return length > limit() ? 'too-big' : 'ok'
  }

  return {
    feed(chunk) {
      let at = 0
      while (at < chunk.length) {
        if (bodyLeft > 0) {
          const step = Math.min(bodyLeft, chunk.length - at)
          bodyLeft -= step
          at += step
          continue
        }
        const byte = chunk[at++] ?? 0
        const verdict = lengthBytes < 0 ? header(byte) : lengthByte(byte)
        if (verdict !== 'ok') return verdict
      }
      return 'ok'
    },
  }
}

/**
 * Puts the guard before whoever reads the stream in paused mode (`readable` and `read()`), without a stream in between:
 * 3 000 more Transforms would cost more than the broker itself. The stream is destroyed on the first bad packet.
 */
export function guardReads(stream: Duplex, guard: FrameGuard, cut: (why: Exclude<FrameVerdict, 'ok'>) => void): void {
  const read = stream.read.bind(stream)
  stream.read = (size?: number): unknown => {
    const chunk: unknown = read(size)
    if (!(chunk instanceof Uint8Array)) return chunk
    const verdict = guard.feed(chunk)
    if (verdict === 'ok') return chunk
    cut(verdict)
    stream.destroy()
    return null
  }
}
