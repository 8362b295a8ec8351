import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createSpanHandlers } from './handlers.ts'
import { addSpanRoutes } from './routes.ts'

export { datedBounds, placesAt } from '../../core/timetable-dated.ts'
export { createSpanStore } from './store.ts'

/** Pauses, openings of quiet hours and days of mourning: what a person decides for places and a time, beside the timetable. */
export const pausesPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addSpanRoutes(app, createSpanHandlers(deps))
  }
