import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answer, refusals } from '../../core/refusal.ts'
import type { RelayHandlers } from './handlers.ts'
import { ById, CheckView, RelayBody, RelayList, RelayView } from './views.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const tags = ['relays']

export function addRelayRoutes(app: App, handlers: RelayHandlers): void {
  app.get('/relays', { config: { action: 'relay.read' }, schema: { tags, summary: 'The catalogue of relays: how each is now, and how it was when it was last checked', response: { 200: RelayList, ...refusals } } }, () => handlers.list())
  app.get('/relays/:id', { config: { action: 'relay.read' }, schema: { tags, summary: 'One relay', params: ById, response: { 200: RelayView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.one(request.params.id)),
  )
  app.put('/relays/:id', { config: { action: 'relay.write', wholeStation: true }, schema: { tags, summary: 'Add a relay, or change its address, substitute or recording', params: ById, body: RelayBody, response: { 200: RelayView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.put(request.who, request.params.id, request.body)),
  )
  app.delete('/relays/:id', { config: { action: 'relay.write', wholeStation: true }, schema: { tags, summary: 'Remove a relay that no session names', params: ById, response: { 200: Type.Object({ id: Type.String() }), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.remove(request.who, request.params.id)),
  )
  app.post('/relays/:id/test', { config: { action: 'relay.write' }, schema: { tags, summary: 'Listen to a relay for some seconds and tell how it is', params: ById, response: { 200: CheckView, ...refusals } } }, async (request, reply) =>
    answer(reply, await handlers.test(request.params.id)),
  )
  app.get('/relays/:id/checks', { config: { action: 'relay.read' }, schema: { tags, summary: 'What was found when the relay was checked, newest first', params: ById, response: { 200: Type.Array(CheckView), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.checks(request.params.id)),
  )
}
