import { Type, type Static } from 'typebox'
import { ClusterId, Nonce, Rev, Sha, Wall } from './fields.ts'

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
  { additionalProperties: false },
)
export type PlanOrder = Static<typeof PlanOrder>

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
  },
  { additionalProperties: false },
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
  { additionalProperties: false },
)
export type Ack = Static<typeof Ack>

export const Order = Type.Union([PlanOrder, NowOrder, Ack])
export type Order = Static<typeof Order>
export type OrderType = Order['t']
