import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { addCareRoutes, addCheckRoutes, addQuietRoutes } from './care-routes.ts'
import { createCareHandlers } from './care.ts'
import { createCheckHandlers } from './checks.ts'
import { createIncidentHandlers } from './handlers.ts'
import { createPhotoHandlers } from './photos.ts'
import { createQuietHandlers } from './quiet.ts'
import { addIncidentRoutes } from './routes.ts'

export { createIncidentBook, newsOf as incidentNews, newId, type BookDeps, type IncidentBook, type IncidentNews } from './book.ts'
export { createCaretakerStore, createCheckStore, createSuccessionStore, createWhereaboutStore } from './care-store.ts'
export { createFindings, type FindingsDeps } from './findings.ts'
export { createQuietTimeStore } from './quiet-store.ts'
export { startIncidents } from './start.ts'
export { createIncidentStore } from './store.ts'
export { createSweep, type Findings, type Sweep, type SweepDeps } from './sweep.ts'

/** What is wrong, who works on it, when it is quiet, who looks after which pole, and what is visited when. */
export const incidentsPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const handlers = createIncidentHandlers(deps)
    addIncidentRoutes(app, handlers, createPhotoHandlers(deps, handlers))
    addQuietRoutes(app, createQuietHandlers(deps))
    addCareRoutes(app, createCareHandlers(deps))
    addCheckRoutes(app, createCheckHandlers(deps))
  }
