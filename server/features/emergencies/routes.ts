import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { answer, errorBody, refusals, type ErrorBody, type Outcome, type Refusal } from '../../core/refusal.ts'
import { AskView } from './ask-views.ts'
import { createEventStreams } from './events.ts'
import type { EmergencyHandlers, Raised } from './handlers.ts'
import { BoardView, CancelBody, EmergencyBody, EmergencyView, LanguageView, LocalStopBody, PinBody, PinnedView, RaisedView, StopAllBody } from './messages.ts'
import { MAX_RECORDING_BYTES, readRecordingForm } from './recording.ts'
import { emergencySeen, type EmergencyPluginDeps } from './seen.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const tags = ['emergencies']
const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-z]{4,16}$', description: 'as in the list of emergencies' }) })
const ByProgramme = Type.Object({ programme: Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$', description: 'as in the list of programmes' }) })
const WithKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'the same key twice is one emergency' })) })

const TOO_MANY: Refusal = { status: 429, code: 'too-many', en: 'Too many people are looking on: close other windows and try again.', vi: 'Có quá nhiều người đang theo dõi: hãy đóng bớt cửa sổ rồi thử lại.' }

export function addEmergencyRoutes(app: App, handlers: EmergencyHandlers, deps: EmergencyPluginDeps): void {
  const Which = Type.Object({ which: Type.Optional(Type.Union([Type.Literal('in-force'), Type.Literal('all')], { description: 'in-force where absent' })) })
  app.get('/emergencies', { config: { action: 'emergency.read' }, schema: { tags, summary: 'Emergencies, the newest first', querystring: Which, response: { 200: Type.Array(EmergencyView), ...refusals } } }, (request) =>
    handlers.list(request.who, request.query.which ?? 'in-force'),
  )
  app.get('/emergencies/:id', { config: { action: 'emergency.read' }, schema: { tags, summary: 'One emergency', params: ById, response: { 200: EmergencyView, ...refusals } } }, (request, reply) => answer(reply, handlers.one(request.who, request.params.id)))
  addRaise(app, handlers, deps)
  app.post('/emergencies/:id/cancel', { config: { action: 'emergency.raise' }, schema: { tags, summary: 'End it everywhere; a correction sounds only where the message has sounded', params: ById, body: CancelBody, response: { 200: EmergencyView, ...refusals } } }, async (request, reply) =>
    answer(reply, await handlers.cancel(request.who, request.params.id, request.body)),
  )
  app.post('/emergencies/:id/local-stop', { config: { action: 'emergency.local-stop' }, schema: { tags, summary: 'Stop it for one’s own place only, with a reason that its announcer sees', params: ById, body: LocalStopBody, response: { 200: EmergencyView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.stopLocally(request.who, request.params.id, request.body)),
  )
  app.post('/emergencies/stop-all', { config: { action: 'emergency.raise', wholeStation: true }, schema: { tags, summary: 'End all that are in force, everywhere, without a correction', body: StopAllBody, response: { 200: Type.Array(EmergencyView), ...refusals } } }, (request) => handlers.stopAll(request.who, request.body.reason))
  app.get('/emergencies/:id/board', { config: { action: 'emergency.read' }, schema: { tags, summary: 'How far it has come on each cluster', params: ById, response: { 200: BoardView, ...refusals } } }, (request, reply) => answer(reply, handlers.board(request.who, request.params.id)))
  addEvents(app, deps)
  addPinned(app, handlers)
}

function addRaise(app: App, handlers: EmergencyHandlers, deps: EmergencyPluginDeps): void {
  const schema = {
    tags,
    summary: 'Raise an emergency: JSON, or a form with the JSON as "order" and a recording as "file". Answered when it is on the disk; one that is spoken live with a ticket for the microphone. 202: a second person is asked first',
    consumes: ['application/json', 'multipart/form-data'],
    headers: WithKey,
    body: { content: { 'application/json': { schema: EmergencyBody } } },
    response: { 201: RaisedView, 202: AskView, ...refusals },
  }
  /** 202: nothing sounds yet, somebody else is asked. */
  const told = (reply: FastifyReply, raised: Outcome<Raised>): RaisedView | AskView | ErrorBody => {
    if (!raised.ok) return answer(reply, raised)
    void reply.code(raised.value.is === 'asked' ? 202 : 201)
    return raised.value.view
  }
  app.post('/emergencies', { config: { action: 'emergency.raise' }, bodyLimit: MAX_RECORDING_BYTES + 1_048_576, schema }, async (request, reply) => {
    const key = request.headers['idempotency-key'] ?? null
    if (!request.isMultipart()) return told(reply, await handlers.raise(request.who, request.body as EmergencyBody, { key, recording: null }))
    const form = await readRecordingForm(request, deps)
    if (!form.ok) return told(reply, form)
    const { body, recording } = form.value
    const raised = await handlers.raise(request.who, body, { key, recording })
    if (!raised.ok) await deps.emergencies.files.remove(recording)
    return told(reply, raised)
  })
}

function addEvents(app: App, deps: EmergencyPluginDeps): void {
  const streams = createEventStreams(deps)
  // open streams would hold the server back from closing
  app.addHook('preClose', (done) => {
    streams.stop()
    done()
  })
  app.get('/emergencies/:id/events', { config: { action: 'emergency.read' }, schema: { tags, summary: 'Its board as server-sent events: emergency, rows', params: ById } }, (request, reply) => {
    const found = emergencySeen(deps, request.who, request.params.id)
    if (!found.ok) return answer(reply, found)
    const stream = streams.open(request.params.id)
    if (!stream) return reply.code(TOO_MANY.status).send(errorBody(TOO_MANY))
    return reply.header('content-type', 'text/event-stream; charset=utf-8').header('x-accel-buffering', 'no').send(stream)
  })
}

function addPinned(app: App, handlers: EmergencyHandlers): void {
  app.get('/pinned-clips', { config: { action: 'emergency.read' }, schema: { tags, summary: 'What every cluster holds beforehand, and who lacks it', response: { 200: Type.Array(PinnedView), ...refusals } } }, () => handlers.pinned())
  app.get('/pinned-clips/languages', { config: { action: 'emergency.read' }, schema: { tags, summary: 'What is spoken here, and where no clip in it is pinned', response: { 200: Type.Array(LanguageView), ...refusals } } }, () => handlers.languages())
  app.put('/pinned-clips/:programme', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Keep a programme on every cluster, in the language of those who listen', params: ByProgramme, body: PinBody, response: { 200: PinnedView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.pin(request.who, request.params.programme, request.body)),
  )
  app.delete('/pinned-clips/:programme', { config: { action: 'emergency.prepare' }, schema: { tags, summary: 'Keep it no longer', params: ByProgramme, response: { 200: Type.Object({ programme: Type.String() }), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.unpin(request.who, request.params.programme)),
  )
}
