import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { every } from '../../../shared/core/clock.ts'
import { createCapHandlers, type CapDeps } from './handlers.ts'
import { addCapRoutes } from './routes.ts'

export { createCapStore } from './store.ts'
export type { CapDeps } from './handlers.ts'

const TICK_MS = 1_000
const PRUNE_MS = 3_600_000

/**
 * `POST /cap`: warnings of other systems, signed, become emergencies. Deps beyond the server's own: `seal` (createCapSeal of
 * server/adapters/xml-seal.ts with the folder TL_CAP_CERTIFICATES, or null) and `emergencies`.
 */
export const capPlugin =
  (deps: CapDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const handlers = createCapHandlers(deps)
    const failed = (error: unknown): void => deps.log.error({ error: String(error) }, 'a warning that waited was not raised')
    let working = false
    const work = (): void => {
      if (working) return
      working = true
      handlers
        .tick()
        .catch(failed)
        .finally(() => void (working = false))
    }
    const cancels = [every(deps.clock, TICK_MS, work), every(deps.clock, PRUNE_MS, () => deps.stores.cap.prune(deps.clock.wall()))]
    app.addHook('onClose', async () => cancels.forEach((cancel) => cancel()))
    addCapRoutes(app, handlers)
  }
