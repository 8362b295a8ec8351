import { Type, type Static } from 'typebox'
import { Sha } from './fields.ts'

/** At most two blocks of a file are under way to one cluster, so that a stop never waits behind more than 16 KiB. */
export const MAX_BLOCKS_IN_FLIGHT = 2

export const Want = Type.Object(
  {
    /** The file. */
    f: Sha,
    /** Indexes of blocks. */
    i: Type.Array(Type.Integer({ minimum: 0, maximum: 65_535 }), { minItems: 1, maxItems: MAX_BLOCKS_IN_FLIGHT }),
  },
  { additionalProperties: false },
)
export type Want = Static<typeof Want>
