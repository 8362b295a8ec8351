import { monoMs, sinceMs, type MonoMs } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import { fromBase64Url, toBase64Url, utf8 } from '../../shared/protocol/wire.ts'

export type StandingAction = 'start' | 'stop'

/** What a phone asks leave for. */
export interface StandingAsk {
  readonly order: string
  readonly action: StandingAction
}

/** How long a person may hold the button, find the key, and press again. */
export const CHALLENGE_LIVES_MS = 60_000
const CHANCE_BYTES = 16
const STAMP_BYTES = 6
const MAC_BYTES = 16

/** The bytes that a phone signs: this box, this order, this act, this challenge, and nothing else that is ever signed in this house. */
export const signedWords = (cluster: string, { order, action }: StandingAsk, challenge: string): Uint8Array =>
  utf8(`tieng-lang standing order 1\n${cluster}\n${order}\n${action}\n${challenge}`)

export interface Challenges {
  give(ask: StandingAsk, at: MonoMs): string
  /** Whether it was given here for this very ask, less than a minute ago, and has not been used. */
  isGood(challenge: string, ask: StandingAsk, at: MonoMs): boolean
  /** It has been used: never again. */
  use(challenge: string, at: MonoMs): void
}

export interface ChallengeDeps {
  readonly crypto: Pick<Crypto, 'sha256'>
  /** 32 bytes of chance, new at every start: what was given before is worth nothing. */
  readonly secret: Uint8Array
  readonly chance: (count: number) => Uint8Array
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0)
  return out
}

/**
 * Challenges that carry their own proof: nothing is kept of those that were only given, so nobody can fill or empty the box's memory by
 * asking. Kept are the used ones, which need a right signature, for as long as they could be used again.
 */
export function createChallenges({ crypto, secret, chance }: ChallengeDeps): Challenges {
  const used = new Map<string, MonoMs>()
  const stampOf = (at: MonoMs): Uint8Array => Uint8Array.from({ length: STAMP_BYTES }, (_, n) => Math.floor(Math.max(0, at) / 256 ** n) % 256)
  // twice around the text: no length can be added to it (the form of HMAC)
  const proof = (body: Uint8Array, { order, action }: StandingAsk): Uint8Array =>
    crypto.sha256(joined(secret, crypto.sha256(joined(secret, body, utf8(`${action} ${order}`))))).slice(0, MAC_BYTES)
  return {
    give(ask, at) {
      const body = joined(stampOf(at), chance(CHANCE_BYTES))
      return toBase64Url(joined(body, proof(body, ask)))
    },
    isGood(challenge, ask, at) {
      const bytes = fromBase64Url(challenge)
      if (bytes?.length !== STAMP_BYTES + CHANCE_BYTES + MAC_BYTES || used.has(challenge)) return false
      const body = bytes.subarray(0, STAMP_BYTES + CHANCE_BYTES)
      const right = proof(body, ask)
      const difference = right.reduce((sum, byte, n) => sum | (byte ^ (bytes[body.length + n] ?? 0)), 0)
      const given = monoMs(body.subarray(0, STAMP_BYTES).reduceRight((sum, byte) => sum * 256 + byte, 0))
      const age = sinceMs(given, at)
      return difference === 0 && age > -1 && age <= CHALLENGE_LIVES_MS
    },
    use(challenge, at) {
      for (const [each, when] of used) if (sinceMs(when, at) > CHALLENGE_LIVES_MS) used.delete(each)
      used.set(challenge, at)
    },
  }
}
