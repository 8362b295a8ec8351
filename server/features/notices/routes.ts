import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AreaCode, Targets } from '../../../shared/core/timetable.ts'
import { MAX_FIELDS, NoticeField } from '../../core/notice.ts'
import { answer, refusals } from '../../core/refusal.ts'
import { whenOf, type NoticeHandlers } from './handlers.ts'
import type { TemplateHandlers } from './templates.ts'
import { NoticeView, TemplateView, WhenView } from './views.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const tags = ['notices']
const strict = { additionalProperties: false } as const
const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{12}$', description: 'as in the list of notices' }) })
const TemplateId = Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'as in the list of templates' })
const ByTemplate = Type.Object({ id: TemplateId })
const Place = Type.Union([AreaCode, Type.Literal('station')], { description: 'an area, or station' })
const Approver = Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$', description: 'who is to approve it where you may not; absent = whoever may' }))
const WithKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: 'the same key twice is one notice' })) })
const words = {
  name: Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' }),
  text: Type.String({ minLength: 10, maxLength: 2_000, pattern: '\\S', description: '{key} stands for a field, {dia-ban} for the place whose station speaks' }),
  fields: Type.Array(NoticeField, { maxItems: MAX_FIELDS }),
}
const Order = Type.Object(
  {
    template: TemplateId,
    fields: Type.Record(Type.String({ pattern: '^[a-z0-9-]{1,20}$' }), Type.String({ maxLength: 400 }), { description: 'a time as YYYY-MM-DDTHH:MM, Viet Nam time; everything else in words' }),
    targets: Targets,
    when: Type.Optional(WhenView),
    area: Type.Optional(Place),
    voice: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
    speed: Type.Optional(Type.Integer({ minimum: 50, maximum: 200, description: 'percent' })),
    approver: Approver,
  },
  strict,
)

export function addNoticeRoutes(app: App, handlers: NoticeHandlers): void {
  const reading = { action: 'programme.read' } as const
  const writing = { action: 'programme.write' } as const
  const response = { 200: NoticeView, ...refusals }
  app.get('/notices', { config: reading, schema: { tags, summary: 'Notices, the newest first', response: { 200: Type.Array(NoticeView), ...refusals } } }, (request) => handlers.list(request.who))
  app.get('/notices/:id', { config: reading, schema: { tags, summary: 'One notice', params: ById, response } }, (request, reply) => answer(reply, handlers.one(request.who, request.params.id)))
  const make = { tags, summary: 'Fill in a template and have it spoken; with "when" it also goes on the air, approved at once where you may do that', headers: WithKey, body: Order, response: { 201: NoticeView, ...refusals } }
  app.post('/notices', { config: writing, schema: make }, async (request, reply) => {
    const { when, ...order } = request.body
    return answer(reply, await handlers.make(request.who, { ...order, ...(when === undefined ? {} : { when: whenOf(when) }) }, request.headers['idempotency-key'] ?? null), 201)
  })
  const order = { tags, summary: 'Put a notice on the air that was listened to', params: ById, body: Type.Object({ when: WhenView, approver: Approver }, strict), response }
  app.post('/notices/:id/order', { config: writing, schema: order }, async (request, reply) => {
    const { when, ...rest } = request.body
    return answer(reply, await handlers.order(request.who, request.params.id, { ...rest, when: whenOf(when) }))
  })
  app.post('/notices/:id/withdraw', { config: { action: 'live.stop' }, schema: { tags, summary: 'Take it back: it ends now, and does not come', params: ById, response } }, (request, reply) => answer(reply, handlers.withdraw(request.who, request.params.id)))
}

export function addTemplateRoutes(app: App, templates: TemplateHandlers): void {
  const reading = { action: 'programme.read' } as const
  const writing = { action: 'programme.write' } as const
  const response = { 200: TemplateView, ...refusals }
  const all = { 200: Type.Array(TemplateView), ...refusals }
  app.get('/notice-templates', { config: reading, schema: { tags, summary: 'Templates that your station may use', response: all } }, (request) => templates.list(request.who))
  app.get('/notice-templates/:id/versions', { config: reading, schema: { tags, summary: 'All versions of a template, oldest first', params: ByTemplate, response: all } }, (request, reply) => answer(reply, templates.versions(request.who, request.params.id)))
  app.post('/notice-templates', { config: writing, schema: { tags, summary: 'A template of your own', body: Type.Object({ area: Place, ...words }, strict), response: { 201: TemplateView, ...refusals } } }, (request, reply) => {
    const { area, ...rest } = request.body
    return answer(reply, templates.create(request.who, area, rest), 201)
  })
  app.put('/notice-templates/:id', { config: writing, schema: { tags, summary: 'Change a template: a new version', params: ByTemplate, body: Type.Object(words, strict), response } }, (request, reply) => answer(reply, templates.replace(request.who, request.params.id, request.body)))
  app.delete('/notice-templates/:id', { config: writing, schema: { tags, summary: 'Take a template out of use', params: ByTemplate, response } }, (request, reply) => answer(reply, templates.retire(request.who, request.params.id)))
}
