import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Session } from '../../../shared/core/timetable.ts'
import { answer, FindingView, refusals } from '../../core/refusal.ts'
import type { SessionHandlers } from './handlers.ts'
import type { TimetableHandlers } from './timetable.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const tags = ['timetable']
/** 200 spoken texts of 20 000 letters would be four; nobody writes so much, and a plan holds 64 kB. */
const MAX_SESSION_BYTES = 2_097_152
const MAX_YAML_BYTES = 1_048_576
const YAML_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml']

const ById = Type.Object({ id: Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'lower-case letters, digits and hyphens' }) })
const Stored = Type.Object({ session: Session, warnings: Type.Array(FindingView) })
const Count = Type.Integer({ minimum: 0 })
const Imported = Type.Object({ areas: Count, groups: Count, policies: Count, sessions: Count, warnings: Type.Array(FindingView) })

export function addSessionRoutes(app: App, sessions: SessionHandlers, timetable: TimetableHandlers): void {
  app.get('/sessions', { config: { action: 'station.read' }, schema: { tags, summary: 'All sessions', response: { 200: Type.Array(Session), ...refusals } } }, (request) => sessions.list(request.who))
  app.get('/sessions/:id', { config: { action: 'station.read' }, schema: { tags, summary: 'One session', params: ById, response: { 200: Session, ...refusals } } }, (request, reply) =>
    answer(reply, sessions.one(request.who, request.params.id)),
  )
  app.post(
    '/sessions',
    { config: { action: 'timetable.publish' }, bodyLimit: MAX_SESSION_BYTES, schema: { tags, summary: 'Add a session; refused with every reason when it may not sound', body: Session, response: { 201: Stored, ...refusals } } },
    (request, reply) => answer(reply, sessions.create(request.who, request.body), 201),
  )
  app.put(
    '/sessions/:id',
    { config: { action: 'timetable.publish' }, bodyLimit: MAX_SESSION_BYTES, schema: { tags, summary: 'Replace a session', params: ById, body: Session, response: { 200: Stored, ...refusals } } },
    (request, reply) => answer(reply, sessions.replace(request.who, request.params.id, request.body)),
  )
  app.delete('/sessions/:id', { config: { action: 'timetable.publish' }, schema: { tags, summary: 'Remove a session', params: ById, response: { 200: Type.Object({ id: Type.String() }), ...refusals } } }, (request, reply) =>
    answer(reply, sessions.remove(request.who, request.params.id)),
  )
  // a scope of its own: only here is YAML taken
  void app.register(async (scope) => addTimetable(scope, timetable))
}

function addTimetable(app: App, handlers: TimetableHandlers): void {
  for (const type of YAML_TYPES) app.addContentTypeParser(type, { parseAs: 'string', bodyLimit: MAX_YAML_BYTES }, (_request, text, done) => done(null, text))
  app.get('/timetable.yaml', { config: { action: 'station.read', wholeStation: true }, schema: { tags, summary: 'The whole timetable as YAML', produces: ['application/yaml'] } }, (_request, reply) =>
    reply.type('application/yaml; charset=utf-8').send(handlers.write()),
  )
  const schema = {
    tags,
    summary: 'Replace the whole timetable by a YAML file; findings carry line and column',
    consumes: ['application/yaml'],
    body: Type.String({ description: 'the YAML file, sent as application/yaml' }),
    response: { 200: Imported, ...refusals },
  }
  app.put('/timetable.yaml', { config: { action: 'area.write', wholeStation: true }, bodyLimit: MAX_YAML_BYTES, schema }, (request, reply) => answer(reply, handlers.replace(request.who, request.body)))
  app.post('/timetable.yaml', { config: { action: 'area.write', wholeStation: true }, bodyLimit: MAX_YAML_BYTES, schema }, (request, reply) => answer(reply, handlers.replace(request.who, request.body)))
}
