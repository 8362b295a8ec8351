import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { PlanBody } from '../../../shared/protocol/messages/plan.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { standingIn } from '../../core/standing-plan.ts'
import { createStandingHandlers, standingBook, type StandingSource } from './handlers.ts'
import { addStandingRoutes } from './routes.ts'

export { startStandingWatch, tellEndings } from './start.ts'
export { createStandingStore } from './store.ts'

/** Orders that are signed ahead, for the time without server: off until they are armed, and every arming is in the audit log. */
export const standingPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addStandingRoutes(app, (who) => createStandingHandlers(deps, who))
  }

/** What is armed, for `PlanInput.standing`: asked anew for every planning, then once for each cluster. */
export const standingFor = (deps: StandingSource): ((cluster: string) => PlanBody['standing']) => standingIn(standingBook(deps))
