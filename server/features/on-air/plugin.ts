import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createOnAirHandlers } from './handlers.ts'
import { addOnAirRoutes } from './routes.ts'

export { createPlanStore } from './store.ts'

/** What should sound on each cluster at an instant, and why. */
export const onAirPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addOnAirRoutes(app, createOnAirHandlers(deps))
  }
