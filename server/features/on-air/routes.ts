import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answer, refusals } from '../../core/refusal.ts'
import { OnAirView, SoundingView, type OnAirHandlers } from './handlers.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const Query = Type.Object(
  {
    at: Type.Optional(
      Type.String({
        pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+ -]\\d{2}:\\d{2})?$',
        description: 'an instant such as 2026-11-23T05:30:00+07:00; now where absent',
      }),
    ),
    cluster: Type.Optional(Type.String({ pattern: '^[0-9a-hjkmnp-tv-z]{10}$', description: 'ten characters, as in the list of clusters' })),
  },
  { additionalProperties: false },
)

export function addOnAirRoutes(app: App, handlers: OnAirHandlers): void {
  app.get(
    '/on-air/now',
    { config: { action: 'station.read' }, schema: { tags: ['on air'], summary: 'What sounds at this moment and on how many clusters', response: { 200: SoundingView, ...refusals } } },
    (request) => handlers.now(request.who),
  )
  app.get(
    '/on-air',
    { config: { action: 'station.read' }, schema: { tags: ['on air'], summary: 'What should sound on each cluster at an instant, and why', querystring: Query, response: { 200: Type.Array(OnAirView), ...refusals } } },
    (request, reply) => answer(reply, handlers.at(request.who, request.query.at, request.query.cluster)),
  )
}
