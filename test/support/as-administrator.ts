import type { FastifyRequest } from 'fastify'
import { ADMINISTRATOR_IDENTITY } from '../../server/core/identity.ts'

/** For a feature's routes without the house around them: whoever asks is the administrator. */
export function asAdministrator(app: { addHook(name: 'onRequest', hook: (request: FastifyRequest) => Promise<void>): unknown }): void {
  app.addHook('onRequest', async (request) => void (request.who = ADMINISTRATOR_IDENTITY))
}
