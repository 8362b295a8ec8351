import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createProgrammeHandlers } from './handlers.ts'
import { addChangingRoutes, addReadingRoutes, addSharingRoutes } from './routes.ts'
import { addSoundRoutes } from './routes-sound.ts'
import { addUploadRoutes } from './uploads.ts'

export { importMedia } from './import.ts'
export { chimeKey, programmeLengths } from './lengths.ts'
export { createMaking, tellPending, type Making } from './making.ts'
export { createFindMedia, prepareMaterials, speechKey, type MediaFinder, type Prepared } from './materials.ts'
export { openSound, rangeOf, viewContext, type Audio } from './reading.ts'
export { recordingToMedia } from './quick-media.ts'
export { keepRotations, soundingChanged } from './rotations.ts'
export { sendAudio } from './routes.ts'
export { mine, PROGRAMME, seen, sightOf } from './sight.ts'
export { approveSeeded } from './spoken.ts'
export { speakToMedia, type StationSoundDeps } from './station-sounds.ts'
export { createProgrammeStore } from './store.ts'
export { keepLibrary, startLibrary, sweepOriginals } from './upkeep.ts'
export { readFileForm, type FileForm } from './upload-form.ts'
export { useRefusal } from './use.ts'
export { programmeView, ProgrammeView, versionView, VersionView } from './views.ts'

/** The library: recordings and spoken words with their versions, languages and dates; what timetables can name. */
export const programmesPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const handlers = createProgrammeHandlers(deps)
    addReadingRoutes(app, handlers)
    addChangingRoutes(app, handlers)
    addSharingRoutes(app, handlers)
    addSoundRoutes(app, handlers, deps)
    addUploadRoutes(app, deps)
  }
