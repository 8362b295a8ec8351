import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Session } from '../../../shared/core/timetable.ts'
import { answer, refusals } from '../../core/refusal.ts'
import type { DraftHandlers } from './drafts.ts'
import type { DraftWork } from './draft-work.ts'
import { ID_PATTERN } from './identities.ts'
import type { TemplateHandlers } from './templates.ts'
import { DraftView, DraftWhole, EditedView, NewDraft, Renamed, strict } from './views.ts'
import { ApplyWish, CopyWish, ExceptWish, ExtendWish, NewTemplate, PlaceWish, TemplateView } from './work-views.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

export const tags = ['timetable']
/** As one session may be at most; see the sessions. */
export const MAX_SESSION_BYTES = 2_097_152
export const ById = Type.Object({ id: Type.String({ pattern: ID_PATTERN, description: 'as in the list' }) })
const BySession = Type.Object({ id: Type.String({ pattern: ID_PATTERN }), session: Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'lower-case letters, digits and hyphens' }) })
/** What two phones need that write the same draft: who saw an older one is told, and nothing is lost. */
const Seen = Type.Object({ 'if-match': Type.Optional(Type.String({ pattern: '^"?\\d{1,9}"?$', description: 'the version that was seen' })) })
const edited = { 200: EditedView, ...refusals }

interface WithVersion {
  readonly headers: { readonly 'if-match'?: string | undefined }
}
export const versionOf = ({ headers }: WithVersion): number | null => {
  const text = headers['if-match']
  return text === undefined ? null : Number(text.replaceAll('"', ''))
}

/** Drafts: what an operator writes before anybody hears it. */
export function addDraftRoutes(app: App, drafts: DraftHandlers): void {
  const config = { action: 'timetable.draft' } as const
  app.get('/timetable/drafts', { config, schema: { tags, summary: 'Open drafts of one’s areas', response: { 200: Type.Array(DraftView), ...refusals } } }, (request) => drafts.list(request.who))
  app.post('/timetable/drafts', { config, schema: { tags, summary: 'Begin a draft for an area', body: NewDraft, response: { 201: DraftView, ...refusals } } }, (request, reply) => answer(reply, drafts.create(request.who, request.body), 201))
  app.get('/timetable/drafts/:id', { config, schema: { tags, summary: 'A draft with its changes, what others published meanwhile, and conflicts', params: ById, response: { 200: DraftWhole, ...refusals } } }, (request, reply) =>
    answer(reply, drafts.one(request.who, request.params.id)))
  app.patch('/timetable/drafts/:id', { config, schema: { tags, summary: 'Rename a draft', params: ById, body: Renamed, response: { 200: DraftView, ...refusals } } }, (request, reply) =>
    answer(reply, drafts.rename(request.who, request.params.id, request.body.name)))
  app.delete('/timetable/drafts/:id', { config, schema: { tags, summary: 'Discard a draft', params: ById, response: { 200: DraftView, ...refusals } } }, (request, reply) =>
    answer(reply, drafts.discard(request.who, request.params.id)))

  app.put('/timetable/drafts/:id/sessions/:session', { config, bodyLimit: MAX_SESSION_BYTES, schema: { tags, summary: 'Put a session into the draft as it is, with what is to be said of it', params: BySession, headers: Seen, body: Session, response: edited } }, (request, reply) =>
    answer(reply, drafts.put(request.who, request.params.id, { session: request.params.session, doc: request.body, version: versionOf(request) })))
  app.delete('/timetable/drafts/:id/sessions/:session', { config, schema: { tags, summary: 'Take a session out of the timetable', params: BySession, headers: Seen, response: edited } }, (request, reply) =>
    answer(reply, drafts.takeOut(request.who, request.params.id, { session: request.params.session, version: versionOf(request) })))
  app.post('/timetable/drafts/:id/sessions/:session/forget', { config, schema: { tags, summary: 'Leave a session as it is in force', params: BySession, headers: Seen, response: edited } }, (request, reply) =>
    answer(reply, drafts.forget(request.who, request.params.id, { session: request.params.session, version: versionOf(request) })))
  const Choice = Type.Object({ session: Type.String({ pattern: '^[a-z0-9-]{1,40}$' }), take: Type.Union([Type.Literal('mine'), Type.Literal('theirs')]) }, strict)
  app.post('/timetable/drafts/:id/resolve', { config, schema: { tags, summary: 'Decide a conflict: keep one’s own or take what was published', params: ById, headers: Seen, body: Choice, response: edited } }, (request, reply) =>
    answer(reply, drafts.resolve(request.who, request.params.id, { ...request.body, version: versionOf(request) })))
}

/** Works that change several sessions of a draft at once. */
export function addWorkRoutes(app: App, work: DraftWork, templates: TemplateHandlers): void {
  const config = { action: 'timetable.draft' } as const
  app.post('/timetable/drafts/:id/place', { config, bodyLimit: MAX_SESSION_BYTES, schema: { tags, summary: 'Place a session, or an item in a session; a clash is answered with overwrite, append or move', params: ById, headers: Seen, body: PlaceWish, response: edited } }, (request, reply) => {
    const { who, body, params } = request
    const version = versionOf(request)
    return answer(reply, 'session' in body ? work.placeSession(who, params.id, { ...body, version }) : work.placeItem(who, params.id, { ...body, version }))
  })
  app.post('/timetable/drafts/:id/copy', { config, schema: { tags, summary: 'Copy a day or a week', params: ById, headers: Seen, body: CopyWish, response: edited } }, (request, reply) =>
    answer(reply, work.copy(request.who, request.params.id, { ...request.body, version: versionOf(request) })))
  app.post('/timetable/drafts/:id/apply', { config, schema: { tags, summary: 'Apply a template of sessions on days', params: ById, headers: Seen, body: ApplyWish, response: edited } }, (request, reply) => {
    const { template, ...wish } = request.body
    const found = templates.find(request.who, template)
    return answer(reply, found.ok ? work.apply(request.who, request.params.id, { ...wish, template: found.value, version: versionOf(request) }) : found)
  })
  app.post('/timetable/drafts/:id/except', { config, schema: { tags, summary: 'Silence sessions on a date, a range or a lunar day (Tết, mourning, a local holiday), or let them sound again', params: ById, headers: Seen, body: ExceptWish, response: edited } }, (request, reply) =>
    answer(reply, work.except(request.who, request.params.id, { ...request.body, version: versionOf(request) })))
  app.post('/timetable/drafts/:id/extend', { config, schema: { tags, summary: 'Let a session be longer on one date, with the reason', params: ById, headers: Seen, body: ExtendWish, response: edited } }, (request, reply) =>
    answer(reply, work.extend(request.who, request.params.id, { ...request.body, version: versionOf(request) })))

  app.get('/timetable/templates', { config, schema: { tags, summary: 'Templates of sessions, one’s own and those from above', response: { 200: Type.Array(TemplateView), ...refusals } } }, (request) => templates.list(request.who))
  app.post('/timetable/templates', { config, schema: { tags, summary: 'Keep sessions as a template', body: NewTemplate, response: { 201: TemplateView, ...refusals } } }, (request, reply) => answer(reply, templates.save(request.who, request.body), 201))
  app.delete('/timetable/templates/:id', { config, schema: { tags, summary: 'Remove a template', params: ById, response: { 200: ById, ...refusals } } }, (request, reply) => answer(reply, templates.remove(request.who, request.params.id)))
}
