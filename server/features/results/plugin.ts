import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createResultHandlers } from './handlers.ts'
import { addResultRoutes } from './routes.ts'

export { createResults, startResults } from './runner.ts'

/** kết quả buổi phát: what came of each session, five minutes after it, in words and as a picture. */
export const resultsPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addResultRoutes(app, createResultHandlers(deps))
  }
