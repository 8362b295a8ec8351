/** Mono sound of a WAV file. */
export interface WavSound {
  readonly rateHz: number
  /** Full scale is ±1. */
  readonly samples: Float32Array
}

const RIFF = 0x5249_4646
const FMT = 0x666d_7420
const DATA = 0x6461_7461
const PCM = 1
const MIN_RATE_HZ = 8_000
const MAX_RATE_HZ = 48_000

/** Reads a WAV file of one channel of 16 bits, as engines of speech write it; null for any other. */
export function readMonoWav(file: Uint8Array): WavSound | null {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (file.length < 44 || view.getUint32(0) !== RIFF) return null
  let rateHz: number | null = null
  for (let at = 12; at + 8 <= file.length; ) {
    const [name, length] = [view.getUint32(at), view.getUint32(at + 4, true)]
    const body = at + 8
    if (name === FMT && body + 16 <= file.length) {
      const [format, channels, bits] = [view.getUint16(body, true), view.getUint16(body + 2, true), view.getUint16(body + 14, true)]
      if (format !== PCM || channels !== 1 || bits !== 16) return null
      rateHz = view.getUint32(body + 4, true)
    }
    if (name === DATA) {
      if (rateHz === null || rateHz < MIN_RATE_HZ || rateHz > MAX_RATE_HZ) return null
      // whoever wrote it into a pipe did not know the length
      const count = Math.floor(Math.min(length, file.length - body) / 2)
      return { rateHz, samples: Float32Array.from({ length: count }, (_, n) => view.getInt16(body + 2 * n, true) / 32_768) }
    }
    at = body + length + (length % 2)
  }
  return null
}
