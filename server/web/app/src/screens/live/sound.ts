/** Below it nobody speaks. */
export const SILENT_DB = -55
export const LEAST_DB = -60

/** Loudness of a piece of sound (samples −1 … 1), dBFS, from LEAST_DB to 0. */
export function levelDb(piece: Float32Array): number {
  let sum = 0
  for (const sample of piece) sum += sample * sample
  return Math.max(LEAST_DB, Math.min(0, 10 * Math.log10(sum / Math.max(1, piece.length) + 1e-12)))
}

/** Samples −1 … 1 as signed 16 bit; what is louder is cut. */
export const pcmOf = (piece: Float32Array): Int16Array<ArrayBuffer> => Int16Array.from(piece, (x) => Math.max(-32_768, Math.min(32_767, Math.round(x * 32_767))))

/**
 * Another rate, for browsers that capture at one of their own. Downwards each sample is the mean of those that it stands for,
 * upwards it lies on the line between its neighbours. Keeps its place from piece to piece.
 */
export function createRateChange(fromHz: number, toHz: number): (piece: Float32Array) => Float32Array {
  if (fromHz === toHz) return (piece) => piece
  const step = fromHz / toHz
  let rest = new Float32Array(0)
  /** Of the next sample, counted in samples of `rest`. */
  let place = 0
  const valueAt = (samples: Float32Array, at: number): number => {
    if (step <= 1) {
      const n = Math.floor(at)
      const [a, b] = [samples[n] ?? 0, samples[n + 1] ?? 0]
      return a + (b - a) * (at - n)
    }
    let [sum, count] = [0, 0]
    for (let n = Math.floor(at); n < Math.floor(at + step); n++) [sum, count] = [sum + (samples[n] ?? 0), count + 1]
    return sum / Math.max(1, count)
  }
  return (piece) => {
    const samples = new Float32Array(rest.length + piece.length)
    samples.set(rest)
    samples.set(piece, rest.length)
    const out: number[] = []
    for (; place + Math.max(1, step) < samples.length; place += step) out.push(valueAt(samples, place))
    const used = Math.floor(place)
    rest = samples.slice(used)
    place -= used
    return Float32Array.from(out)
  }
}

const HEAD_BYTES = 6
/** One packet in the form of the microphone's protocol; see server/core/mic-protocol.ts. */
export function framed(packet: Uint8Array, capturedMs: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(HEAD_BYTES + packet.length)
  const view = new DataView(out.buffer)
  view.setUint16(0, packet.length)
  view.setUint32(2, Math.floor(capturedMs) % 2 ** 32)
  out.set(packet, HEAD_BYTES)
  return out
}

const WAV_HEAD_BYTES = 44
/** A mono WAV file of what was said, to be listened to on this device. */
export function wavOf(pieces: readonly Int16Array[], rateHz: number): ArrayBuffer {
  const samples = pieces.reduce((sum, { length }) => sum + length, 0)
  const out = new ArrayBuffer(WAV_HEAD_BYTES + samples * 2)
  const view = new DataView(out)
  const word = (at: number, text: string): void => [...text].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)))
  word(0, 'RIFF')
  view.setUint32(4, WAV_HEAD_BYTES - 8 + samples * 2, true)
  word(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]] as const) view.setUint16(at, value, true)
  view.setUint32(24, rateHz, true)
  view.setUint32(28, rateHz * 2, true)
  word(36, 'data')
  view.setUint32(40, samples * 2, true)
  let at = WAV_HEAD_BYTES
  for (const piece of pieces) for (const sample of piece) view.setInt16((at += 2) - 2, sample, true)
  return out
}
