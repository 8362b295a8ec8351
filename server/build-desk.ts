import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Broadcasting } from './build-app.ts'
import type { ServerDeps } from './core/server-deps.ts'
import { approvalPlugin } from './features/approval/plugin.ts'
import { bulletinsPlugin } from './features/bulletins/plugin.ts'
import { complaintsPlugin } from './features/complaints/plugin.ts'
import { earsPlugin } from './features/ears/plugin.ts'
import { eventsPlugin } from './features/events/plugin.ts'
import { handsPlugin } from './features/hands/plugin.ts'
import { healthDeskPlugin } from './features/health/plugin.ts'
import { incidentsPlugin } from './features/incidents/plugin.ts'
import { noticesPlugin } from './features/notices/plugin.ts'
import { notifyPlugin } from './features/notify/plugin.ts'
import { pausesPlugin } from './features/pauses/plugin.ts'
import { polesPlugin } from './features/poles/plugin.ts'
import { reportsPlugin } from './features/reports/plugin.ts'
import { resultsPlugin } from './features/results/plugin.ts'
import { noteReceipt, sourcePlugin } from './features/source/plugin.ts'
import { timetablePlugin } from './features/timetable/plugin.ts'
import { updatesPlugin } from './features/updates/plugin.ts'

/**
 * The operator's desk and the technician's eye, reached under /api/v1. `broadcasting` is null where nothing is broadcast
 * beside the timetable (tests of single features).
 */
export function deskPlugins(deps: ServerDeps, broadcasting: Broadcasting | null): readonly FastifyPluginAsyncTypebox[] {
  const desk = [approvalPlugin, healthDeskPlugin, pausesPlugin, timetablePlugin, incidentsPlugin, complaintsPlugin, polesPlugin, notifyPlugin, eventsPlugin, reportsPlugin, resultsPlugin, handsPlugin, earsPlugin, updatesPlugin]
  const airing = { ...deps, live: broadcasting?.live ?? null, emergencies: broadcasting?.emergencies ?? null, noted: noteReceipt(deps) }
  return [...desk.map((plugin) => plugin(deps)), noticesPlugin(airing), bulletinsPlugin(airing), sourcePlugin(airing)]
}
