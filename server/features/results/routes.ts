import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { answer, errorBody, refusals } from '../../core/refusal.ts'
import type { ResultHandlers } from './handlers.ts'
import { ResultView } from './views.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const tags = ['results']
const strict = { additionalProperties: false } as const
export function addResultRoutes(app: App, handlers: ResultHandlers): void {
  const config = { action: 'station.read' } as const
  const Latest = Type.Object({ limit: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,2}$', description: 'how many, at most 200' })) }, strict)
  app.get('/results', { config, schema: { tags, summary: 'Results of the latest sessions', querystring: Latest, response: { 200: Type.Array(ResultView), ...refusals } } }, (request) =>
    handlers.latest(request.who, Math.min(200, Number(request.query.limit ?? 50))))
  const params = Type.Object({
    id: Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'of the session' }),
    occurrence: Type.String({ pattern: '^(\\d{12,14}|\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?)(\\.png)?$', description: 'start of the session, 2026-11-23T05:30; with .png behind it the picture' }),
  })
  const Query = Type.Object({ area: Type.Optional(AreaCode), fresh: Type.Optional(Type.Literal('yes')) }, strict)
  app.get('/sessions/:id/results/:occurrence', { config, schema: { tags, summary: 'The result of a session in each area, or, as .png, one picture for a group chat', params, querystring: Query, response: { 200: Type.Unknown({ description: 'results, or a PNG' }), ...refusals } } }, async (request, reply): Promise<FastifyReply> => {
    const { id, occurrence } = request.params
    if (!occurrence.endsWith('.png')) return reply.send(answer(reply, await handlers.of(request.who, id, occurrence, request.query.fresh === 'yes')))
    const picture = await handlers.picture(request.who, id, occurrence.slice(0, -'.png'.length), request.query.area ?? null)
    return picture.ok ? reply.type('image/png').send(Buffer.from(picture.value)) : reply.code(picture.refusal.status).send(errorBody(picture.refusal))
  })
}
