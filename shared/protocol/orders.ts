import { Compile, type Validator } from 'typebox/compile'
import type { Crypto } from '../core/crypto.ts'
import { ok, refuse, type Result } from '../core/result.ts'
import type { WallMs } from '../core/clock.ts'
import { mayUseKey, type CertifiedKey, type KeyUse, type SigningKey } from './keys.ts'
import { Ack, AlertOrder, NowOrder, PlanOrder, type Order, type OrderType } from './messages/orders.ts'
import { ServiceOrder } from './messages/service.ts'
import { UpdateOrder } from './messages/update.ts'
import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from './wire.ts'

/**
 * An order is a compact JWS (RFC 7515, EdDSA): `header.payload.signature`, base64url. The header carries the signing
 * key's certificate (keys.ts) as `crt`; the signature covers the exact bytes `header.payload`.
 */
const SCHEMAS = { plan: PlanOrder, now: NowOrder, alert: AlertOrder, ack: Ack, service: ServiceOrder, update: UpdateOrder } as const
/** Compiled when the first order of their kind comes: an agent checks one at every acknowledgement. */
const checks = new Map<OrderType, Validator>()
function checkOf(type: OrderType): Validator {
  const known = checks.get(type)
  if (known) return known
  const made = Compile(SCHEMAS[type])
  checks.set(type, made)
  return made
}

export type OrderRefusal = 'malformed' | 'unsigned' | 'wrong-type' | 'wrong-target' | 'expired'

const headerOf = (key: SigningKey): string => toBase64Url(utf8(JSON.stringify({ alg: 'EdDSA', crt: toBase64Url(key.certificate) })))

/** Whether an order of our own carries this key's certificate of today, and not one that has been renewed since. */
export const isSignedUnder = (order: string, key: SigningKey): boolean => order.startsWith(`${headerOf(key)}.`)

export const signOrder = (crypto: Crypto, key: SigningKey, order: Order): string => signJws(crypto, key, order)

/** The JSON of a value as a compact JWS under a signing key. */
export function signJws(crypto: Crypto, key: SigningKey, value: object): string {
  const header = headerOf(key)
  const body = `${header}.${toBase64Url(utf8(JSON.stringify(value)))}`
  return `${body}.${toBase64Url(crypto.sign(utf8(body), key.secret))}`
}

export interface OpenContext {
  readonly crypto: Crypto
  readonly cluster: string
  /** null while the clock is untrusted: dates then bind nothing, and nothing sounds either. */
  readonly at: WallMs | null
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
}

/** What stands in a JWS whose signature, key and the key's use fit; what it says is for the caller to check. */
export function openJws(text: string, use: KeyUse, { crypto, certified, at }: Pick<OpenContext, 'crypto' | 'certified' | 'at'>): Result<unknown, 'malformed' | 'unsigned'> {
  const parts = text.split('.')
  const [header, payload, signature] = parts
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined)
    return refuse('malformed', 'not a compact JWS')
  const certificate = certificateOf(header)
  const sig = fromBase64Url(signature)
  if (!certificate || sig?.length !== 64) return refuse('malformed', 'header or signature is not readable')
  const key = certified(certificate)
  if (!key || !mayUseKey(key, use, at)) return refuse('unsigned', `the signing key is not certified for ${use}`)
  if (!crypto.verify(utf8(`${header}.${payload}`), sig, key.key)) return refuse('unsigned', 'the signature does not fit')
  return ok(parseJson(fromBase64Url(payload)))
}

/** Checks signature, key, type, target and expiry, in this order. Revision floors are the caller's. */
export function openOrder<T extends OrderType>(
  text: string,
  type: T,
  context: OpenContext,
): Result<Extract<Order, { t: T }>, OrderRefusal> {
  const opened = openJws(text, 'orders', context)
  if (!opened.ok) return opened
  if (!checkOf(type).Check(opened.value)) return refuse('wrong-type', `not a ${type} order of version 1`)
  const order = opened.value as Extract<Order, { t: T }>
  if (order.c !== context.cluster) return refuse('wrong-target', 'for another cluster')
  if (context.at !== null && order.exp <= context.at) return refuse('expired', 'past its expiry')
  return ok(order)
}

function certificateOf(header: string): Uint8Array | null {
  const value = parseJson(fromBase64Url(header))
  if (typeof value !== 'object' || value === null) return null
  const { alg, crt } = value as { alg?: unknown; crt?: unknown }
  return alg === 'EdDSA' && typeof crt === 'string' ? fromBase64Url(crt) : null
}

/** undefined for anything that is not JSON in UTF-8. */
export function parseJson(bytes: Uint8Array | null): unknown {
  const text = bytes && fromUtf8(bytes)
  if (text === null) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined // malformed input is a value here, the caller counts it
  }
}
