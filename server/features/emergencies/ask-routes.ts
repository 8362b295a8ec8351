import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answer, refusals } from '../../core/refusal.ts'
import { sendAudio } from '../programmes/plugin.ts'
import type { AskHandlers } from './ask-handlers.ts'
import { AgreeingView, AskView, ConfirmBody, EmergencySettings, ReasonBody } from './ask-views.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const tags = ['emergencies']
const id = Type.String({ pattern: '^[0-9a-z]{4,16}$', description: 'as in the list' })
const ById = Type.Object({ id })
const one = { 200: AskView, ...refusals }

/** A second person for emergencies that reach more than one commune. */
export function addAskRoutes(app: App, handlers: AskHandlers): void {
  app.get('/emergency-settings', { config: { action: 'emergency.read' }, schema: { tags, summary: 'Whether a second person is asked', response: { 200: EmergencySettings, ...refusals } } }, () => handlers.settings())
  app.put('/emergency-settings', { config: { action: 'settings.write', wholeStation: true }, schema: { tags, summary: 'Ask for a second person, or do not', body: EmergencySettings, response: { 200: EmergencySettings, ...refusals } } }, ({ who, body }) => handlers.set(who, body))
  const Places = Type.Object({ areas: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z-]{1,40}(,[0-9A-Za-z-]{1,40}){0,199}$', description: 'codes of areas, with commas between; absent = the whole station' })) }, { additionalProperties: false })
  app.get('/emergency-settings/people', { config: { action: 'settings.write', wholeStation: true }, schema: { tags, summary: 'Who may raise an emergency in all of some areas, and so agree to another one’s', querystring: Places, response: { 200: AgreeingView, ...refusals } } }, ({ query }, reply) =>
    answer(reply, handlers.agreeing(query.areas === undefined ? 'all' : query.areas.split(','))),
  )

  const config = { action: 'emergency.raise' } as const
  app.get('/emergency-asks', { config, schema: { tags, summary: 'Emergencies that wait for a second person: one’s own, and those of one’s places', response: { 200: Type.Array(AskView), ...refusals } } }, ({ who }) => handlers.list(who))
  app.get('/emergency-asks/:id', { config, schema: { tags, summary: 'One of them, also when it is decided', params: ById, response: one } }, ({ who, params }, reply) => answer(reply, handlers.one(who, params.id)))
  const Sound = Type.Object({ id, n: Type.String({ pattern: '^[0-9]$', description: 'which of its messages, from 0' }) })
  app.get('/emergency-asks/:id/sounds/:n', { config, schema: { tags, summary: 'What would sound (Ogg Opus); takes a byte range', params: Sound } }, async ({ who, params, headers }, reply) =>
    sendAudio(reply, await handlers.sound(who, params.id, { n: Number(params.n), range: headers.range })),
  )
  app.post('/emergency-asks/:id/confirm', { config, schema: { tags, summary: 'Agree to exactly this, as somebody else than whoever raised it: it sounds at once', params: ById, body: ConfirmBody, response: one } }, ({ who, params, body }, reply) => answer(reply, handlers.confirm(who, params.id, body.content)))
  app.post('/emergency-asks/:id/refuse', { config, schema: { tags, summary: 'Say no, with a reason for whoever raised it; somebody else may still agree', params: ById, body: ReasonBody, response: one } }, ({ who, params, body }, reply) => answer(reply, handlers.refuse(who, params.id, body.reason)))
  app.post('/emergency-asks/:id/withdraw', { config, schema: { tags, summary: 'Take one’s own back: nothing sounds', params: ById, response: one } }, ({ who, params }, reply) => answer(reply, handlers.withdraw(who, params.id)))
  app.post('/emergency-asks/:id/alone', { config, schema: { tags, summary: 'Go on without a second person, a minute after asking and with a reason; administrators are told', params: ById, body: ReasonBody, response: one } }, ({ who, params, body }, reply) => answer(reply, handlers.alone(who, params.id, body.reason)))
}
