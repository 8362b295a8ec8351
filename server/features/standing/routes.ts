import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Identity } from '../../core/identity.ts'
import { answer, refusals } from '../../core/refusal.ts'
import type { StandingHandlers } from './handlers.ts'
import { BoxesView, ByKey, BySetId, KeyText, KeyView, RenewText, SetText, SetView } from './texts.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const tags = ['standing orders']

export function addStandingRoutes(app: App, handlersFor: (who: Identity) => StandingHandlers): void {
  const one = { 200: SetView, ...refusals }
  app.get('/standing/sets', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Sets of standing orders, and which are armed', response: { 200: Type.Array(SetView), ...refusals } } }, (request) => handlersFor(request.who).sets())
  app.post('/standing/sets', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Add a set; it is off until it is armed', body: SetText, response: { 201: SetView, ...refusals } } }, (request, reply) =>
    answer(reply, handlersFor(request.who).create(request.body), 201),
  )
  app.put('/standing/sets/:id', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Replace a set that is not armed', params: BySetId, body: SetText, response: one } }, (request, reply) =>
    answer(reply, handlersFor(request.who).replace(request.params.id, request.body)),
  )
  app.delete('/standing/sets/:id', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Remove a set that is not armed', params: BySetId, response: { 200: Type.Object({ id: Type.String() }), ...refusals } } }, (request, reply) =>
    answer(reply, handlersFor(request.who).remove(request.params.id)),
  )
  app.post('/standing/sets/:id/arm', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Arm: from its next plan on a cluster obeys its key switch and the phones', params: BySetId, response: one } }, (request, reply) =>
    answer(reply, handlersFor(request.who).arm(request.params.id)),
  )
  app.post('/standing/sets/:id/disarm', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Disarm: what sounds of it is over with the next plan', params: BySetId, response: one } }, (request, reply) =>
    answer(reply, handlersFor(request.who).disarm(request.params.id)),
  )
  app.post('/standing/sets/:id/renew', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Another last day, also while it is armed', params: BySetId, body: RenewText, response: one } }, (request, reply) =>
    answer(reply, handlersFor(request.who).renew(request.params.id, request.body.lastDay)),
  )
  app.get('/standing/sets/:id/boxes', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Which clusters hold it already, and what the others lack', params: BySetId, response: { 200: BoxesView, ...refusals } } }, (request, reply) =>
    answer(reply, handlersFor(request.who).boxes(request.params.id)),
  )
  app.get('/standing/keys', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Phones that may start armed orders', response: { 200: Type.Array(KeyView), ...refusals } } }, (request) => handlersFor(request.who).keys())
  app.post('/standing/keys', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Add a phone, or make a key for one: its secret is answered once', body: KeyText, response: { 201: KeyView, ...refusals } } }, (request, reply) =>
    answer(reply, handlersFor(request.who).addKey(request.body), 201),
  )
  app.delete('/standing/keys/:key', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Take the key from a phone', params: ByKey, response: { 200: Type.Object({ key: Type.String() }), ...refusals } } }, (request, reply) =>
    answer(reply, handlersFor(request.who).removeKey(request.params.key)),
  )
}
