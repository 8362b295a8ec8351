/** Two bytes of fixed header at least, four of length at most (MQTT 3.1.1, 2.2.3). */
const MAX_LENGTH_BYTES = 4

export interface FrameGuard {
  /** False as soon as a packet announces more than the limit, or an impossible length. */
  admits(chunk: Uint8Array): boolean
}

/**
 * Follows the packet boundaries of an MQTT byte stream, so that a broker that is mistaken or hostile cannot make the
 * agent collect a packet of up to 256 MB: the connection is ended at its first bytes.
 */
export function frameGuard(maxPacketBytes: number): FrameGuard {
  let bodyLeft = 0
  let lengthBytes = -1 // −1: the next byte is a packet's first
  let length = 0
  const header = (byte: number): boolean => {
    if (lengthBytes < 0) {
      lengthBytes = 0
      length = 0
      return true
    }
    length += (byte & 127) * 128 ** lengthBytes
    lengthBytes++
    if ((byte & 128) !== 0) return lengthBytes < MAX_LENGTH_BYTES
    bodyLeft = length
    lengthBytes = -1
    return length <= maxPacketBytes
  }
  return {
    admits(chunk) {
      for (let i = 0; i < chunk.length; ) {
        if (bodyLeft > 0) {
          const step = Math.min(bodyLeft, chunk.length - i)
          bodyLeft -= step
          i += step
        } else if (!header(chunk[i++] ?? 0)) return false
      }
      return true
    },
  }
}
