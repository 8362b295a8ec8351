import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { DOCUMENT_TYPES } from '../../core/bulletin.ts'
import { answer, errorBody, notFound, refusals, type Outcome } from '../../core/refusal.ts'
import { WhenView, whenOf } from '../notices/plugin.ts'
import { MAX_FILE_BYTES, withBulletin } from './given.ts'
import { createInbox, type Inbox } from './inbox.ts'
import { createIntake, type BulletinDeps, type Intake } from './intake.ts'
import { BulletinBody, BulletinView } from './views.ts'

export { MAX_FILE_BYTES, withBulletin } from './given.ts'
export { createIntake, type BulletinDeps, type Intake } from './intake.ts'
export { BulletinBody, ExternalId } from './views.ts'
export { lookAtBulletins, startBulletinWatch } from './watch.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const tags = ['bulletins']
const strict = { additionalProperties: false } as const
const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{12}$', description: 'as in the list of bulletins' }) })
const Commune = Type.String({ ...AreaCode, description: 'the commune that you decide for' })
const Order = Type.Integer({ minimum: 0, maximum: 999, description: 'among colliding priority items; the smaller one first' })
const Reason = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' })
const reading = { action: 'bulletin.read' } as const
const deciding = { action: 'bulletin.decide' } as const
const sending = { action: 'bulletin.send' } as const
const response = { 200: BulletinView, ...refusals }

function addReading(app: App, inbox: Inbox, deps: BulletinDeps): void {
  app.get('/bulletins', { config: reading, schema: { tags, summary: 'Bulletins for your communes, the newest first, with what became of each', response: { 200: Type.Array(BulletinView), ...refusals } } }, (request) => inbox.list(request.who))
  app.get('/bulletins/:id', { config: reading, schema: { tags, summary: 'One bulletin; looking at it is not noted', params: ById, response } }, (request, reply) => answer(reply, inbox.one(request.who, request.params.id)))
  app.post('/bulletins/:id/read', { config: reading, schema: { tags, summary: 'You have read it: the first time counts, for you and for your commune', params: ById, response } }, (request, reply) => answer(reply, inbox.read(request.who, request.params.id)))
  app.get('/bulletins/:id/document', { config: reading, schema: { tags, summary: 'Its document, as an attachment; opening it is reading it', params: ById } }, async (request, reply) => {
    const found = inbox.document(request.who, request.params.id)
    const file = found.ok ? await deps.documents?.open(found.value.file) : null
    const missing: Outcome<never> = found.ok ? notFound({ en: 'document', vi: 'văn bản kèm theo' }, request.params.id) : found
    if (!found.ok || !file) return reply.code(missing.ok ? 404 : missing.refusal.status).send(missing.ok ? null : errorBody(missing.refusal))
    const name = encodeURIComponent(found.value.name).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    return reply
      .type(DOCUMENT_TYPES[found.value.kind])
      .header('content-length', file.bytes)
      .header('content-disposition', `attachment; filename="ban-tin.${found.value.kind}"; filename*=UTF-8''${name}`)
      .header('x-content-type-options', 'nosniff')
      .header('content-security-policy', "sandbox; default-src 'none'; frame-ancestors 'none'")
      .send(file.stream)
  })
}

function addDeciding(app: App, inbox: Inbox): void {
  const Decision = Type.Object({ commune: Commune, take: Type.Boolean(), reason: Type.Optional(Reason) }, strict)
  app.post('/bulletins/:id/decision', { config: deciding, schema: { tags, summary: 'Take it, or not, with the reason; words without a sound are spoken then', params: ById, body: Decision, response } }, async (request, reply) =>
    answer(reply, await inbox.decide(request.who, request.params.id, request.body)))
  const Place = Type.Object({ commune: Commune, when: WhenView, order: Type.Optional(Order) }, strict)
  app.post('/bulletins/:id/place', { config: deciding, schema: { tags, summary: 'Put it on the air: now, at the next session, or at a time', params: ById, body: Place, response } }, (request, reply) => {
    const { when, ...wish } = request.body
    return answer(reply, inbox.place(request.who, request.params.id, { ...wish, when: whenOf(when) }))
  })
  app.post('/bulletins/:id/unplace', { config: deciding, schema: { tags, summary: 'Take it out of the timetable', params: ById, body: Type.Object({ commune: Commune }, strict), response } }, (request, reply) =>
    answer(reply, inbox.unplace(request.who, request.params.id, request.body.commune)))
  app.put('/bulletins/:id/order', { config: deciding, schema: { tags, summary: 'Set the order where it collides with a priority item of your own', params: ById, body: Type.Object({ commune: Commune, order: Order }, strict), response } }, (request, reply) =>
    answer(reply, inbox.order(request.who, request.params.id, request.body)))
}

function addSending(app: App, intake: Intake, { inbox, deps }: { readonly inbox: Inbox; readonly deps: BulletinDeps }): void {
  const send = {
    tags, summary: 'Send a bulletin to communes: JSON, or a form with the JSON as "bulletin" and a document (PDF, DOCX) or a recording as "file"',
    consumes: ['application/json', 'multipart/form-data'], body: { content: { 'application/json': { schema: BulletinBody } } }, response: { 201: BulletinView, ...refusals },
  }
  app.post('/bulletins', { config: sending, bodyLimit: MAX_FILE_BYTES + 1_048_576, schema: send }, async (request, reply) => {
    const made = await withBulletin(request, deps, (order, file) => intake.receive(request.who, order, file))
    return answer(reply, made.ok ? inbox.one(request.who, made.value.id) : made, 201)
  })
  app.post('/bulletins/:id/withdraw', { config: sending, schema: { tags, summary: 'Withdraw what you sent', params: ById, body: Type.Object({ reason: Reason }, strict), response } }, async (request, reply) => {
    const found = inbox.one(request.who, request.params.id)
    const gone = found.ok ? await intake.withdraw(request.who, found.value.external, request.body.reason) : found
    return answer(reply, gone.ok ? inbox.one(request.who, gone.value.id) : gone)
  })
}

/** The inbox of higher levels' bulletins, and the way to send them to communes. */
export const bulletinsPlugin =
  (deps: BulletinDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const inbox = createInbox(deps)
    addReading(app, inbox, deps)
    addDeciding(app, inbox)
    addSending(app, createIntake(deps), { inbox, deps })
  }
