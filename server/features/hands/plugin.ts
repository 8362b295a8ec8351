import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answer, errorBody, refusals } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createHandsHandlers, ServiceBody, ServiceView } from './handlers.ts'

export { createHandsStore } from './store.ts'
export { orderByItself, type SelfOrdered } from './order.ts'
export { startHands, type HandsLink } from './start.ts'

const ByCluster = Type.Object({ id: Type.String({ pattern: '^[0-9a-hjkmnp-tv-z]{10}$', description: 'ten characters, as in the list of clusters' }) })
const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-z]{10}$' }) })

/** What a technician does to a box without driving there. */
export const handsPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const handlers = createHandsHandlers(deps)
    const tags = ['hands']
    const config = { action: 'cluster.service' } as const
    app.post(
      '/clusters/:id/services',
      { config, schema: { tags, summary: 'Ask a box for one act: restart, test tone, log bundle, listen in, self-test. Listening into a public place is on record.', params: ByCluster, body: ServiceBody, response: { 201: ServiceView, ...refusals } } },
      (request, reply) => answer(reply, handlers.order(request.who, request.params.id, request.body), 201),
    )
    app.get('/clusters/:id/services', { config, schema: { tags, summary: 'What was asked of a box, the newest first', params: ByCluster, response: { 200: Type.Array(ServiceView), ...refusals } } }, (request, reply) =>
      answer(reply, handlers.list(request.who, request.params.id)))
    app.get('/services/:id', { config, schema: { tags, summary: 'One act of service, and what came of it', params: ById, response: { 200: ServiceView, ...refusals } } }, (request, reply) =>
      answer(reply, handlers.one(request.who, request.params.id)))
    app.get('/services/:id/file', { config, schema: { tags, summary: 'The log bundle (JSON lines, gzip) or the ten seconds of sound (Ogg Opus)', params: ById } }, (request, reply) => {
      const file = handlers.file(request.who, request.params.id)
      if (!file.ok) return reply.code(file.refusal.status).send(errorBody(file.refusal))
      const { kind, bytes } = file.value
      const name = `${request.params.id}.${kind === 'log' ? 'jsonl.gz' : 'opus'}`
      return reply.type(kind === 'log' ? 'application/gzip' : 'audio/ogg').header('cache-control', 'no-store').header('content-disposition', `inline; filename="${name}"`).send(Buffer.from(bytes))
    })
  }
