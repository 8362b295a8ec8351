import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { Crypto, Deflate } from '../../../shared/core/crypto.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import { MAX_PLAN_DEFLATED, PlanBody } from '../../../shared/protocol/messages/plan.ts'
import { signOrder } from '../../../shared/protocol/orders.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import type { BodyStore } from '../../core/ports.ts'
import type { PlanRecord } from '../../core/stores.ts'

export interface MakePlanDeps {
  readonly crypto: Crypto
  readonly deflate: Deflate
  readonly signing: SigningKey
  readonly bodies: BodyStore
  readonly log: Log
}

/** Compiled: a province checks thousands of bodies at a change. */
const planBody = Compile(PlanBody)

/**
 * Signs the head of a body with its revision and keeps the body, ready to be served. null when it cannot be given to a
 * cluster: the old plan stays in force. `bodyHash` is of what the body says without its revision.
 */
export function makePlan(deps: MakePlanDeps, body: PlanBody, { bodyHash, now }: { readonly bodyHash: string; readonly now: WallMs }): PlanRecord | null {
  const { crypto, log } = deps
  const { cluster, rev, to } = body
  if (!planBody.Check(body)) {
    log.error({ cluster, fault: Value.Errors(PlanBody, body)[0] }, 'the plan would not be understood by the cluster; the old one stays in force')
    return null
  }
  const bytes = deps.deflate.deflate(utf8(JSON.stringify(body)))
  if (bytes.length > MAX_PLAN_DEFLATED) {
    log.error({ cluster, bytes: bytes.length }, 'the plan is too large for a cluster: fewer sessions or items are needed; the old one stays in force')
    return null
  }
  const sha = toBase64Url(crypto.sha256(bytes))
  const order = signOrder(crypto, deps.signing, { t: 'plan', c: cluster, iat: now, exp: to, rev, sha, len: bytes.length })
  // the body first: a head without its body could not be served after a crash between the two
  deps.bodies.save(sha, bytes)
  return { cluster, rev, sha, len: bytes.length, horizon: wallMs(to), bodyHash, order, issuedAt: now }
}
