import { Type, type Static } from 'typebox'
import { wallMs } from '../../core/clock.ts'
import type { Slot } from '../../core/slot.ts'
import { ClusterId, Nonce, Rev, Sha, SlotId, Wall } from './fields.ts'
import { Part, soundPart } from './parts.ts'
import { ServiceOrder } from './service.ts'
import { UpdateOrder } from './update.ts'

const common = {
  /** Target cluster: an order for another one is refused. */
  c: ClusterId,
  /** Issued at, wall ms. */
  iat: Wall,
  /** Expires at, wall ms. */
  exp: Wall,
}

/** Head of the desired state. The body (plan.ts), deflated, is the file `sha`. */
export const PlanOrder = Type.Object(
  {
    t: Type.Literal('plan'),
    ...common,
    rev: Rev,
    /** Of the deflated body. */
    sha: Sha,
    /** Bytes of the deflated body. */
    len: Type.Integer({ minimum: 1, maximum: 65_536 }),
  },
)
export type PlanOrder = Static<typeof PlanOrder>

/** A live broadcast: a microphone, or something played at once. */
export const LiveEntry = Type.Object(
  {
    /** The slot's name: `l.ID`. */
    slot: SlotId,
    /** When it begins. */
    at: Wall,
    /** Hard end; brought forward when the speaker is done. */
    to: Wall,
    /** Name of the policy in the plan that bounds it. */
    policy: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }),
    /** 0 = hamlet … 3 = nation. */
    auth: Type.Integer({ minimum: 0, maximum: 3 }),
    /** What sounds, one after another; the last may be cut by `to`. */
    parts: Type.Array(Part, { minItems: 1, maxItems: 3 }),
    /** The closing chime, which sounds from `to` on. */
    close: Type.Optional(Part),
  },
)
export type LiveEntry = Static<typeof LiveEntry>

/** Immediate desired state. */
export const NowOrder = Type.Object(
  {
    t: Type.Literal('now'),
    ...common,
    rev: Rev,
    /** Percent of full scale; null leaves it to the plan's volume by time of day. */
    volume: Type.Union([Type.Integer({ minimum: 0, maximum: 100 }), Type.Null()]),
    /** Everything but an emergency is silent. */
    mute: Type.Boolean(),
    /** Whatever was planned to start at or before this instant is over. */
    stop: Type.Union([Wall, Type.Null()]),
    /** The SIM's data is nearly spent: no relay is joined (its substitute sounds) and nothing is fetched but plans and what emergencies need. Absent = false. */
    frugal: Type.Optional(Type.Boolean()),
    /** Live broadcasts under way or about to begin. */
    live: Type.Optional(Type.Array(LiveEntry, { maxItems: 3 })),
  },
)
export type NowOrder = Static<typeof NowOrder>

/** Evidence rows of log `log` up to and including `upTo` are stored: the agent may forget them. */
export const Ack = Type.Object(
  {
    t: Type.Literal('ack'),
    ...common,
    /** The log of the rows. */
    log: Nonce,
    /** Number of the last row stored; 0 = none. */
    upTo: Type.Integer({ minimum: 0 }),
  },
)
export type Ack = Static<typeof Ack>

/**
 * An emergency, whole: a newer revision of the same `id` takes the place of the one before. It sounds from `at` on until it has
 * been repeated `times` times, has ended, or has expired (`exp`). A cluster that hears of it late begins when it hears.
 */
export const AlertOrder = Type.Object(
  {
    t: Type.Literal('alert'),
    ...common,
    rev: Rev,
    /** The emergency. */
    id: Type.String({ pattern: '^[0-9a-z]{4,16}$' }),
    /** An exercise: shown apart everywhere, and never becomes a real one. */
    drill: Type.Boolean(),
    /** 0 = ordinary … 9 = immediate danger to life. */
    danger: Type.Integer({ minimum: 0, maximum: 9 }),
    /** 0 = hamlet … 3 = nation. */
    auth: Type.Integer({ minimum: 0, maximum: 3 }),
    /** When it begins; whoever then holds 300 ms of it starts, the others join in phase. */
    at: Wall,
    times: Type.Integer({ minimum: 1, maximum: 1_000 }),
    /** Silence after each repeat, ms. */
    gap: Type.Integer({ minimum: 0, maximum: 600_000 }),
    /** Percent of full scale; null leaves it to the plan's. The installer's limit on the box binds in any case. */
    vol: Type.Union([Type.Integer({ minimum: 0, maximum: 100 }), Type.Null()]),
    /** One repeat: attention tone, message, the message in another language. */
    parts: Type.Array(Part, { minItems: 1, maxItems: 6 }),
    /** So much of each repeat is attention tone and no message, ms; absent: the first part, where others follow it. */
    lead: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000 })),
    /** Over from this instant: stopped, cancelled, or followed by another one. */
    ended: Type.Union([Wall, Type.Null()]),
    /** With `ended`: sounds once, and only where the message itself has sounded. */
    corr: Type.Optional(Type.Array(Part, { minItems: 1, maxItems: 4 })),
  },
)
export type AlertOrder = Static<typeof AlertOrder>

export const Order = Type.Union([PlanOrder, NowOrder, AlertOrder, Ack, ServiceOrder, UpdateOrder])
export type Order = Static<typeof Order>
export type OrderType = Order['t']

/** Slots of the live broadcasts: what is said, then the closing chime. */
export function slotsOfLive({ live, iat }: Pick<NowOrder, 'live' | 'iat'>): Slot[] {
  return (live ?? []).flatMap((entry) => {
    const common = { session: entry.slot, class: 'live', resume: 'where-it-would-be-now', policy: entry.policy, music: false, order: 0, staggerMs: 0, issuedAt: wallMs(iat), authority: entry.auth } as const
    const said: Slot = {
      ...common, id: entry.slot, start: wallMs(entry.at), end: wallMs(entry.to), lengthMs: Math.max(1, entry.to - entry.at),
      source: { kind: 'parts', parts: entry.parts.map(soundPart) },
    }
    if (!entry.close) return entry.to > entry.at ? [said] : []
    const { close } = entry
    const chime: Slot = {
      ...common, id: `${entry.slot}.c`, start: wallMs(entry.to), end: wallMs(entry.to + close.ms), lengthMs: close.ms, source: { kind: 'parts', parts: [soundPart(close)] },
    }
    return entry.to > entry.at ? [said, chime] : [chime]
  })
}

/** Of one repeat, its gap included, ms. */
export const repeatMsOf = ({ parts, gap }: Pick<AlertOrder, 'parts' | 'gap'>): number => parts.reduce((sum, part) => sum + part.ms, gap)
