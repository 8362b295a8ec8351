import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createHealthDeskHandlers } from './desk-handlers.ts'
import { addHealthDeskRoutes } from './desk-routes.ts'
import { createHealthHandlers } from './handlers.ts'
import { createMetrics } from './metrics.ts'
import { addHealthRoutes } from './routes.ts'

export { createHealthStores } from './store.ts'
export { createChartHandlers } from './chart-handlers.ts'
export { createRingReader } from './ring-tables.ts'
export { readinessAt, type ReadinessDeps } from './readiness.ts'
export { createSymptomWatch, type SymptomWatch } from './symptom-watch.ts'
export { startHealthWatch } from './start.ts'

/** For those who watch the server: is it well, and what does it count. */
export const healthPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const metrics = createMetrics(deps)
    app.addHook('onResponse', async (request, reply) => metrics.noteRequest(request.method, reply.statusCode))
    addHealthRoutes(app, createHealthHandlers(deps), metrics)
  }

/** The technician's eye, under the API. */
export const healthDeskPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) =>
    addHealthDeskRoutes(app, createHealthDeskHandlers(deps))
