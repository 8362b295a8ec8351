import { Type, type Static } from 'typebox'
import { SHORT_REASONS } from './evidence.ts'
import { Rev, SlotId, Wall } from './fields.ts'

/** How far an emergency or a live broadcast has come on one cluster. */
export const DELIVERY_STATES = ['received', 'waiting', 'sounding', 'finished', 'failed', 'ended'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** Said on every change; the newest counts. `sounding` is said when the device has taken sound of it, never when it was only ordered. */
export const Delivery = Type.Object(
  {
    /** `a.ID` of an emergency, `a.ID.c` of its correction, `l.ID` of a live broadcast. */
    slot: SlotId,
    /** Revision of the order that it answers. */
    rev: Rev,
    st: Type.Enum([...DELIVERY_STATES]),
    /** When this became so, server's wall ms. */
    at: Wall,
    /** Level of what has sounded, dBFS; absent before. */
    level: Type.Optional(Type.Number({ minimum: -120, maximum: 0 })),
    /** Why it failed or ended early. */
    why: Type.Optional(Type.Enum([...SHORT_REASONS])),
    /** It is an exercise. */
    drill: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type Delivery = Static<typeof Delivery>
