import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { INCIDENT_STATES } from '../../core/incident.ts'
import { INCIDENT_KINDS } from '../../core/incident-kinds.ts'
import { answer, refusals } from '../../core/refusal.ts'
import type { IncidentHandlers } from './handlers.ts'
import type { PhotoHandlers } from './photos.ts'
import { IncidentDetail, IncidentView } from './views.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const strict = { additionalProperties: false } as const
const tags = ['incidents']
const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-z]{10}$', description: 'ten characters, as in the list of incidents' }) })
const Query = Type.Object(
  {
    state: Type.Optional(Type.Enum(['open', 'closed', 'all'], { description: 'open, unless said otherwise' })),
    kind: Type.Optional(Type.Enum([...INCIDENT_KINDS])),
    cluster: Type.Optional(Type.String({ maxLength: 20 })),
    area: Type.Optional(Type.String({ maxLength: 40, description: 'the area, what lies in it, and what it lies in' })),
    before: Type.Optional(Type.String({ pattern: '^[0-9]{1,9}$', description: 'number of an incident: what is older' })),
    limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,2}$', description: '1 to 500, else 100' })),
  },
  strict,
)
const Text = Type.String({ minLength: 1, maxLength: 2_000, pattern: '\\S' })
const ReportBody = Type.Object({ cluster: Type.String({ maxLength: 20 }), words: Text, kind: Type.Optional(Type.Enum(['reported', 'suspected-theft'])) }, strict)
const StateBody = Type.Object(
  { state: Type.Enum([...INCIDENT_STATES]), assignee: Type.Optional(Type.String({ maxLength: 80, description: 'person:ID; absent = yourself' })), note: Type.Optional(Text) },
  strict,
)
const CommentBody = Type.Object({ text: Text }, strict)
const PartBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' }),
    count: Type.Integer({ minimum: 1, maximum: 1_000 }),
    costDong: Type.Integer({ minimum: 0, maximum: 10_000_000_000, description: 'đồng, of all of them' }),
  },
  strict,
)
const PhotoPlace = Type.Object({ id: ById.properties.id, photo: Type.String({ pattern: '^[0-9a-z]{20}$' }) })

export function addIncidentRoutes(app: App, handlers: IncidentHandlers, photos: PhotoHandlers): void {
  const read = { action: 'incident.read' } as const
  const report = { action: 'incident.report' } as const
  const work = { action: 'incident.work' } as const
  const detail = { 200: IncidentDetail, ...refusals }
  app.get('/incidents', { config: read, schema: { tags, summary: 'Incidents, the newest first', querystring: Query, response: { 200: Type.Array(IncidentView), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.list(request.who, request.query)))
  app.get('/incidents/:id', { config: read, schema: { tags, summary: 'One incident, with its clusters, its history and what to press', params: ById, response: detail } }, (request, reply) =>
    answer(reply, handlers.one(request.who, request.params.id)))
  app.post('/incidents', { config: report, schema: { tags, summary: 'Report that something is wrong with a cluster', body: ReportBody, response: { 201: IncidentDetail, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.report(request.who, request.body), 201))
  app.post('/incidents/:id/state', { config: work, schema: { tags, summary: 'Give it to somebody, take it in hand, say that it is repaired; the station verifies', params: ById, body: StateBody, response: detail } }, (request, reply) =>
    answer(reply, handlers.move(request.who, request.params.id, request.body)))
  app.post('/incidents/:id/comments', { config: report, schema: { tags, summary: 'Add a comment', params: ById, body: CommentBody, response: detail } }, (request, reply) =>
    answer(reply, handlers.comment(request.who, request.params.id, request.body.text)))
  app.post('/incidents/:id/parts', { config: work, schema: { tags, summary: 'Add a part that was used, with its cost', params: ById, body: PartBody, response: detail } }, (request, reply) =>
    answer(reply, handlers.part(request.who, request.params.id, request.body)))
  app.post('/incidents/:id/photos', { config: report, bodyLimit: 9_000_000, schema: { tags, summary: 'Add a photo (multipart/form-data, part "file"; JPEG, PNG or WebP, at most 8 MB)', consumes: ['multipart/form-data'], params: ById, response: detail } }, async (request, reply) =>
    answer(reply, await photos.add(request.who, request.params.id, request)))
  app.get('/incidents/:id/photos/:photo', { config: read, schema: { tags, summary: 'A photo', params: PhotoPlace } }, async (request, reply) => photos.show(request.who, request.params, reply))
}
