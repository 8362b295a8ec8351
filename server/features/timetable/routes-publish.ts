import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Session } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import { answer, FindingView, refusals } from '../../core/refusal.ts'
import type { PublishHandlers } from './draft-publish.ts'
import { PreviewQuery, PreviewView } from './preview-views.ts'
import type { PreviewHandlers } from './preview.ts'
import { ById, MAX_SESSION_BYTES, tags } from './routes-drafts.ts'
import { DifferenceView, PublicationView, PublicationWhole, PublishedView, PublishWish, strict, UndoneView } from './views.ts'
import { WeekQuery, WeekView } from './week-views.ts'
import type { WeekHandlers } from './week.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const ByNumber = Type.Object({ n: Type.String({ pattern: '^[1-9]\\d{0,8}$', description: 'the number of a publication' }) })
const WithKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'the same key twice is one publication' })) })
const Before = Type.Object({ before: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,8}$', description: 'numbers below this one' })) }, strict)
const UndoWish = Type.Object({ unusual: Type.Optional(Type.Literal('meant')) }, strict)

interface WithKeyHeader {
  readonly headers: { readonly 'idempotency-key'?: string | undefined }
}
const keyOf = ({ headers }: WithKeyHeader): { readonly key?: string } => (headers['idempotency-key'] === undefined ? {} : { key: headers['idempotency-key'] })

export interface Shown {
  readonly publishing: PublishHandlers
  readonly weeks: WeekHandlers
  readonly previews: PreviewHandlers
  /** What would be said of a session, without writing it anywhere. */
  readonly check: (who: Identity, session: Session) => FindingView[]
}

/** What would be heard, what would change, and the step that lets it be heard. */
export function addPublishRoutes(app: App, { publishing, weeks, previews, check }: Shown): void {
  const draft = { action: 'timetable.draft' } as const
  const read = { action: 'station.read' } as const
  const publish = { action: 'timetable.publish' } as const
  app.get('/timetable/week', { config: read, schema: { tags, summary: 'A week with every item at its exact place: seconds too many or missing, clashes, rules', querystring: WeekQuery, response: { 200: WeekView, ...refusals } } }, (request, reply) =>
    answer(reply, weeks.week(request.who, request.query)))
  app.post('/timetable/check', { config: draft, bodyLimit: MAX_SESSION_BYTES, schema: { tags, summary: 'What is to be said of a session before it is saved', body: Session, response: { 200: Type.Object({ findings: Type.Array(FindingView) }), ...refusals } } }, (request) =>
    ({ findings: check(request.who, request.body) }))
  app.get('/timetable/drafts/:id/difference', { config: draft, schema: { tags, summary: 'What a draft changes: in words, for whom, at which instants, and at which unusual hours', params: ById, response: { 200: DifferenceView, ...refusals } } }, (request, reply) =>
    answer(reply, publishing.difference(request.who, request.params.id)))
  app.get('/timetable/drafts/:id/preview', { config: draft, schema: { tags, summary: 'What would sound on a cluster at an instant, and why', params: ById, querystring: PreviewQuery, response: { 200: PreviewView, ...refusals } } }, (request, reply) =>
    answer(reply, previews.at(request.who, request.params.id, request.query)))
  app.post('/timetable/drafts/:id/publish', { config: publish, schema: { tags, summary: 'Publish a draft: all of it or nothing', params: ById, headers: WithKey, body: PublishWish, response: { 200: PublishedView, ...refusals } } }, (request, reply) => {
    const { unusual, version = null } = request.body
    return answer(reply, publishing.publish(request.who, request.params.id, { unusualMeant: unusual === 'meant', version, ...keyOf(request) }))
  })
  app.get('/timetable/publications', { config: read, schema: { tags, summary: 'What was published, newest first', querystring: Before, response: { 200: Type.Array(PublicationView), ...refusals } } }, (request) =>
    publishing.history(request.who, request.query.before === undefined ? Number.MAX_SAFE_INTEGER : Number(request.query.before)))
  app.get('/timetable/publications/:n', { config: read, schema: { tags, summary: 'One publication, with what it replaced', params: ByNumber, response: { 200: PublicationWhole, ...refusals } } }, (request, reply) =>
    answer(reply, publishing.one(request.who, Number(request.params.n))))
  app.post('/timetable/publications/:n/undo', { config: publish, schema: { tags, summary: 'Put back what a publication replaced, where nothing newer touched it', params: ByNumber, headers: WithKey, body: UndoWish, response: { 200: UndoneView, ...refusals } } }, (request, reply) =>
    answer(reply, publishing.undo(request.who, Number(request.params.n), { unusualMeant: request.body.unusual === 'meant', ...keyOf(request) })))
}
