import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createSessionHandlers } from './handlers.ts'
import { addSessionRoutes } from './routes.ts'
import { createTimetableHandlers } from './timetable.ts'

export { assess, brokenBy, findingsOfChange, findingsOfSessions, refusalOfPlaces, sessionsBeside, unusualFinding, type Assessment } from './assess.ts'
export { fitnessOf } from './judge.ts'
export { publish, type Published } from './publish.ts'
export { excerpt, speechOf, textFindings, waitingTexts, type WaitingText } from './spoken-texts.ts'
export { createSessionStore } from './store.ts'
export { currentTimetable, seedTimetable } from './timetable.ts'

/** The timetable: its sessions one by one, and all of it as YAML. */
export const sessionsPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addSessionRoutes(app, createSessionHandlers(deps), createTimetableHandlers(deps))
  }
