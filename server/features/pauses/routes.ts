import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type, type Static } from 'typebox'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { INSTANT_PATTERN } from '../../core/instant.ts'
import { answer, refusals } from '../../core/refusal.ts'
import type { SpanHandlers } from './handlers.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const strict = { additionalProperties: false } as const

const Instant = Type.String({ pattern: INSTANT_PATTERN, description: 'an instant such as 2026-11-23T05:30:00+07:00' })
const CivilDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' })
const Reason = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })
const Areas = Type.Array(AreaCode, { maxItems: 100 })
const place = { areas: Type.Optional(Areas), clusters: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { maxItems: 500, description: 'ids' })) }

export const NewSpan = Type.Object({ ...place, from: Type.Optional(Instant), to: Type.Optional(Instant), reason: Reason }, strict)
export type NewSpan = Static<typeof NewSpan>
const NewOpening = Type.Object({ ...place, from: Type.Optional(Instant), to: Instant, reason: Reason }, strict)
export const NewMourning = Type.Object({ areas: Type.Array(AreaCode, { minItems: 1, maxItems: 100 }), date: CivilDate, until: Type.Optional(CivilDate), reason: Reason }, strict)
export type NewMourning = Static<typeof NewMourning>

export const SpanView = Type.Object({
  id: Type.String(),
  kind: Type.Union([Type.Literal('pause'), Type.Literal('opening'), Type.Literal('mourning')]),
  areas: Type.Array(Type.String()),
  clusters: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
  from: Type.String(),
  to: Type.String({ description: 'exclusive; it ends by itself' }),
  reason: Type.String(),
  by: Type.String(),
  state: Type.Union([Type.Literal('upcoming'), Type.Literal('running'), Type.Literal('over'), Type.Literal('ended')]),
  reach: Type.Object({ clusters: Type.Integer(), communes: Type.Array(Type.String()), en: Type.String(), vi: Type.String() }),
  silences: Type.Optional(Type.Array(Type.Object({ session: Type.String(), name: Type.String(), at: Type.String() }), { description: 'what will not be heard, the first twenty' })),
})
export type SpanView = Static<typeof SpanView>

const Id = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{12}$', description: 'as in the list' }) })
const Since = Type.Object({ since: Type.Optional(CivilDate) }, strict)
const List = Type.Array(SpanView)

export function addSpanRoutes(app: App, spans: SpanHandlers): void {
  const tags = ['pauses and openings']
  const listed = { querystring: Since, response: { 200: List, ...refusals } }
  const made = { 201: SpanView, ...refusals }
  const ended = { params: Id, response: { 200: SpanView, ...refusals } }
  app.get('/pauses', { config: { action: 'station.read' }, schema: { tags, summary: 'Pauses under way and to come; since a day also those that are over', ...listed } }, (request, reply) =>
    answer(reply, spans.list(request.who, 'pause', request.query.since)))
  app.post('/pauses', { config: { action: 'pause.set' }, schema: { tags, summary: 'Pause clusters or areas: until midnight where no end is given, 31 days at most; emergencies still sound', body: NewSpan, response: made } }, (request, reply) =>
    answer(reply, spans.pause(request.who, request.body), 201))
  app.post('/pauses/:id/end', { config: { action: 'pause.set' }, schema: { tags, summary: 'End a pause now', ...ended } }, (request, reply) =>
    answer(reply, spans.end(request.who, 'pause', request.params.id)))

  app.get('/openings', { config: { action: 'station.read' }, schema: { tags, summary: 'Openings of quiet hours under way and to come', ...listed } }, (request, reply) =>
    answer(reply, spans.list(request.who, 'opening', request.query.since)))
  app.post('/openings', { config: { action: 'opening.set' }, schema: { tags, summary: 'Open the quiet hours of areas; closes by itself within 12 hours from now', body: NewOpening, response: made } }, (request, reply) =>
    answer(reply, spans.open(request.who, request.body), 201))
  app.post('/openings/:id/end', { config: { action: 'opening.set' }, schema: { tags, summary: 'Close an opening now', ...ended } }, (request, reply) =>
    answer(reply, spans.end(request.who, 'opening', request.params.id)))

  app.get('/mourning', { config: { action: 'station.read' }, schema: { tags, summary: 'Days of mourning of areas, without music', ...listed } }, (request, reply) =>
    answer(reply, spans.list(request.who, 'mourning', request.query.since)))
  app.post('/mourning', { config: { action: 'policy.write' }, schema: { tags, summary: 'Days of mourning: music and filler are silent', body: NewMourning, response: made } }, (request, reply) =>
    answer(reply, spans.mourn(request.who, request.body), 201))
  app.post('/mourning/:id/end', { config: { action: 'policy.write' }, schema: { tags, summary: 'End days of mourning now', ...ended } }, (request, reply) =>
    answer(reply, spans.end(request.who, 'mourning', request.params.id)))
}
