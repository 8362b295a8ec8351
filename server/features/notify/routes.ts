import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { NotifySettings } from '../../core/notify-ports.ts'
import { answer, refusals } from '../../core/refusal.ts'
import { DispatchView, ProfileBody, ProfileView, SubscribeBody, TestBody, type NotifyHandlers } from './handlers.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const tags = ['notifications']

export function addNotifyRoutes(app: App, handlers: NotifyHandlers): void {
  const own = { action: 'notify.own' } as const
  const station = { action: 'settings.write', wholeStation: true } as const
  const profile = { 200: ProfileView, ...refusals }
  app.get('/notify/me', { config: own, schema: { tags, summary: 'How you hear of things', response: profile } }, (request) => handlers.own(request.who))
  app.put('/notify/me', { config: own, schema: { tags, summary: 'Say how you want to hear of things', body: ProfileBody, response: profile } }, (request, reply) => answer(reply, handlers.setOwn(request.who, request.body)))
  app.get('/notify/push-key', { config: own, schema: { tags, summary: 'The key that browsers subscribe to', response: { 200: Type.Object({ key: Type.String() }), ...refusals } } }, (_request, reply) => answer(reply, handlers.pushKey()))
  app.post('/notify/me/browsers', { config: own, schema: { tags, summary: 'Subscribe this browser', body: SubscribeBody, response: profile } }, (request, reply) => answer(reply, handlers.subscribe(request.who, request.body, request.visitor?.session?.id ?? null)))
  app.post('/notify/me/browsers/remove', { config: own, schema: { tags, summary: 'Unsubscribe a browser', body: Type.Object({ endpoint: Type.String({ maxLength: 1_000 }) }, { additionalProperties: false }), response: profile } }, (request) =>
    handlers.unsubscribe(request.who, request.body.endpoint))
  app.post('/notify/me/test', { config: own, schema: { tags, summary: 'Send yourself a message', body: TestBody, response: { 200: Type.Object({ sent: Type.Integer() }), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.test(request.who, request.body.channel)))
  app.get('/notify/settings', { config: station, schema: { tags, summary: 'The ways out; secrets are hidden', response: { 200: NotifySettings, ...refusals } } }, () => handlers.settings())
  app.put('/notify/settings', { config: station, schema: { tags, summary: 'Set the ways out; what comes back hidden stays as it is', body: NotifySettings, response: { 200: NotifySettings, ...refusals } } }, (request) =>
    handlers.setSettings(request.who, request.body))
  app.get('/notify/queue', { config: station, schema: { tags, summary: 'The last two hundred messages and what became of them', response: { 200: Type.Array(DispatchView), ...refusals } } }, () => handlers.queue())
}
