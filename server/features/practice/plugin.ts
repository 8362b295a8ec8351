import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { addInsideRoutes } from './inside.ts'
import { addPracticeRoutes } from './routes.ts'

export { addPracticePeople } from './people.ts'
export { createPractice, type PracticeDeps } from './practice.ts'

/** A made-up commune to practise in, and, inside of one, how people come in. */
export const practicePlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    if (deps.practising) addInsideRoutes(app, deps, deps.practising)
    else addPracticeRoutes(app, deps)
  }
