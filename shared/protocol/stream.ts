import type { Crypto } from '../core/crypto.ts'
import { ok, refuse, type Result } from '../core/result.ts'
import type { WallMs } from '../core/clock.ts'
import { KEY_CERTIFICATE_BYTES, mayUseKey, type CertifiedKey, type SigningKey } from './keys.ts'

/**
 * A packet of a stream (DESIGN §5), big-endian:
 *
 *   0  u8    version = 1
 *   1  u8    flags (STREAM_FLAGS)
 *   2  u32   key tag: the first four bytes of the public key that signed
 *   6  u32   epoch: random, new whenever the station opens the stream anew; `seq` begins at 0 with it
 *  10  u32   seq
 *  14  u64   at, µs: the server's wall time at which the first sample is to sound; of a clip its position in the clip
 *  22  u8    n, length of the name
 *  23  n B   name of the stream, ASCII
 *      106 B certificate of the key, only with the flag `certificate`
 *      8 B   only with the flag `substitute`: since when the substitute sounds, µs as `at`
 *      …     Opus packets, each behind its length: one byte below 252, else two (b0 + 4 × b1, RFC 6716 §3.2.1)
 *      64 B  Ed25519 signature over "tl-stream" and everything before it
 *
 * Opus packets are mono at 48 kHz and follow each other without a gap; their own first byte tells their length. `at` is that of the
 * first audible sample: the sender has taken off the look-ahead of its encoder.
 */
export const STREAM_VERSION = 1
export const STREAM_FLAGS = { silent: 1, last: 2, clip: 4, certificate: 8, substitute: 16 } as const
export const STREAM_SIGNATURE_BYTES = 64
/** A second at 40 kbit/s with header, certificate and signature. */
export const MAX_STREAM_PACKET_BYTES = 6_144
/** A relay's is its name in the timetable; what is opened for one broadcast begins with `~`. */
export const STREAM_NAME = /^(?:[a-z0-9-]{1,40}|~[a-z0-9]{4,20})$/
const HEADER_BYTES = 23
/** Two seconds of frames of 20 ms. */
const MAX_FRAMES = 100
const MICROS_ABOVE = 4_294_967_296

export interface StreamPacket {
  readonly stream: string
  readonly epoch: number
  readonly seq: number
  /** µs, whole: wall time of the first sample, or of a clip its position. */
  readonly atUs: number
  /** Position in a clip, not a time. */
  readonly clip: boolean
  /** The stream ends with this packet. */
  readonly last: boolean
  /** The source has nothing to sound: said every second, so that silence is not taken for a dead link. `frames` is empty. */
  readonly silent: boolean
  /** From `atUs` on the slot's substitute sounds in place of the stream, from this instant at its beginning, µs; null = the stream. */
  readonly substituteSinceUs: number | null
  /** Opus packets. */
  readonly frames: readonly Uint8Array[]
}

const PURPOSE = new TextEncoder().encode('tl-stream')
const decoder = new TextDecoder('utf-8')

export const keyTagOf = (publicKey: Uint8Array): number => new DataView(publicKey.buffer, publicKey.byteOffset).getUint32(0)

const frameBytes = (length: number): number => (length < 252 ? 1 : 2) + length

function signedOf(packet: Uint8Array): Uint8Array {
  const out = new Uint8Array(PURPOSE.length + packet.length)
  out.set(PURPOSE)
  out.set(packet, PURPOSE.length)
  return out
}

const writeMicros = (view: DataView, at: number, us: number): void => {
  view.setUint32(at, Math.floor(us / MICROS_ABOVE))
  view.setUint32(at + 4, us % MICROS_ABOVE)
}
const readMicros = (view: DataView, at: number): number => view.getUint32(at) * MICROS_ABOVE + view.getUint32(at + 4)

export interface StreamSigner {
  readonly crypto: Crypto
  /** Certified for `streams`. */
  readonly key: SigningKey
  readonly publicKey: Uint8Array
}

/** Encodes and signs. `withCertificate` lets whoever has just joined check this packet and those that follow. */
export function encodeStreamPacket({ crypto, key, publicKey }: StreamSigner, packet: StreamPacket, withCertificate: boolean): Uint8Array {
  const name = new TextEncoder().encode(packet.stream)
  const since = packet.substituteSinceUs
  const head = HEADER_BYTES + name.length + (withCertificate ? KEY_CERTIFICATE_BYTES : 0) + (since === null ? 0 : 8)
  const length = packet.frames.reduce((sum, frame) => sum + frameBytes(frame.length), head)
  const out = new Uint8Array(length + STREAM_SIGNATURE_BYTES)
  const view = new DataView(out.buffer)
  const { silent, last, clip, certificate, substitute } = STREAM_FLAGS
  out[0] = STREAM_VERSION
  out[1] = (packet.silent ? silent : 0) | (packet.last ? last : 0) | (packet.clip ? clip : 0) | (withCertificate ? certificate : 0) | (since === null ? 0 : substitute)
  view.setUint32(2, keyTagOf(publicKey))
  view.setUint32(6, packet.epoch)
  view.setUint32(10, packet.seq)
  writeMicros(view, 14, packet.atUs)
  out[22] = name.length
  out.set(name, HEADER_BYTES)
  let at = HEADER_BYTES + name.length
  if (withCertificate) out.set(key.certificate, at)
  at += withCertificate ? KEY_CERTIFICATE_BYTES : 0
  if (since !== null) writeMicros(view, at, since)
  at += since === null ? 0 : 8
  for (const frame of packet.frames) {
    if (frame.length < 252) out[at++] = frame.length
    else {
      const first = 252 + (frame.length & 3)
      out[at++] = first
      out[at++] = (frame.length - first) >> 2
    }
    out.set(frame, at)
    at += frame.length
  }
  out.set(crypto.sign(signedOf(out.subarray(0, length)), key.secret), length)
  return out
}

export type StreamRefusal = 'malformed' | 'unsigned' | 'unknown-key'
export interface OpenStreamContext {
  readonly crypto: Crypto
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
  /** null while the clock is untrusted. */
  readonly at: WallMs | null
}
/** Remembers the keys whose certificates it has seen; one opener per agent. */
export type StreamOpener = (payload: Uint8Array, context: OpenStreamContext) => Result<StreamPacket, StreamRefusal>

const MAX_KEYS_HELD = 8

/** Never throws. `unknown-key`: the certificate has not come yet; it comes again with a packet of the next ten seconds. Frames are views. */
export function createStreamOpener(): StreamOpener {
  const keys = new Map<number, CertifiedKey>()
  return (payload, context) => {
    const read = readPacket(payload)
    if (!read) return refuse('malformed', 'not a stream packet of version 1')
    const told = read.certificate && context.certified(read.certificate)
    if (told && keyTagOf(told.key) === read.tag) {
      if (keys.size >= MAX_KEYS_HELD && !keys.has(read.tag)) keys.delete(keys.keys().next().value as number)
      keys.set(read.tag, told)
    }
    const key = keys.get(read.tag)
    if (!key) return read.certificate ? refuse('unsigned', 'the signing key is not certified') : refuse('unknown-key', 'the certificate of the signing key has not come yet')
    if (!mayUseKey(key, 'streams', context.at)) return refuse('unsigned', 'the signing key is not certified for streams')
    const signed = payload.subarray(0, payload.length - STREAM_SIGNATURE_BYTES)
    if (!context.crypto.verify(signedOf(signed), payload.subarray(signed.length), key.key)) return refuse('unsigned', 'the signature does not fit')
    return ok(read.packet)
  }
}

interface ReadPacket {
  readonly tag: number
  readonly certificate: Uint8Array | null
  readonly packet: StreamPacket
}

function readPacket(payload: Uint8Array): ReadPacket | null {
  const end = payload.length - STREAM_SIGNATURE_BYTES
  if (payload.length > MAX_STREAM_PACKET_BYTES || end < HEADER_BYTES + 1 || payload[0] !== STREAM_VERSION) return null
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const flags = payload[1] ?? 0
  let at = HEADER_BYTES + (payload[22] ?? 0)
  if (at > end) return null
  const stream = decoder.decode(payload.subarray(HEADER_BYTES, at))
  if (!STREAM_NAME.test(stream)) return null
  let certificate: Uint8Array | null = null
  if (flags & STREAM_FLAGS.certificate) certificate = payload.subarray(at, (at += KEY_CERTIFICATE_BYTES))
  let substituteSinceUs: number | null = null
  if (flags & STREAM_FLAGS.substitute) {
    if (at + 8 > end) return null
    substituteSinceUs = readMicros(view, at)
    at += 8
  }
  const frames = at <= end ? readFrames(payload, at, end) : null
  const silent = (flags & STREAM_FLAGS.silent) !== 0
  if (!frames || silent !== (frames.length === 0)) return null
  const [epoch, seq, atUs] = [view.getUint32(6), view.getUint32(10), readMicros(view, 14)]
  const packet = { stream, epoch, seq, atUs, clip: (flags & STREAM_FLAGS.clip) !== 0, last: (flags & STREAM_FLAGS.last) !== 0, silent, substituteSinceUs, frames }
  return Number.isSafeInteger(atUs) && (substituteSinceUs === null || Number.isSafeInteger(substituteSinceUs)) ? { tag: view.getUint32(2), certificate, packet } : null
}

/** null when the lengths do not end where the packet does. */
function readFrames(payload: Uint8Array, from: number, end: number): Uint8Array[] | null {
  const frames: Uint8Array[] = []
  let at = from
  while (at < end) {
    const first = payload[at++] ?? 0
    const length = first < 252 ? first : first + 4 * (payload[at++] ?? 0)
    if (length === 0 || at + length > end || frames.length >= MAX_FRAMES) return null
    frames.push(payload.subarray(at, at + length))
    at += length
  }
  return frames
}
