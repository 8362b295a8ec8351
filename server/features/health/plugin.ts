import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createHealthHandlers } from './handlers.ts'
import { createMetrics } from './metrics.ts'
import { addHealthRoutes } from './routes.ts'

export { createHealthStores } from './store.ts'
export { createRingReader } from './ring-tables.ts'

/** For those who watch the server: is it well, and what does it count. */
export const healthPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const metrics = createMetrics(deps)
    app.addHook('onResponse', async (request, reply) => metrics.noteRequest(request.method, reply.statusCode))
    addHealthRoutes(app, createHealthHandlers(deps), metrics)
  }
