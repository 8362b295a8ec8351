import type { Crypto } from '../core/crypto.ts'
import { wallMs, type WallMs } from '../core/clock.ts'
import { KEY_CERTIFICATE_BYTES, mayUseKey, type CertifiedKey, type SigningKey } from './keys.ts'

/**
 * Time question (9 bytes): u8 version = 1, 8 B nonce.
 * Time answer (195 bytes), big-endian:
 *
 *   0  u8     version = 1
 *   1  8 B    nonce of the question
 *   9  f64    t1, server's wall ms when the question came
 *  17  f64    t2, server's wall ms when the answer left
 *  25  106 B  key certificate
 * 131  64 B   signature over "tl-time", the cluster's id and bytes 0–24
 *
 * The nonce makes an old answer worthless, so a broker can delay time but not shift it.
 */
export const NONCE_BYTES = 8
export const TIME_ASK_BYTES = 9
export const TIME_ANSWER_BYTES = 195

export function encodeTimeAsk(nonce: Uint8Array): Uint8Array {
  const out = new Uint8Array(TIME_ASK_BYTES)
  out[0] = 1
  out.set(nonce.subarray(0, NONCE_BYTES), 1)
  return out
}

/** The nonce; null when malformed. */
export const decodeTimeAsk = (payload: Uint8Array): Uint8Array | null =>
  payload.length === TIME_ASK_BYTES && payload[0] === 1 ? payload.slice(1) : null

export interface TimeAnswer {
  readonly nonce: Uint8Array
  readonly received: WallMs
  readonly sent: WallMs
}

const PURPOSE = new TextEncoder().encode('tl-time')

function signedPart(cluster: string, answer: Uint8Array): Uint8Array {
  const id = new TextEncoder().encode(cluster)
  const out = new Uint8Array(PURPOSE.length + id.length + 25)
  out.set(PURPOSE)
  out.set(id, PURPOSE.length)
  out.set(answer.subarray(0, 25), PURPOSE.length + id.length)
  return out
}

export function encodeTimeAnswer(crypto: Crypto, key: SigningKey, cluster: string, answer: TimeAnswer): Uint8Array {
  const out = new Uint8Array(TIME_ANSWER_BYTES)
  const view = new DataView(out.buffer)
  view.setUint8(0, 1)
  out.set(answer.nonce, 1)
  view.setFloat64(9, answer.received)
  view.setFloat64(17, answer.sent)
  out.set(key.certificate, 25)
  out.set(crypto.sign(signedPart(cluster, out), key.secret), 25 + KEY_CERTIFICATE_BYTES)
  return out
}

export interface TimeContext {
  readonly crypto: Crypto
  readonly cluster: string
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
}

/** null unless a key that the root certified for time signed exactly this answer for this cluster. */
export function openTimeAnswer(payload: Uint8Array, context: TimeContext): TimeAnswer | null {
  if (payload.length !== TIME_ANSWER_BYTES || payload[0] !== 1) return null
  const key = context.certified(payload.slice(25, 25 + KEY_CERTIFICATE_BYTES))
  // dates cannot be checked here: this answer is what makes the clock trusted
  if (!key || !mayUseKey(key, 'time', null)) return null
  const signature = payload.subarray(25 + KEY_CERTIFICATE_BYTES)
  if (!context.crypto.verify(signedPart(context.cluster, payload), signature, key.key)) return null
  const view = new DataView(payload.buffer, payload.byteOffset)
  const [received, sent] = [view.getFloat64(9), view.getFloat64(17)]
  if (!Number.isFinite(received) || !Number.isFinite(sent) || sent < received) return null
  return { nonce: payload.slice(1, 9), received: wallMs(received), sent: wallMs(sent) }
}
