import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createAccountHandlers } from './accounts.ts'
import { createEntryHandlers } from './entry.ts'
import { createOwnHandlers } from './own.ts'
import { addPeopleRoutes } from './routes.ts'

export { enterAs } from './entry.ts'
export { firstAdministratorLink } from './links.ts'
export { createAuditPages, createGenerations, createPeopleStore } from './store.ts'

/** Accounts, how people come in and go, and what was decided by whom. */
export const peoplePlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addPeopleRoutes(app, { entry: createEntryHandlers(deps), own: createOwnHandlers(deps), accounts: createAccountHandlers(deps), deps })
  }
