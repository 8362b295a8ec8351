import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import type { Crypto } from '../../shared/core/crypto.ts'
import { cryptoBy } from '../../shared/core/crypto-keys.ts'

/** Ed25519 and SHA-256 by node:crypto. */
export const nodeCrypto = (): Crypto =>
  cryptoBy<KeyObject>({
    sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
    secretKey: (der) => createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }),
    publicKey: (der) => createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' }),
    publicOf: (secret) => new Uint8Array(createPublicKey(secret).export({ format: 'der', type: 'spki' })),
    sign: (bytes, secret) => new Uint8Array(sign(null, bytes, secret)),
    verify: (bytes, signature, key) => verify(null, bytes, key, signature),
  })
