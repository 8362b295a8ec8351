import { Type, type Static } from 'typebox'

const strict = { additionalProperties: false }
export const KeysView = Type.Object(
  {
    fingerprint: Type.String({ description: 'Of the root that clusters pinned when they were enrolled: the part of a claim behind the point' }),
    signing: Type.Array(Type.Object({ use: Type.Enum(['orders', 'time', 'streams']), until: Type.String({ format: 'date-time' }) }, strict)),
  },
  strict,
)
export type KeysView = Static<typeof KeysView>
