import { Type, type Static } from 'typebox'
import { INSTANT_PATTERN } from '../../core/instant.ts'
import { nullable, strict } from './views.ts'

export const PreviewQuery = Type.Object(
  {
    cluster: Type.String({ pattern: '^[0-9a-hjkmnp-tv-z]{10}$', description: 'ten characters, as in the list of clusters' }),
    at: Type.String({ pattern: INSTANT_PATTERN, description: 'an instant such as 2026-11-23T05:30:00+07:00' }),
  },
  strict,
)
export type PreviewQuery = Static<typeof PreviewQuery>

export const PreviewView = Type.Object({
  draft: Type.String(),
  cluster: Type.String(),
  name: Type.String(),
  at: Type.String(),
  do: Type.Union([Type.Literal('play'), Type.Literal('silence')]),
  slot: nullable(Type.String()),
  session: nullable(Type.String()),
  item: nullable(Type.String()),
  offsetMs: nullable(Type.Number({ description: 'position in the item' })),
  until: nullable(Type.String()),
  because: Type.Object({ code: Type.String(), en: Type.String(), vi: Type.String() }),
})
export type PreviewView = Static<typeof PreviewView>
