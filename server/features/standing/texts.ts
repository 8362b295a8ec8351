import { Type, type Static } from 'typebox'
import { AreaCode } from '../../../shared/core/timetable.ts'

export const MAX_SETS = 200
export const MAX_KEYS = 1_000

const strict = { additionalProperties: false } as const
const Name = Type.String({ minLength: 1, maxLength: 80, pattern: '\\S', description: '1 to 80 characters, not only spaces' })
const Areas = Type.Array(AreaCode, { minItems: 1, maxItems: 50 })
const PublicKey = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', description: 'Ed25519 public key, 43 characters of base64url' })

const OrderText = Type.Object(
  {
    name: Name,
    /** 0 … 9 = immediate danger to life, which is what is meant where it is absent. */
    danger: Type.Optional(Type.Integer({ minimum: 0, maximum: 9 })),
    /** How often it is repeated; 5 where absent. */
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    /** Silence after each repeat; 3 where absent. */
    gapSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 600 })),
    volume: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: 100 }), Type.Null()])),
    /** Programmes of the library, one after another: they stay on the clusters as long as the set is armed. */
    clips: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 6 }),
    /** Key switch of the box that starts it. */
    switch: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })),
  },
  strict,
)

const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' })
/** Last day on which it starts anything; null or absent: until somebody disarms it. */
const LastDay = Type.Union([Day, Type.Null()])

export const SetText = Type.Object({ name: Name, areas: Areas, orders: Type.Array(OrderText, { minItems: 1, maxItems: 8 }), lastDay: Type.Optional(LastDay) }, strict)
export type SetText = Static<typeof SetText>

export const SetView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  areas: Type.Array(Type.String()),
  orders: Type.Array(Type.Object({ id: Type.String(), ...OrderText.properties })),
  armed: Type.Boolean(),
  armedAt: Type.Union([Type.String(), Type.Null()]),
  lastDay: LastDay,
  endsAt: Type.Union([Type.String(), Type.Null()]),
})
export type SetView = Static<typeof SetView>

export const KeyText = Type.Object(
  {
    /** Absent: a new one is made, and its secret is answered once. */
    key: Type.Optional(PublicKey),
    name: Name,
    areas: Areas,
    /** Last day on which it starts anything. */
    lastDay: Day,
  },
  strict,
)
export type KeyText = Static<typeof KeyText>

export const KeyView = Type.Object({
  key: Type.String(),
  name: Type.String(),
  areas: Type.Array(Type.String()),
  endsAt: Type.String(),
  /** Only in the answer that made it: for the phone, as `http://BOX/#k=SECRET`. It cannot be asked for again. */
  secret: Type.Optional(Type.String()),
})
export type KeyView = Static<typeof KeyView>

export const RenewText = Type.Object({ lastDay: LastDay }, strict)
export type RenewText = Static<typeof RenewText>

export const BOX_STATES = ['waiting', 'lacks-clip', 'away'] as const
/** How far an armed set has come. */
export const BoxesView = Type.Object({
  clusters: Type.Integer({ description: 'in the areas of the set' }),
  ready: Type.Integer({ description: 'that hold the orders as they were decided last, with their clips' }),
  others: Type.Array(Type.Object({ cluster: Type.String(), name: Type.String(), state: Type.Enum([...BOX_STATES], { description: 'waiting: has a connection and no word of it yet · lacks-clip: a clip is on its way · away: has no connection and no word of it yet' }) })),
})
export type BoxesView = Static<typeof BoxesView>

export const BySetId = Type.Object({ id: Type.String({ pattern: '^[0-9a-z]{10}$', description: 'ten characters, as in the list of sets' }) })
export const ByKey = Type.Object({ key: PublicKey })
