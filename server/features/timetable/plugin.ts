import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { findingsOfChange } from '../sessions/plugin.ts'
import { createCalendarHandlers } from './calendar.ts'
import { createDraftDesk } from './draft-desk.ts'
import { createPublishHandlers } from './draft-publish.ts'
import { createDraftWork } from './draft-work.ts'
import { createDraftHandlers } from './drafts.ts'
import { createGroupHandlers } from './groups.ts'
import { createPolicyHandlers } from './policies.ts'
import { createPreviewHandlers } from './preview.ts'
import { addDraftRoutes, addWorkRoutes } from './routes-drafts.ts'
import { addPublishRoutes } from './routes-publish.ts'
import { addCalendarRoutes, addGroupRoutes, addPolicyRoutes } from './routes-rules.ts'
import { createTemplateHandlers } from './templates.ts'
import { createWeekHandlers } from './week.ts'

export { createDeskStores } from './store.ts'

/** The timetable desk: drafts, the week at a glance, publishing and undoing, the rules of areas, calendars. */
export const timetablePlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const desk = createDraftDesk(deps)
    addDraftRoutes(app, createDraftHandlers(deps, desk))
    addWorkRoutes(app, createDraftWork(deps, desk), createTemplateHandlers(deps, desk))
    addPublishRoutes(app, {
      publishing: createPublishHandlers(deps, desk),
      weeks: createWeekHandlers(deps, desk),
      previews: createPreviewHandlers(deps, desk),
      check: (_who, session) => findingsOfChange(deps, [{ session: session.id, doc: session }]),
    })
    addPolicyRoutes(app, createPolicyHandlers(deps))
    addGroupRoutes(app, createGroupHandlers(deps))
    addCalendarRoutes(app, createCalendarHandlers(deps))
  }
