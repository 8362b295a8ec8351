import { Type, type Static } from 'typebox'
import { ClusterId, Rev, Sha, Wall } from './fields.ts'

/** The longest manifest of a release, bytes. */
export const MAX_MANIFEST_BYTES = 262_144
/** An order for a release is good for a day at most, and is signed anew whenever it is said. */
export const MAX_UPDATE_LIFE_MS = 86_400_000

/**
 * Which release of the agent a cluster is to run. What a box does not know in it, it passes over: the oldest agent must
 * understand the newest server here, or it could not be brought up to date.
 */
export const UpdateOrder = Type.Object({
  t: Type.Literal('update'),
  /** Target cluster: an order for another one is refused. */
  c: ClusterId,
  /** Issued at, wall ms. */
  iat: Wall,
  /** Expires at, wall ms; a day after `iat` at most. */
  exp: Wall,
  /** Grows with every new decision; said again with the same one it changes nothing but `go`. */
  rev: Rev,
  /** The release's manifest, a file that is fetched in blocks; null = nothing is wanted any more, and what is under way is left. */
  m: Type.Union([Sha, Type.Null()]),
  /** Bytes of the manifest. */
  b: Type.Integer({ minimum: 0, maximum: MAX_MANIFEST_BYTES }),
  /** The download begins by chance within so many ms. */
  spread: Type.Integer({ minimum: 0, maximum: 3_600_000 }),
  /** The box may go over to the release before this instant; absent: it fetches, and waits. */
  go: Type.Optional(Wall),
})
export type UpdateOrder = Static<typeof UpdateOrder>

/** `waiting`: not begun; `ready`: all of it is held and verified; `trial`: it runs, and has yet to prove itself. The last three are final. */
export const UPDATE_STATES = ['waiting', 'downloading', 'ready', 'trial', 'done', 'fell-back', 'failed'] as const
export type UpdateState = (typeof UPDATE_STATES)[number]

/**
 * Why a release was refused, could not be put in place, or was left again; `budget` alone says why it is not all there yet: what
 * the SIM may fetch today is spent, and it goes on by itself. `crashed`: it started and ended too often;
 * `not-well`: the broker could be reached, and it did not connect, know the time and hold the plan in time; `damaged`: its
 * files were not what the manifest names.
 */
export const UPDATE_WHYS = [
  'forged', 'malformed', 'downgrade', 'replayed', 'too-old', 'wrong-protocol', 'node-too-old', 'no-space', 'not-here', 'unfetchable', 'damaged', 'crashed', 'not-well', 'disk', 'budget',
] as const
export type UpdateWhy = (typeof UPDATE_WHYS)[number]

export const UpdateReport = Type.Object(
  {
    /** Of the order. */
    rev: Rev,
    st: Type.Enum([...UPDATE_STATES]),
    /** Since when, wall ms. */
    at: Wall,
    /** The release that runs, by its number; 0 = the program as it was installed. */
    n: Rev,
    /** Held of what has to be fetched, permille. */
    pm: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000 })),
    why: Type.Optional(Type.Enum([...UPDATE_WHYS])),
  },
  { additionalProperties: false },
)
export type UpdateReport = Static<typeof UpdateReport>
