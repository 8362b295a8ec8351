import { randomBytes } from 'node:crypto'
import type { Crypto } from '../../shared/core/crypto.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import { fromUtf8, toBase64Url, utf8 } from '../../shared/protocol/wire.ts'
import { decodeIdentity, identityFrom, type ClaimRefusal, type Identity } from '../core/claim.ts'
import type { Disk } from '../core/ports.ts'
import { postJson, type Posted, type PostJson } from './http-post.ts'

const IDENTITY_FILE = 'state/identity'
const SECRET_FILE = 'state/secret'
const SECRET_BYTES = 32
/** A server behind a bad link; beyond it the caller tries again. */
const TIMEOUT_MS = 30_000
const MAX_ANSWER_BYTES = 16 * 1024

/** `unreachable` and `busy` are worth another try with back-off; the others need a person. */
export type EnrolRefusal = 'unreachable' | 'busy' | 'wrong-claim' | 'expired-claim' | 'used-claim' | 'refused' | ClaimRefusal

export interface EnrolOptions {
  readonly server: string
  /** `XXXX-XXXX-XXXX-XXXX.FINGERPRINT` */
  readonly claim: string
  readonly name: string | null
  readonly publicKey: Uint8Array
  /** Version of this agent. */
  readonly agent: string
  readonly crypto: Crypto
  /** Authority of an HTTPS server, PEM; the system's own when absent. */
  readonly ca?: Buffer
  /** node:http and node:https unless given. */
  readonly post?: PostJson
}

/** One attempt to become a cluster of the server. Nothing is stored here. */
export async function enrol(options: EnrolOptions): Promise<Result<Identity, EnrolRefusal>> {
  const { server, claim, name, agent } = options
  const body = JSON.stringify({ claim, publicKey: toBase64Url(options.publicKey), agent, ...(name === null ? {} : { name }) })
  let posted: Posted
  try {
    const limits = { timeoutMs: TIMEOUT_MS, maxAnswerBytes: MAX_ANSWER_BYTES, ...(options.ca ? { ca: options.ca } : {}) }
    posted = await (options.post ?? postJson)(`${server}/api/v1/enrol`, body, limits)
  } catch (e) {
    return refuse('unreachable', `The server ${server} cannot be reached (${reasonOf(e)}). The agent tries again; check TL_SERVER and the network if that lasts.`)
  }
  const { status } = posted
  const answer = jsonOf(posted.text)
  if (status === 200 || status === 201) return identityFrom(answer, claim, options.crypto)
  return refusalOf(status, answer)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null // a proxy's page: the status and the checks behind say so
  }
}

/** Several addresses that all failed are one error without words of its own. */
function reasonOf(e: unknown): string {
  const first = e instanceof AggregateError ? e.errors.find((one) => one instanceof Error) : e
  return first instanceof Error ? first.message || first.name : String(first)
}

function refusalOf(status: number, answer: unknown): Result<never, EnrolRefusal> {
  const said = sentenceOf(answer)
  const why = (own: string): string => (said === null ? own : said)
  if (status === 404) return refuse('wrong-claim', why('The server does not know this claim token. Copy the whole of it again, or make a new one on the server.'))
  if (status === 410) return refuse('expired-claim', why('This claim token has expired; it is valid for ten minutes. Make a new one on the server.'))
  if (status === 409) return refuse('used-claim', why('This claim token was used by another box. Make a new one on the server; every box needs its own.'))
  if (status === 429 || status >= 500) return refuse('busy', `The server cannot enrol now (${status}). The agent tries again.`)
  return refuse('refused', why(`The server refused the enrolment (${status}). Check TL_SERVER, and that server and agent have the same version.`))
}

/** The server's own words, in both languages. */
function sentenceOf(answer: unknown): string | null {
  const error = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : null
  if (typeof error !== 'object' || error === null) return null
  const { en, vi } = error as { en?: unknown; vi?: unknown }
  const words = [en, vi].filter((text): text is string => typeof text === 'string' && text !== '')
  return words.length === 0 ? null : words.join(' / ').slice(0, 500)
}

/**
 * The key pair of this box, made at the first call and kept. It is on the disk before the claim is used, so that an
 * enrolment whose answer was lost can be repeated under the same key.
 */
export async function ownSecret(disk: Disk): Promise<Uint8Array> {
  const stored = await disk.read(SECRET_FILE)
  if (stored?.length === SECRET_BYTES) return stored
  const secret = new Uint8Array(randomBytes(SECRET_BYTES))
  await disk.writeAtomic(SECRET_FILE, secret)
  return secret
}

/** Whom this box was enrolled as; null before. A damaged file is refused, never silently enrolled over. */
export async function loadIdentity(disk: Disk): Promise<Result<Identity | null, 'damaged-identity'>> {
  const stored = await disk.read(IDENTITY_FILE)
  if (stored === null) return ok(null)
  const identity = decodeIdentity(fromUtf8(stored) ?? '')
  if (identity !== null) return ok(identity)
  return refuse('damaged-identity', `The file ${IDENTITY_FILE} in the agent's folder is damaged. Restore it from a copy, or delete it and enrol this box with a new claim.`)
}

/** Durable, readable by this user only. */
export const saveIdentity = (disk: Disk, identity: Identity): Promise<void> => disk.writeAtomic(IDENTITY_FILE, utf8(JSON.stringify(identity)))
