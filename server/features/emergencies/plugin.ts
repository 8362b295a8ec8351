import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { MediaFile } from '../../core/plan.ts'
import type { Stores } from '../../core/stores.ts'
import { createEmergencyHandlers, type EmergencyPluginDeps } from './handlers.ts'
import { addEmergencyRoutes } from './routes.ts'

export { startEmergencies, type EmergencyDeps, type RunningEmergencies } from './start.ts'
export { createEmergencyStore, createPinnedClipStore } from './store.ts'
export type { EmergencyPluginDeps } from './handlers.ts'

/** Files that every cluster holds beforehand, for the conductor's plans: the station's own sounds and the clips that people pinned. */
export function pinnedFiles({ programmes, pinnedClips }: Pick<Stores, 'programmes' | 'pinnedClips'>): readonly MediaFile[] {
  const pinned = new Set(pinnedClips.all().map((clip) => clip.programme))
  return programmes.all().filter((programme) => programme.kind === 'chime' || pinned.has(programme.id))
}

/** Raising, ending and watching emergencies; `emergencies` is what `startEmergencies` gave. */
export const emergenciesPlugin =
  (deps: EmergencyPluginDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addEmergencyRoutes(app, createEmergencyHandlers(deps), deps)
  }
