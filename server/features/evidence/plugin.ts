import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createEvidenceHandlers } from './handlers.ts'
import { addEvidenceRoutes } from './routes.ts'

export { createEvidenceStore, createPlannedStore } from './store.ts'
export { noteChange } from './changes.ts'
export { EvidenceView, evidenceView } from './handlers.ts'

/** What was planned and what came of it, slot by slot and cluster by cluster. */
export const evidencePlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addEvidenceRoutes(app, createEvidenceHandlers(deps))
  }
