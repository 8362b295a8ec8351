import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { AiringDeps } from './airing.ts'
import { createNoticeHandlers } from './handlers.ts'
import { addNoticeRoutes, addTemplateRoutes } from './routes.ts'
import { createTemplateHandlers, seedTemplates } from './templates.ts'

export { whenOf } from './handlers.ts'
export { WhenView } from './views.ts'
export { air, airRefusal, placedUnder, takeBack, type Aired, type AiringDeps } from './airing.ts'
export { forgetOver, startNotices } from './upkeep.ts'

/** mẫu thông báo: three fields, listen, on the air. */
export const noticesPlugin =
  (deps: AiringDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const handlers = createNoticeHandlers(deps)
    seedTemplates(deps)
    // an approval by a link, by another person, or while this server was down
    const off = deps.events.onEvent(({ kind, subject }) => {
      if (kind !== 'programme.approved' && kind !== 'programme.returned') return
      Promise.resolve()
        .then(() => handlers.decided(subject))
        .catch((error: unknown) => deps.log.error({ programme: subject, error: String(error) }, 'a notice could not go on after its approval'))
    })
    app.addHook('onReady', async () => handlers.catchUp())
    app.addHook('onClose', async () => off())
    addNoticeRoutes(app, handlers)
    addTemplateRoutes(app, createTemplateHandlers(deps))
  }
