import { Type, type Static } from 'typebox'
import { Radio } from './beat.ts'
import { Nonce, SlotId, Wall } from './fields.ts'

/** Why less was played than planned. */
export const SHORT_REASONS = [
  'missing-media', 'damaged-media', 'clock-untrusted', 'started-late', 'stopped', 'muted', 'paused', 'interrupted',
  'sink-failed', 'quiet-hours', 'outside-window', 'restarted', 'underruns', 'mourning', 'plan-changed', 'unknown-policy',
  'no-stream', 'cancelled', 'replaced', 'stopped-here', 'expired',
] as const
export type ShortReason = (typeof SHORT_REASONS)[number]

/** One stretch of sound, or one slot that stayed silent although it was due. */
export const EvidenceRow = Type.Object(
  {
    /** Position in the log: 1, 2, 3 … The key together with `log`. */
    n: Type.Integer({ minimum: 1 }),
    /** What was due. */
    slot: SlotId,
    /** Planned start of the stretch, server's wall ms. */
    due: Wall,
    /** Planned end of the stretch, server's wall ms. */
    end: Wall,
    /** When the first sample left, server's wall ms; absent when nothing sounded. */
    began: Type.Optional(Wall),
    /** PCM consumed by the device, ms. */
    ms: Type.Integer({ minimum: 0 }),
    /** RMS of what was consumed, dBFS; absent when nothing sounded. */
    level: Type.Optional(Type.Number({ minimum: -120, maximum: 0 })),
    /** Times that the device ran dry. */
    underruns: Type.Integer({ minimum: 0 }),
    /** Clock error bound when it began, ms. */
    clock: Type.Optional(Type.Number({ minimum: 0 })),
    /** When it began; absent where there is no modem. */
    radio: Type.Optional(Radio),
    /** What sounded where it was not the slot's own file: the stream, its substitute, or the box's line input. */
    via: Type.Optional(Type.Enum(['stream', 'substitute', 'line'])),
    /** Of a stream: ms that never came and were bridged or silent. */
    lost: Type.Optional(Type.Integer({ minimum: 0 })),
    /** Why less was played than planned; absent when all was. */
    why: Type.Optional(Type.Enum([...SHORT_REASONS])),
  },
  { additionalProperties: false },
)
export type EvidenceRow = Static<typeof EvidenceRow>

/** Rows are sent again until an Ack of the same log covers them. */
export const EvidenceBatch = Type.Object(
  {
    /** Random, new when the agent's log began anew. */
    log: Nonce,
    rows: Type.Array(EvidenceRow, { minItems: 1, maxItems: 50 }),
  },
  { additionalProperties: false },
)
export type EvidenceBatch = Static<typeof EvidenceBatch>
