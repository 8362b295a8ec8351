import { Type, type Static } from 'typebox'
import type { SoundPart } from '../../core/slot.ts'
import { Sha } from './fields.ts'

/** One of the sounds that follow each other in an emergency or a live broadcast. A file that may not be held yet also names the stream that brings it. */
export const Part = Type.Object(
  {
    /** The file that sounds; absent where only a stream does. */
    m: Type.Optional(Sha),
    /** Bytes of the file, for a cluster that has to fetch it; absent for one that is pinned. */
    b: Type.Optional(Type.Integer({ minimum: 1, maximum: 268_435_456 })),
    /** Stream that sounds, or that brings the file in a hurry. */
    s: Type.Optional(Type.String({ pattern: '^(?:[a-z0-9-]{1,40}|~[a-z0-9]{4,20})$' })),
    /** Length, ms; of a live voice the longest that it may be. */
    ms: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
  },
)
export type Part = Static<typeof Part>

export const soundPart = (part: Part): SoundPart => ({ media: part.m ?? null, stream: part.s ?? null, ms: part.ms })
