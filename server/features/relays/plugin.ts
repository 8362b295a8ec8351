import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { createRelayHandlers, type RelayHandlersDeps } from './handlers.ts'
import { addRelayRoutes } from './routes.ts'

export type { BroadcastFacts } from './broadcast.ts'
export { RELAY_DEFAULTS, startRelays, type RelayCounts, type Relays, type RelaysDeps, type RelaySettings } from './runner.ts'
export { createRelayStore } from './store.ts'

/** The catalogue of relays with its test button. `relays` is what `startRelays` gave. */
export const relaysPlugin =
  (deps: RelayHandlersDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addRelayRoutes(app, createRelayHandlers(deps))
  }
