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

/** Why a stretch was not heard, or why that cannot be told. */
export const HEARD_WHYS = ['silent', 'neighbour', 'cut', 'weak', 'noise', 'short', 'not-calibrated', 'flat', 'no-input'] as const

/** What the box's own ear makes of a stretch. */
export const Heard = Type.Object(
  {
    /** The ear: a microphone or tap that was compared with what was played, or a sensor of the amplifier's current. */
    by: Type.Enum(['sound', 'current']),
    /** `heard` only where this box's own horn sounded, from the first to the last second that could be judged. */
    verdict: Type.Enum(['heard', 'not-heard', 'cannot-tell']),
    /** Of what could be judged, heard, percent. */
    share: Type.Integer({ minimum: 0, maximum: 100 }),
    /** Later than this box's calibrated time, ms. */
    lag: Type.Optional(Type.Integer({ minimum: -2_000, maximum: 2_000 })),
    /** Over this box's calibrated level, dB. */
    gain: Type.Optional(Type.Number({ minimum: -120, maximum: 120 })),
    /** Why it was not heard, or cannot be told. */
    why: Type.Optional(Type.Enum([...HEARD_WHYS])),
  },
  { additionalProperties: false },
)
export type Heard = Static<typeof Heard>

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
    /** What the box's own ear makes of it; absent where it has none. */
    heard: Type.Optional(Heard),
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
