import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createClusterHandlers } from './handlers.ts'
import { addClusterRoutes } from './routes.ts'

export { createClusterStore } from './store.ts'
export { signalOf, SignalView, viewsOf, type ClusterView } from './view.ts'

/** The registry of clusters, and what each of them last said of itself. */
export const clustersPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addClusterRoutes(app, createClusterHandlers(deps))
  }
