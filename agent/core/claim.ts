import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { Crypto } from '../../shared/core/crypto.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import { ClusterId, Wall } from '../../shared/protocol/messages/fields.ts'
import { fromBase64Url, toBase64Url } from '../../shared/protocol/wire.ts'

/** Characters of the root key's SHA-256 (base64url) that a claim token carries: 72 bits, typed by hand at worst. */
export const FINGERPRINT_CHARS = 12

/** Ed25519 public key in base64url. */
const Key = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })

/** `POST /api/v1/enrol`, the answer. */
export const EnrolAnswer = Type.Object({
  cluster: ClusterId,
  mqttUrl: Type.String({ pattern: '^mqtts?://', maxLength: 300 }),
  password: Type.String({ minLength: 16, maxLength: 200 }),
  root: Key,
  serverTime: Wall,
})
export type EnrolAnswer = Static<typeof EnrolAnswer>

/** Who this box is: made once, kept for its life. */
export const Identity = Type.Object({
  v: Type.Literal(1),
  cluster: ClusterId,
  mqttUrl: EnrolAnswer.properties.mqttUrl,
  password: EnrolAnswer.properties.password,
  /** The root's public key, pinned: every order must lead back to it. */
  root: Key,
})
export type Identity = Static<typeof Identity>

export type ClaimRefusal = 'bad-answer' | 'wrong-root'

export const fingerprintOf = (root: Uint8Array, crypto: Crypto): string => toBase64Url(crypto.sha256(root)).slice(0, FINGERPRINT_CHARS)

/**
 * Checks the server's answer against the claim. The fingerprint reached the box by a person's hand, so that a server or
 * a proxy that is not the one which made the claim cannot slip in a root key of its own.
 */
export function identityFrom(answer: unknown, claim: string, crypto: Crypto): Result<Identity, ClaimRefusal> {
  if (!Value.Check(EnrolAnswer, answer)) {
    return refuse('bad-answer', 'What answered at TL_SERVER is not the server of this product, or another version of it. Check the address, and that server and agent have the same version.')
  }
  const root = fromBase64Url(answer.root)
  if (root === null || root.length !== 32 || fingerprintOf(root, crypto) !== claim.slice(claim.indexOf('.') + 1)) {
    return refuse('wrong-root', 'The server’s root key does not match the claim token: this is not the server that made the claim, or somebody is between. Nothing was stored. Check TL_SERVER, and make a new claim.')
  }
  const { cluster, mqttUrl, password } = answer
  return ok({ v: 1, cluster, mqttUrl, password, root: answer.root })
}

/** null when the stored text is no identity. */
export function decodeIdentity(text: string): Identity | null {
  try {
    const value: unknown = JSON.parse(text)
    return Value.Check(Identity, value) ? value : null
  } catch {
    return null // damaged: the caller says what to do
  }
}
