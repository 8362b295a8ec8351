import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createReportHandlers } from './handlers.ts'
import { addInspectionRoutes, addShareRoutes } from './inspection.ts'
import { addReportRoutes } from './routes.ts'
import { createShareHandlers } from './shares.ts'

export { createReportStore } from './store.ts'
export { startReports } from './upkeep.ts'

/** Reports of any area over any period, what each figure is made of, the broadcast log, and links for inspectors. */
export const reportsPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const handlers = createReportHandlers(deps)
    const shares = createShareHandlers(deps)
    // before the report of a period, whose place in the path they take
    addShareRoutes(app, shares)
    addReportRoutes(app, handlers, deps)
    addInspectionRoutes(app, { deps, handlers, shares })
  }
