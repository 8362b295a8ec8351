import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { Live } from '../../core/live-book.ts'
import { noProgramme } from '../../core/live-refusals.ts'
import { useRefusal } from '../programmes/plugin.ts'
import { addLiveRoutes } from './routes.ts'

export { startLive, type LiveDeps } from './live.ts'

/** Live broadcasts: who speaks or plays now, and where it sounds. Belongs below `/api/v1`. */
export const livePlugin =
  (deps: Pick<ServerDeps, 'clock' | 'stores' | 'access'> & { readonly live: Live }): FastifyPluginAsyncTypebox =>
  async (app) => {
    addLiveRoutes(app, { live: deps.live, clock: deps.clock, access: deps.access, titleOf: (id) => deps.stores.programmes.byId(id)?.name ?? null, notTheirs: (who, programme) => useRefusal(deps, who, { kind: 'file', ref: programme }) && noProgramme(programme).refusal })
  }
