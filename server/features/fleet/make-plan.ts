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
  readonly bodies: BodyStore
  readonly log: Log
}

/** A body as clusters fetch it. */
export interface MadeBody {
  readonly sha: string
  readonly bytes: Uint8Array
  /** End of what it plans, wall ms. */
  readonly to: number
}

/** Compiled: a province checks many bodies at a change. */
const planBody = Compile(PlanBody)

/** null when it cannot be given to a cluster: the old plan stays in force. */
export function makeBody({ crypto, deflate, log }: MakePlanDeps, body: PlanBody, cluster: string): MadeBody | null {
  if (!planBody.Check(body)) {
    log.error({ cluster, fault: Value.Errors(PlanBody, body)[0] }, 'the plan would not be understood by the cluster; the old one stays in force')
    return null
  }
  const bytes = deflate.deflate(utf8(JSON.stringify(body)))
  if (bytes.length > MAX_PLAN_DEFLATED) {
    log.error({ cluster, bytes: bytes.length }, 'the plan is too large for a cluster: fewer sessions or items are needed; the old one stays in force')
    return null
  }
  return { sha: toBase64Url(crypto.sha256(bytes)), bytes, to: body.to }
}

/** Signs the head that puts a body in force on one cluster, and keeps the body, ready to be served. */
export function signPlan(deps: MakePlanDeps & { readonly signing: SigningKey }, made: MadeBody, head: { readonly cluster: string; readonly rev: number; readonly now: WallMs }): PlanRecord {
  const { cluster, rev, now } = head
  const order = signOrder(deps.crypto, deps.signing, { t: 'plan', c: cluster, iat: now, exp: made.to, rev, sha: made.sha, len: made.bytes.length })
  // the body first: a head without its body could not be served after a crash between the two
  if (deps.bodies.read(made.sha) === null) deps.bodies.save(made.sha, made.bytes)
  return { cluster, rev, sha: made.sha, len: made.bytes.length, horizon: wallMs(made.to), order, issuedAt: now }
}
