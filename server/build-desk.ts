import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Broadcasting } from './build-app.ts'
import type { ServerDeps } from './core/server-deps.ts'
import { pausesPlugin } from './features/pauses/plugin.ts'

/**
 * The operator's desk and the technician's eye, reached under /api/v1. `broadcasting` is null where nothing is broadcast
 * beside the timetable (tests of single features).
 */
export function deskPlugins(deps: ServerDeps, _broadcasting: Broadcasting | null): readonly FastifyPluginAsyncTypebox[] {
  return [pausesPlugin].map((plugin) => plugin(deps))
}
