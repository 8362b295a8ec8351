import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { COMPLAINT_KINDS } from '../../core/incident-care.ts'
import { answer, refusals } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { AnswerBody, ComplaintBody, ComplaintDetail, ComplaintView, createComplaintHandlers, PublicBody } from './handlers.ts'

export { soundedAround, type Sounded } from './sounded.ts'
export { createComplaintStore, createPoleCodeStore } from './store.ts'

const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-z]{10}$' }) })
const ByCode = Type.Object({ public: Type.String({ pattern: '^[2-9a-z]{8}$', description: 'eight characters, as they stand on the pole' }) })
const Query = Type.Object({ state: Type.Optional(Type.Enum(['open', 'answered'])), cluster: Type.Optional(Type.String({ maxLength: 20 })) }, { additionalProperties: false })
const WithKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: 'the same key twice is one complaint' })) })
const Thanks = Type.Object({ n: Type.Integer(), en: Type.String(), vi: Type.String() })
const Pole = Type.Object({ name: Type.String(), kinds: Type.Array(Type.Object({ kind: Type.Enum([...COMPLAINT_KINDS]), en: Type.String(), vi: Type.String() })) })
const PoleCode = Type.Object({ cluster: Type.String(), code: Type.String(), path: Type.String() })

/** phản ánh của người dân: what listeners say of a pole, and what sounded there. */
export const complaintsPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const handlers = createComplaintHandlers(deps)
    const tags = ['complaints']
    const read = { action: 'incident.read' } as const
    const report = { action: 'incident.report' } as const
    app.get('/complaints', { config: read, schema: { tags, summary: 'Complaints, the newest first', querystring: Query, response: { 200: Type.Array(ComplaintView), ...refusals } } }, (request) =>
      handlers.list(request.who, request.query.state, request.query.cluster))
    app.get('/complaints/:id', { config: read, schema: { tags, summary: 'One complaint: what sounded, by whose order, and what can be done', params: ById, response: { 200: ComplaintDetail, ...refusals } } }, async (request, reply) =>
      answer(reply, await handlers.one(request.who, request.params.id)))
    app.post('/complaints', { config: report, schema: { tags, summary: 'Take a complaint', headers: WithKey, body: ComplaintBody, response: { 201: ComplaintDetail, ...refusals } } }, async (request, reply) => answer(reply, await handlers.file(request.who, request.body, request.headers['idempotency-key'] ?? null), 201))
    app.post('/complaints/:id/answer', { config: report, schema: { tags, summary: 'Answer a complaint', params: ById, body: AnswerBody, response: { 200: ComplaintDetail, ...refusals } } }, async (request, reply) =>
      answer(reply, await handlers.answer(request.who, request.params.id, request.body)))
    app.get('/clusters/:id/pole-code', { config: report, schema: { tags, summary: 'What to write on the pole so that people can complain', params: Type.Object({ id: Type.String({ maxLength: 20 }) }), response: { 200: PoleCode, ...refusals } } }, (request, reply) =>
      answer(reply, handlers.poleCode(request.who, request.params.id)))
    app.get('/public/clusters/:public', { config: { open: true }, schema: { tags, summary: 'Which pole a code stands on', params: ByCode, response: { 200: Pole, ...refusals } } }, (request, reply) =>
      answer(reply, handlers.pole(request.params.public, request.ip)))
    app.post('/public/clusters/:public/complaints', { config: { open: true }, bodyLimit: 8_192, schema: { tags, summary: 'Complain; nothing is kept of who does', params: ByCode, headers: WithKey, body: PublicBody, response: { 201: Thanks, ...refusals } } }, (request, reply) =>
      answer(reply, handlers.filePublic(request.params.public, request.body, { address: request.ip, key: request.headers['idempotency-key'] ?? null }), 201))
  }
