import { Type, type Static } from 'typebox'
import { SlotId } from './fields.ts'

/** 40 s: a fault is noticed within BEAT_TIMEOUT_MS, and a day of beats stays near 0.6 MB on the wire. */
export const BEAT_INTERVAL_MS = 40_000
/** A cluster that has been silent for this long has lost its link (DESIGN §10: fault shown ≤ 60 s). */
export const BEAT_TIMEOUT_MS = 58_000

/** Radio figures: RSRP dBm, RSRQ dB, SINR dB, RSSI dBm; null where the modem does not tell. */
export const Radio = Type.Tuple([
  Type.Union([Type.Number({ minimum: -160, maximum: -20 }), Type.Null()]),
  Type.Union([Type.Number({ minimum: -45, maximum: 10 }), Type.Null()]),
  Type.Union([Type.Number({ minimum: -40, maximum: 60 }), Type.Null()]),
  Type.Union([Type.Number({ minimum: -140, maximum: 0 }), Type.Null()]),
])
export type Radio = Static<typeof Radio>

/** Short names: this is the message that is sent 2 160 times a day. */
export const Beat = Type.Object(
  {
    /** Counts up from 1 since boot. */
    s: Type.Integer({ minimum: 1 }),
    /** Agent's time, wall seconds. */
    t: Type.Integer({ minimum: 0 }),
    /** Slot that is sounding; absent in silence. */
    p: Type.Optional(SlotId),
    /** Radio; absent where there is no modem. */
    r: Type.Optional(Radio),
    /** Round trip to the server, ms; absent before the first. */
    l: Type.Optional(Type.Integer({ minimum: 0, maximum: 600_000 })),
    /** Clock error bound, ms; absent while untrusted. */
    e: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
    /** Audio decoded ahead, ms; absent in silence. */
    b: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
    /** Files of the plan held, permille. */
    c: Type.Integer({ minimum: 0, maximum: 1000 }),
    /** Last output level, dBFS × 10 (for example −203); absent in silence. */
    v: Type.Optional(Type.Integer({ minimum: -1_200, maximum: 0 })),
  },
  { additionalProperties: false },
)
export type Beat = Static<typeof Beat>
