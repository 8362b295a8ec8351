import { Type, type Static } from 'typebox'

/** Asks for packets of a stream that the cluster lacks: it joined late, was away, or holds a clip with holes. Answered on `audio` with what the server still has. */
export const Join = Type.Object(
  {
    /** Name of the stream. */
    s: Type.String({ pattern: '^(?:[a-z0-9-]{1,40}|~[a-z0-9]{4,20})$' }),
    /** From this wall ms on; of a clip from this position, ms. */
    from: Type.Integer({ minimum: 0 }),
    /** Up to this instant or position, exclusive; absent = all. */
    to: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
)
export type Join = Static<typeof Join>
