import { createOpusEncoder } from '../../server/adapters/opus-encoder.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { certifyKey, createCertificateCache, KEY_USES, type SigningKey } from '../../shared/protocol/keys.ts'
import { encodeStreamPacket, type StreamPacket } from '../../shared/protocol/stream.ts'

const crypto = nodeCrypto()

/** A station's key for streams, and what a box checks it with. */
export interface StreamKeys {
  readonly signing: SigningKey
  readonly publicKey: Uint8Array
  readonly root: Uint8Array
  readonly certified: ReturnType<typeof createCertificateCache>
}

export function streamKeys(now: number = Date.now(), seed = 1): StreamKeys {
  const [root, secret] = [new Uint8Array(32).fill(seed), new Uint8Array(32).fill(seed + 100)]
  const publicKey = crypto.publicKey(secret)
  const certificate = certifyKey(crypto, root, { key: publicKey, uses: KEY_USES.streams, notBeforeMs: Math.floor(now / 1000) * 1000 - 1e9, notAfterMs: Math.floor(now / 1000) * 1000 + 1e9 })
  return { signing: { secret, certificate }, publicKey, root: crypto.publicKey(root), certified: createCertificateCache(crypto, crypto.publicKey(root)) }
}

export const sealed = (keys: StreamKeys, packet: StreamPacket, withCertificate = true): Uint8Array =>
  encodeStreamPacket({ crypto, key: keys.signing, publicKey: keys.publicKey }, packet, withCertificate)

export interface SourceOptions {
  readonly stream: string
  readonly epoch?: number
  /** When its first sample sounds, wall ms; of a clip 0. */
  readonly zeroMs: number
  readonly ms: number
  readonly packetMs?: number
  readonly frameMs?: number
  readonly clip?: boolean
  /** Sample at a time in seconds after `zeroMs`, −1 … 1. */
  readonly sample: (s: number) => number
}

/** What a station would send of a sound, packet by packet. */
export function streamPackets({ stream, epoch = 7, zeroMs, ms, packetMs = 200, frameMs = 20, clip = false, sample }: SourceOptions): StreamPacket[] {
  const encoder = createOpusEncoder(24_000)
  const lookaheadUs = clip ? 0 : Math.round(encoder.lookaheadFrames / 0.048)
  const perFrame = frameMs * 48
  const pcm = new Int16Array(perFrame)
  const packets: StreamPacket[] = []
  for (let at = 0; at < ms; at += packetMs) {
    const frames = Array.from({ length: packetMs / frameMs }, (_, f) => {
      for (let i = 0; i < perFrame; i++) pcm[i] = Math.round(32_767 * sample(at / 1_000 + (f * perFrame + i) / 48_000))
      return encoder.encode(pcm)
    })
    packets.push({ stream, epoch, seq: packets.length, atUs: (zeroMs + at) * 1_000 - (at === 0 && clip ? 0 : lookaheadUs), clip, last: at + packetMs >= ms, silent: false, substituteSinceUs: null, frames })
  }
  return packets
}
