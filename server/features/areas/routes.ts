import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Area } from '../../../shared/core/timetable.ts'
import { answer, refusals } from '../../core/refusal.ts'
import type { AreaHandlers } from './handlers.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const AreaTree = Type.Array(Type.Object({ ...Area.properties, inForce: Type.Boolean(), children: Type.Array(Type.Unknown({ description: 'areas of the same form' })) }))

export function addAreaRoutes(app: App, handlers: AreaHandlers): void {
  const tags = ['areas']
  app.get('/areas', { config: { action: 'station.read' }, schema: { tags, summary: 'Areas as a tree, with the days on which each is in force', response: { 200: AreaTree, ...refusals } } }, (request) => handlers.tree(request.who))
  app.post('/areas', { config: { action: 'area.write' }, schema: { tags, summary: 'Add an area', body: Area, response: { 201: Area, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.create(request.who, request.body), 201),
  )
}
