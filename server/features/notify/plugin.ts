import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createNotifyHandlers } from './handlers.ts'
import { addNotifyRoutes } from './routes.ts'

export { morningCheck, type MorningDeps, type NotReady } from './morning.ts'
export { createNotifier, type Notifier, type NotifierDeps } from './notifier.ts'
export { createPost, type Post, type PostDeps } from './post.ts'
export { recipients, whoIs } from './recipients.ts'
export { sendLink } from './send-link.ts'
export { startNotify } from './start.ts'
export { createNotifyStore } from './store.ts'

/** Who hears of what, and how. */
export const notifyPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addNotifyRoutes(app, createNotifyHandlers(deps))
  }
