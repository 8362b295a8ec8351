import { every } from '../../../shared/core/clock.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createSimWatch } from './sim-watch.ts'

const LOOK_MS = 1_000

/** Looks after SIM cards without being asked; answers how to stop it. A look that fails is logged, and the next one comes. */
export function startHealthWatch(deps: ServerDeps): () => void {
  const sims = createSimWatch(deps)
  return every(deps.clock, LOOK_MS, () => {
    try {
      sims.look()
    } catch (error) {
      deps.log.error({ error: String(error) }, 'SIM cards not looked at')
    }
  })
}
