import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { HealthView, type HealthHandlers } from './handlers.ts'
import type { Metrics } from './metrics.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const tags = ['health']

/** Both are open: they tell figures, no names, and those who watch a server have no token of it. */
export function addHealthRoutes(app: App, handlers: HealthHandlers, metrics: Metrics): void {
  app.get('/healthz', { config: { open: true }, schema: { tags, summary: 'Is the server well? 503 when not', response: { 200: HealthView, 503: HealthView } } }, (_request, reply) => {
    const health = handlers.check()
    reply.code(health.ok ? 200 : 503)
    return health
  })
  app.get('/metrics', { config: { open: true }, schema: { tags, summary: 'Figures for Prometheus' } }, async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()))
}
