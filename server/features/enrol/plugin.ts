import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createEnrolHandlers } from './handlers.ts'
import { addEnrolRoutes } from './routes.ts'

export { createClaimStore } from './store.ts'

/** Where a box becomes a cluster: a claim that a person made, used once within ten minutes. */
export const enrolPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addEnrolRoutes(app, createEnrolHandlers(deps))
  }
