import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answer, refusals } from '../../core/refusal.ts'
import { ClusterPatch, type ClusterHandlers } from './handlers.ts'
import { ClusterView } from './view.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-hjkmnp-tv-z]{10}$', description: 'ten characters, as in the list of clusters' }) })
const Revoked = Type.Object({ id: Type.String(), revokedAt: Type.String() })

export function addClusterRoutes(app: App, handlers: ClusterHandlers): void {
  const tags = ['clusters']
  app.get('/clusters', { config: { action: 'cluster.read' }, schema: { tags, summary: 'All clusters that are in use, with their state', response: { 200: Type.Array(ClusterView), ...refusals } } }, (request) => handlers.list(request.who))
  app.get('/clusters/:id', { config: { action: 'cluster.read' }, schema: { tags, summary: 'One cluster', params: ById, response: { 200: ClusterView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.one(request.who, request.params.id)),
  )
  app.patch(
    '/clusters/:id',
    { config: { action: 'cluster.quieten' }, schema: { tags, summary: 'Change settings, move, mute, stop', params: ById, body: ClusterPatch, response: { 200: ClusterView, ...refusals } } },
    (request, reply) => answer(reply, handlers.change(request.who, request.params.id, request.body)),
  )
  app.delete(
    '/clusters/:id',
    { config: { action: 'cluster.enrol' }, schema: { tags, summary: 'Revoke: the cluster is shut out for good and its name becomes free', params: ById, response: { 200: Revoked, ...refusals } } },
    async (request, reply) => answer(reply, await handlers.revoke(request.who, request.params.id)),
  )
}
