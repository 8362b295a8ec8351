import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createProgrammeHandlers } from './handlers.ts'
import { addProgrammeRoutes } from './routes.ts'

export { importMedia } from './import.ts'
export { chimeKey, programmeLengths } from './lengths.ts'
export { speakToMedia, type StationSoundDeps } from './station-sounds.ts'
export { createFindMedia, prepareMaterials, speechKey, type Prepared } from './materials.ts'
export { createProgrammeStore } from './store.ts'
export { readFileForm, type FileForm } from './upload-form.ts'

/** Recordings that sessions can name: uploaded, listened to, removed. */
export const programmesPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    addProgrammeRoutes(app, createProgrammeHandlers(deps), deps)
  }
