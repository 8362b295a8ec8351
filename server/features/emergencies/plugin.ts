import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { civilDayNumber } from '../../../shared/core/civil.ts'
import type { Clock } from '../../../shared/core/clock.ts'
import type { Stores } from '../../core/stores.ts'
import { createAskHandlers } from './ask-handlers.ts'
import { addAskRoutes } from './ask-routes.ts'
import { pinnedFilesOn, type PinnedFile } from './audiences.ts'
import { createEmergencyHandlers } from './handlers.ts'
import { addEmergencyRoutes } from './routes.ts'
import type { EmergencyPluginDeps } from './seen.ts'

export { startEmergencies, type EmergencyDeps, type RunningEmergencies } from './start.ts'
export type { PinnedFile } from './audiences.ts'
export { createEmergencyStore, createPinnedClipStore } from './store.ts'
export type { EmergencyPluginDeps } from './seen.ts'

/** Files that clusters hold beforehand, for the conductor's plans: the station's own sounds, and the clips that people pinned. */
export const pinnedFiles = (stores: Pick<Stores, 'areas' | 'clusters' | 'programmes' | 'pinnedClips'>, clock: Pick<Clock, 'wall'>): readonly PinnedFile[] =>
  pinnedFilesOn(stores, civilDayNumber(clock.wall()))

/** Raising, ending and watching emergencies; `emergencies` is what `startEmergencies` gave. */
export const emergenciesPlugin =
  (deps: EmergencyPluginDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const asks = createAskHandlers(deps)
    addEmergencyRoutes(app, createEmergencyHandlers(deps, asks), deps)
    addAskRoutes(app, asks)
  }
