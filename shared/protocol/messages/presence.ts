import { Type, type Static } from 'typebox'
import { Nonce, Rev, Wall } from './fields.ts'

/** Said once on every connection of the control link. */
export const Hello = Type.Object(
  {
    v: Type.Literal(1),
    /** Random, new at every start of the agent. */
    boot: Nonce,
    /** Random, new at every connection: the last will names it. */
    conn: Nonce,
    /** Newest verified revisions held (0 = none), which are also the floors below which it refuses. */
    plan: Rev,
    /** As `plan`, of the order `now`. */
    now: Rev,
    /** Version of the agent. */
    agent: Type.String({ maxLength: 32 }),
    /** Bound of the clock error, ms; null while the clock is untrusted. */
    clock: Type.Union([Type.Number({ minimum: 0, maximum: 1e9 }), Type.Null()]),
    /** What the agent takes for the time, wall ms. */
    at: Wall,
    /** True where the modem is made up (demonstration and tests): shown on every screen. */
    simulated: Type.Boolean(),
    /** Edition of the orders that it reads. From 2 on it passes over fields that it does not know; absent = 1: it refuses the whole. */
    edition: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  { additionalProperties: false },
)
export type Hello = Static<typeof Hello>
/** What the agent beside this file reads. */
export const ORDER_EDITION = 2

/** Last will: counts only when `conn` is the connection that said hello last. */
export const Gone = Type.Object(
  {
    /** Said in `hello` on the connection whose last will this is. */
    conn: Nonce,
  },
  { additionalProperties: false },
)
export type Gone = Static<typeof Gone>
