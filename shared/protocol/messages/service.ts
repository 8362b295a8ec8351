import { Type, type Static } from 'typebox'
import { ClusterId, Sha, Wall } from './fields.ts'

/** What a technician may ask of a box from afar. */
export const SERVICES = ['restart', 'tone', 'log', 'listen', 'modem', 'check'] as const
export type Service = (typeof SERVICES)[number]
/** Unique per order; a box never does the same one twice. */
export const ServiceId = Type.String({ pattern: '^[0-9a-z]{10}$' })
/** An order that has not reached the box by then is none; a box remembers the orders that it has done for as long. */
export const MAX_SERVICE_LIFE_MS = 86_400_000
/** What a box may send as an attachment: a log bundle, ten seconds of sound. */
export const MAX_ATTACHMENT_BYTES = 524_288

/** One act of service. Not retained: the server says it again after every hello until it is answered or has expired. */
export const ServiceOrder = Type.Object(
  {
    t: Type.Literal('service'),
    /** Target cluster: an order for another one is refused. */
    c: ClusterId,
    /** Issued at, wall ms. */
    iat: Wall,
    /** Expires at, wall ms; a day after `iat` at most. */
    exp: Wall,
    id: ServiceId,
    /** What is to be done. */
    do: Type.Enum([...SERVICES]),
    /** Of a test tone: name of the policy in the plan that bounds it. */
    policy: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,40}$' })),
    /** Of listening in: what the box plays, or what its ear hears. */
    from: Type.Optional(Type.Enum(['output', 'monitor'])),
  },
)
export type ServiceOrder = Static<typeof ServiceOrder>

/** Why an act of service was not done. */
export const SERVICE_WHYS = ['sounding', 'not-here', 'too-many', 'outside-hours', 'muted', 'no-plan', 'restarted', 'failed', 'silent', 'link-came-back'] as const
export type ServiceWhy = (typeof SERVICE_WHYS)[number]

/** What came of an act of service; said again on every connection until the broker has taken it. */
export const Served = Type.Object(
  {
    /** Of the order. */
    id: ServiceId,
    /** `taken`: under way; the others are final. */
    st: Type.Enum(['taken', 'done', 'failed', 'refused']),
    /** Since when, server's wall ms. */
    at: Wall,
    /** Why it was not done. */
    why: Type.Optional(Type.Enum([...SERVICE_WHYS])),
    /** What was found or measured, by name. */
    facts: Type.Optional(Type.Record(Type.String({ pattern: '^[a-zA-Z]{1,24}$' }), Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 160 })]), { maxProperties: 16 })),
    /** What follows as `piece`s: a log bundle (JSON lines, gzip), or sound (Ogg Opus). */
    file: Type.Optional(Type.Object({ sha: Sha, bytes: Type.Integer({ minimum: 1, maximum: MAX_ATTACHMENT_BYTES }), kind: Type.Enum(['log', 'sound']) }, { additionalProperties: false })),
  },
  { additionalProperties: false },
)
export type Served = Static<typeof Served>
