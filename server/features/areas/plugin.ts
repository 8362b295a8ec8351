import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createAreaHandlers } from './handlers.ts'
import { addAreaRoutes } from './routes.ts'

export { createAreaStore, createGroupStore, createPolicyStore } from './store.ts'

/** The areas of the station, with the days from and until which each is in force. */
export const areasPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addAreaRoutes(app, createAreaHandlers(deps))
  }
