import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answer, refusals } from '../../core/refusal.ts'
import { CaretakerBody, CaretakerView, LineView, ReplaceBody, ReplaceView, type CareHandlers } from './care.ts'
import { CheckView, DoneBody, ScheduleBody, TemplateBody, TemplateView, type CheckHandlers } from './checks.ts'
import { QuietBody, QuietView, type QuietHandlers } from './quiet.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const ClusterById = Type.Object({ id: Type.String({ pattern: '^[0-9a-hjkmnp-tv-z]{10}$', description: 'ten characters, as in the list of clusters' }) })
const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-z]{10}$' }) })
const TemplateId = Type.Object({ id: Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'small letters, digits and hyphens' }) })
const DateText = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' })
const IdView = Type.Object({ id: Type.String() })

export function addQuietRoutes(app: App, handlers: QuietHandlers): void {
  const tags = ['incidents']
  app.get('/maintenance', { config: { action: 'incident.read' }, schema: { tags, summary: 'Maintenance windows and storms that are not over', response: { 200: Type.Array(QuietView), ...refusals } } }, (request) =>
    handlers.list(request.who))
  app.post('/maintenance', { config: { action: 'incident.work' }, schema: { tags, summary: 'Begin a maintenance window (nothing opens) or a storm (kept, but nobody is called)', body: QuietBody, response: { 201: QuietView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.begin(request.who, request.body), 201))
  app.delete('/maintenance/:id', { config: { action: 'incident.work' }, schema: { tags, summary: 'End it now', params: ById, response: { 200: IdView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.end(request.who, request.params.id)))
}

export function addCareRoutes(app: App, handlers: CareHandlers): void {
  const tags = ['clusters']
  const work = { action: 'incident.work' } as const
  const params = ClusterById
  const response = { 200: CaretakerView, ...refusals }
  app.get('/clusters/:id/caretaker', { config: work, schema: { tags, summary: 'Who looks after the cluster, to be rung', params, response } }, (request, reply) => answer(reply, handlers.caretaker(request.who, request.params.id)))
  app.put('/clusters/:id/caretaker', { config: work, schema: { tags, summary: 'Say who looks after the cluster', params, body: CaretakerBody, response } }, (request, reply) =>
    answer(reply, handlers.putCaretaker(request.who, request.params.id, request.body)))
  app.delete('/clusters/:id/caretaker', { config: work, schema: { tags, summary: 'Forget who looks after the cluster', params, response } }, (request, reply) => answer(reply, handlers.removeCaretaker(request.who, request.params.id)))
  app.post(
    '/clusters/:id/replace',
    { config: { action: 'cluster.enrol' }, schema: { tags, summary: 'A new box takes the place of this one: name, area, groups, volume, history; this one is shut out for good', params, body: ReplaceBody, response: { 200: ReplaceView, ...refusals } } },
    async (request, reply) => answer(reply, await handlers.replace(request.who, request.params.id, request.body.by)),
  )
  app.get('/clusters/:id/boxes', { config: { action: 'cluster.read' }, schema: { tags, summary: 'Every box that stood in this place', params, response: { 200: LineView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.line(request.who, request.params.id)))
}

export function addCheckRoutes(app: App, handlers: CheckHandlers): void {
  const tags = ['checks']
  const work = { action: 'incident.work' } as const
  // a checklist is the whole station's
  const whole = { action: 'incident.work', wholeStation: true } as const
  app.get('/checks/templates', { config: { action: 'incident.read' }, schema: { tags, summary: 'Checklists', response: { 200: Type.Array(TemplateView), ...refusals } } }, () =>
    handlers.templates().map((template) => ({ ...template, items: [...template.items] })))
  app.put('/checks/templates/:id', { config: whole, schema: { tags, summary: 'Add or change a checklist', params: TemplateId, body: TemplateBody, response: { 200: TemplateView, ...refusals } } }, (request, reply) => {
    const made = handlers.putTemplate(request.who, request.params.id, request.body)
    return answer(reply, made.ok ? { ok: true, value: { ...made.value, items: [...made.value.items] } } : made)
  })
  app.delete('/checks/templates/:id', { config: whole, schema: { tags, summary: 'Remove a checklist and what is due by it; what was done stays', params: TemplateId, response: { 200: IdView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.removeTemplate(request.who, request.params.id)))
  app.get('/checks', { config: { action: 'incident.read' }, schema: { tags, summary: 'The calendar of checks', querystring: Type.Object({ from: DateText, to: DateText }, { additionalProperties: false }), response: { 200: Type.Array(CheckView), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.calendar(request.who, request.query.from, request.query.to)))
  app.post('/checks', { config: work, schema: { tags, summary: 'Set when clusters are to be checked', body: ScheduleBody, response: { 201: Type.Array(CheckView), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.schedule(request.who, request.body), 201))
  app.post('/checks/:id/done', { config: work, schema: { tags, summary: 'A check was done: what is not right becomes an incident, and the next check is set', params: ById, body: DoneBody, response: { 200: CheckView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.done(request.who, request.params.id, request.body)))
  app.delete('/checks/:id', { config: work, schema: { tags, summary: 'Take a check that is due out of the calendar', params: ById, response: { 200: IdView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.remove(request.who, request.params.id)))
}
