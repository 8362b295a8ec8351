import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Crypto } from '../../shared/core/crypto.ts'
import { decodeBlock, encodeBlock } from '../../shared/protocol/blocks.ts'
import { decodeMessage } from '../../shared/protocol/codec.ts'
import { certifyKey, createCertificateCache, type CertifiedKey, type SigningKey } from '../../shared/protocol/keys.ts'
import type { Order } from '../../shared/protocol/messages/orders.ts'
import { openOrder, signOrder } from '../../shared/protocol/orders.ts'
import { createStreamOpener, encodeStreamPacket, type StreamPacket } from '../../shared/protocol/stream.ts'
import { decodeTimeAsk, encodeTimeAnswer, encodeTimeAsk, openTimeAnswer } from '../../shared/protocol/time.ts'
import { TOPICS, type TopicName } from '../../shared/protocol/topics.ts'
import { fromUtf8, utf8 } from '../../shared/protocol/wire.ts'
import { wallMs } from '../../shared/core/clock.ts'

/** One message that was released: its content, and the bytes that mean it for ever. */
export interface GoldenCase {
  readonly is: string
  readonly message: unknown
  /** Hex; absent in a new case until `npm run gen` has filled it in. Never changed afterwards. */
  readonly payload?: string
}
export interface Golden {
  readonly topic: TopicName
  readonly cases: readonly GoldenCase[]
}
export interface GoldenKeys {
  readonly cluster: string
  readonly rootSecret: string
  readonly signingSecret: string
  readonly uses: number
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** The wall ms at which the golden orders are opened. */
  readonly at: number
}

const KEYS = 'keys.json'
export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))
const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

export const goldenFolder = (root: string): string => join(root, 'shared', 'protocol', 'golden')
export const readKeys = (root: string): GoldenKeys => readJson(join(goldenFolder(root), KEYS)) as GoldenKeys

export function readGolden(root: string): Golden[] {
  const names = readdirSync(goldenFolder(root)).filter((name) => name.endsWith('.json') && name !== KEYS)
  return names.sort().map((name) => readJson(join(goldenFolder(root), name)) as Golden)
}

/** What a test or a tool needs to write and read golden messages: fixed keys, one cluster, one instant. */
export interface GoldenBench {
  readonly crypto: Crypto
  readonly cluster: string
  readonly at: number
  readonly key: SigningKey
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
}

export function goldenBench(crypto: Crypto, keys: GoldenKeys): GoldenBench {
  const root = fromHex(keys.rootSecret)
  const secret = fromHex(keys.signingSecret)
  const certificate = certifyKey(crypto, root, { key: crypto.publicKey(secret), uses: keys.uses, notBeforeMs: keys.notBeforeMs, notAfterMs: keys.notAfterMs })
  return { crypto, cluster: keys.cluster, at: keys.at, key: { secret, certificate }, certified: createCertificateCache(crypto, crypto.publicKey(root)) }
}

/** A packet with its frames in hex. */
type Streamish = Omit<StreamPacket, 'frames'> & { readonly frames: readonly string[] }
interface Blockish { readonly sha: string; readonly index: number; readonly bytes: string }
interface Timeish { readonly nonce: string; readonly received: number; readonly sent: number }

/** The payload of a golden message. */
export function encodeGolden(bench: GoldenBench, topic: TopicName, message: unknown): Uint8Array {
  switch (TOPICS[topic].kind) {
    case 'json':
      return utf8(JSON.stringify(message))
    case 'order':
      return utf8(signOrder(bench.crypto, bench.key, message as Order))
    case 'block': {
      const { sha, index, bytes } = message as Blockish
      return encodeBlock({ sha: fromHex(sha), index, bytes: fromHex(bytes) })
    }
    case 'time-ask':
      return encodeTimeAsk(fromHex((message as { nonce: string }).nonce))
    case 'stream': {
      const packet = message as Streamish
      const signer = { crypto: bench.crypto, key: bench.key, publicKey: bench.crypto.publicKey(bench.key.secret) }
      return encodeStreamPacket(signer, { ...packet, frames: packet.frames.map(fromHex) }, true)
    }
    case 'time': {
      const { nonce, received, sent } = message as Timeish
      return encodeTimeAnswer(bench.crypto, bench.key, bench.cluster, { nonce: fromHex(nonce), received: wallMs(received), sent: wallMs(sent) })
    }
  }
}

/** The message of a payload in the form of the golden files; null when it is refused. */
export function decodeGolden(bench: GoldenBench, topic: TopicName, payload: Uint8Array): unknown {
  const row = TOPICS[topic]
  if (payload.length > row.limit) return null
  switch (row.kind) {
    case 'json': {
      const read = decodeMessage(topic as Parameters<typeof decodeMessage>[0], payload)
      return read.ok ? read.value : null
    }
    case 'order': {
      const text = fromUtf8(payload)
      const read = text === null ? null : openOrder(text, topic as Order['t'], { ...bench, at: wallMs(bench.at) })
      return read?.ok ? read.value : null
    }
    case 'block': {
      const block = decodeBlock(payload)
      return block && { sha: hex(block.sha), index: block.index, bytes: hex(block.bytes) }
    }
    case 'time-ask': {
      const nonce = decodeTimeAsk(payload)
      return nonce && { nonce: hex(nonce) }
    }
    case 'stream': {
      const read = createStreamOpener()(payload, { ...bench, at: wallMs(bench.at) })
      return read.ok ? { ...read.value, frames: read.value.frames.map(hex) } : null
    }
    case 'time': {
      const answer = openTimeAnswer(payload, bench)
      return answer && { nonce: hex(answer.nonce), received: answer.received, sent: answer.sent }
    }
  }
}
