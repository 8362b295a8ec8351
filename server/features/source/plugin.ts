import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AreaCode } from '../../../shared/core/timetable.ts'
import type { Bulletin } from '../../core/bulletin.ts'
import { accepted, answer, errorBody, notFound, refusals, type Outcome } from '../../core/refusal.ts'
import { POST_STATES } from '../../core/source-system.ts'
import { BulletinBody, createIntake, ExternalId, MAX_FILE_BYTES, withBulletin, type BulletinDeps } from '../bulletins/plugin.ts'
import { createSystemHandlers, receiptOf, type Receipt, type SystemHandlers } from './systems.ts'

export { startSourceQueue, type QueueDeps } from './queue.ts'
export { noteReceipt } from './systems.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const tags = ['source']
const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const Text = nullable(Type.String())
const ReceiptView = Type.Object({
  id: Type.String(), version: Type.Integer(), commune: Type.String(), received: Type.String(), read: Text, decision: Type.String(), decided: Text, reason: Text, placed: Text, soundsAt: Text, aired: Text, problem: Text,
})
const StateView = Type.Object({ id: Type.String(), version: Type.Integer(), received: Type.String(), withdrawn: Type.Boolean(), emergency: Text, communes: Type.Array(ReceiptView) })
const SystemView = Type.Object({ id: Type.String(), name: Type.String(), areas: Type.Array(Type.String()), emergencies: Type.Boolean(), push: Text, createdAt: Type.String(), revokedAt: Text })
const PostView = Type.Object({ n: Type.Integer(), kind: Type.String(), state: Type.Enum([...POST_STATES]), attempts: Type.Integer(), nextAt: Type.String(), problem: Text, body: Type.Unknown() })
const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{12}$' }) })
const ByExternal = Type.Object({ id: ExternalId })
const NO_CLAIM = 'This is the station’s own form, not the form of any ministry’s source system.'

/** Credentials of source systems, and what is sent to them: an administrator's. */
function addSystems(app: App, handlers: SystemHandlers): void {
  const config = { action: 'settings.write', wholeStation: true } as const
  const Order = Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' }), areas: Type.Array(AreaCode, { minItems: 1, maxItems: 500, uniqueItems: true }),
      emergencies: Type.Optional(Type.Boolean({ description: 'may it raise emergencies? absent = no' })),
      push: Type.Optional(Type.String({ pattern: '^https?://[^\\s@]+$', maxLength: 500, description: 'where receipts are sent to; absent = it asks for them' })),
    },
    strict,
  )
  app.get('/source-systems', { config, schema: { tags, summary: 'Source systems that may send bulletins', response: { 200: Type.Array(SystemView), ...refusals } } }, () => handlers.list())
  app.post('/source-systems', { config, schema: { tags, summary: 'Give a source system its credential, which is shown once', body: Order, response: { 201: Type.Object({ ...SystemView.properties, token: Type.String() }), ...refusals } } }, (request, reply) => answer(reply, handlers.create(request.who, request.body), 201))
  app.delete('/source-systems/:id', { config, schema: { tags, summary: 'Take its credential back', params: ById, response: { 200: SystemView, ...refusals } } }, (request, reply) => answer(reply, handlers.revoke(request.who, request.params.id)))
  app.get('/source-systems/:id/posts', { config, schema: { tags, summary: 'What was sent to it, waits, or was given up', params: ById, response: { 200: Type.Array(PostView), ...refusals } } }, (request, reply) => answer(reply, handlers.posts(request.params.id)))
  app.post('/source-systems/:id/posts/:n/retry', { config, schema: { tags, summary: 'Try one that was given up again', params: Type.Object({ ...ById.properties, n: Type.String({ pattern: '^[1-9]\\d{0,14}$' }) }), response: { 200: PostView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.retry(request.who, request.params.id, Number(request.params.n))))
}

function addSource(app: App, deps: BulletinDeps, handlers: SystemHandlers): void {
  const intake = createIntake(deps)
  const { bulletins } = deps.stores
  const config = { open: true } as const
  // whoever calls is known by a credential of its own, asked for before anything of the body is read
  app.addHook('onRequest', async (request, reply) => {
    const entered = handlers.enter(request.headers.authorization)
    if (!entered.ok) return reply.code(401).header('www-authenticate', 'Bearer').send(errorBody(entered.refusal))
    request.who = entered.value
  })
  const stateOf = (bulletin: Bulletin): { id: string; version: number; received: string; withdrawn: boolean; emergency: string | null; communes: Receipt[] } => ({
    id: bulletin.external, version: bulletin.version, received: new Date(bulletin.receivedAt).toISOString(), withdrawn: bulletin.withdrawnAt !== null, emergency: bulletin.emergency,
    communes: bulletins.communes(bulletin.id).map((row) => receiptOf(bulletin, row)),
  })
  const shown = (outcome: Outcome<Bulletin>): Outcome<ReturnType<typeof stateOf>> => (outcome.ok ? accepted(stateOf(bulletins.byId(outcome.value.id) ?? outcome.value)) : outcome)
  const body = { content: { 'application/json': { schema: BulletinBody } } }
  const consumes = ['application/json', 'multipart/form-data']
  const bodyLimit = MAX_FILE_BYTES + 1_048_576
  const post = { tags, summary: 'Send a bulletin; the same id with the same content twice is one', description: `JSON, or a form with the JSON as "bulletin" and a recording or a document (PDF, DOCX) as "file". ${NO_CLAIM}`, consumes, body, response: { 201: StateView, ...refusals } }
  app.post('/source/bulletins', { config, bodyLimit, schema: post }, async (request, reply) =>
    answer(reply, shown(await withBulletin(request, deps, (order, file) => intake.receive(request.who, order, file))), 201))
  const put = { tags, summary: 'Correct a bulletin: what was to sound of the first version is taken back', description: NO_CLAIM, params: ByExternal, consumes, body, response: { 200: StateView, ...refusals } }
  app.put('/source/bulletins/:id', { config, bodyLimit, schema: put }, async (request, reply) =>
    answer(reply, shown(await withBulletin(request, deps, (order, file) => intake.correct(request.who, { ...order, id: request.params.id }, file)))))
  const withdraw = { tags, summary: 'Withdraw a bulletin', params: ByExternal, body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }) }, strict), response: { 200: StateView, ...refusals } }
  app.post('/source/bulletins/:id/withdraw', { config, schema: withdraw }, async (request, reply) => answer(reply, shown(await intake.withdraw(request.who, request.params.id, request.body.reason))))
  app.get('/source/bulletins/:id', { config, schema: { tags, summary: 'Receipts: received, read, decided, placed and aired in each commune', description: NO_CLAIM, params: ByExternal, response: { 200: StateView, ...refusals } } }, (request, reply) => {
    const found = bulletins.byExternal(request.who.actor, request.params.id)
    return answer(reply, found ? shown(accepted(found)) : notFound({ en: 'bulletin', vi: 'bản tin' }, request.params.id))
  })
}

/** Bulletins from a higher level's system, in a form of our own. */
export const sourcePlugin =
  (deps: BulletinDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const handlers = createSystemHandlers(deps)
    addSystems(app, handlers)
    // a scope of its own: only here is that credential taken
    await app.register(async (scope) => addSource(scope, deps, handlers))
  }
