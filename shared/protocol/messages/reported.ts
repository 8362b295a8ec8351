import { Type, type Static } from 'typebox'
import { Rev, Sha, SlotId, Wall } from './fields.ts'
import { UpdateReport } from './update.ts'

/** Why an agent refused an order or stayed silent; counted since boot. */
export const REFUSALS = [
  'malformed', 'unsigned', 'wrong-target', 'rolled-back', 'expired', 'wrong-type', 'too-large',
  'outside-window', 'quiet-hours', 'clock-untrusted', 'missing-media', 'damaged-body', 'unknown-policy', 'late-packet', 'replayed', 'line-outside',
] as const
export type Refusal = (typeof REFUSALS)[number]

export const Reported = Type.Object(
  {
    /** Revision in force; 0 = none. */
    plan: Rev,
    /** Revision in force; 0 = none. */
    now: Rev,
    /** The plan's horizon: silent after it. 0 without a plan. */
    planTo: Wall,
    /** Files of the plan held and verified. */
    held: Type.Integer({ minimum: 0 }),
    /** Files of the plan in all. */
    due: Type.Integer({ minimum: 0 }),
    /** Files not yet held, the next due first; cut to 16. */
    missing: Type.Array(Sha, { maxItems: 16 }),
    /** What sounds now, and since when; null in silence. */
    playing: Type.Union([Type.Object({ slot: SlotId, since: Wall }, { additionalProperties: false }), Type.Null()]),
    /** Non-zero refusal counters since boot. */
    refused: Type.Partial(Type.Object(Object.fromEntries(REFUSALS.map((r) => [r, Type.Integer({ minimum: 1 })])) as Record<Refusal, ReturnType<typeof Type.Integer>>), { additionalProperties: false }),
    /** How far the newest order for a release has come; absent before the first. */
    update: Type.Optional(UpdateReport),
  },
  { additionalProperties: false },
)
export type Reported = Static<typeof Reported>
