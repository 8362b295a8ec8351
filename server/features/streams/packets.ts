import type { Crypto, PublicKey } from '../../../shared/core/crypto.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import { encodeStreamPacket, type StreamPacket } from '../../../shared/protocol/stream.ts'

/** A packet as it went out, and once more with the certificate for who has just joined. */
export interface SentPacket {
  readonly packet: StreamPacket
  readonly bytes: Uint8Array
  /** Made when it is first asked for. */
  readonly withCertificate: () => Uint8Array
}

export interface Sealer {
  seal(packet: StreamPacket, withCertificate: boolean): SentPacket
}

/** Signs with the key of today: its certificate is renewed while the server runs. */
export function createSealer(crypto: Crypto, key: () => SigningKey): Sealer {
  let known: { key: SigningKey; publicKey: PublicKey } | null = null
  const signer = (): { crypto: Crypto; key: SigningKey; publicKey: PublicKey } => {
    const today = key()
    if (known?.key.secret !== today.secret) known = { key: today, publicKey: crypto.publicKey(today.secret) }
    return { crypto, key: today, publicKey: known.publicKey }
  }
  return {
    seal: (packet, withCertificate) => {
      const bytes = encodeStreamPacket(signer(), packet, withCertificate)
      let certified: Uint8Array | null = withCertificate ? bytes : null
      return { packet, bytes, withCertificate: () => (certified ??= encodeStreamPacket(signer(), packet, true)) }
    },
  }
}
