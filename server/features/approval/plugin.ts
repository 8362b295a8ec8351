import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { LanguageCode } from '../../../shared/core/languages.ts'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { VERSION_STATES } from '../../core/programme-store.ts'
import { answer, refusals, refused, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { openSound, ProgrammeView, sendAudio } from '../programmes/plugin.ts'
import { createApprovalHandlers, type ApprovalHandlers } from './handlers.ts'
import { createRuleHandlers, RulesBody, RulesView } from './rules.ts'

export { createApprovalHandlers, type ApprovalHandlers, type LinkMade } from './handlers.ts'
export { createApprovalStore } from './store.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const tags = ['approval']
const strict = { additionalProperties: false } as const
const ById = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$', description: 'as in the list of programmes' }) })
const ByToken = Type.Object({ token: Type.String({ pattern: '^[A-Za-z0-9_-]{32}$' }) })
const ByArea = Type.Object({ code: Type.Union([AreaCode, Type.Literal('all')], { description: 'an area, or all for the whole station' }) })
const Version = Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'the version that was listened to' })
const Reason = Type.String({ minLength: 1, maxLength: 1_000, pattern: '\\S' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

const LinkMade = Type.Object({
  id: Type.String(), person: Type.String(), version: Type.Integer(), expiresAt: Type.String(),
  path: Nullable(Type.String({ description: 'the link; null where it was sent to the approver alone' })),
})
const LinkView = Type.Object({
  name: Type.String(), author: Type.String(), areaName: Nullable(Type.String()), ms: Type.Integer(), language: LanguageCode, text: Nullable(Type.String()),
  for: Type.String(), state: Type.Enum([...VERSION_STATES]), reason: Nullable(Type.String()), expiresAt: Type.String(),
})
const NO_REASON: Refusal = {
  status: 400, code: 'invalid', field: '/reason',
  en: 'Say why it is returned, so that the author can put it right.', vi: 'Hãy ghi lý do trả lại để người tạo sửa.',
}

function addDecisionRoutes(app: App, handlers: ApprovalHandlers): void {
  const response = { 200: ProgrammeView, ...refusals }
  const Which = Type.Optional(Type.Union([Type.Object({ version: Type.Optional(Version) }, strict), Type.Null()]))
  app.post('/programmes/:id/submit', { config: { action: 'programme.write' }, schema: { tags, summary: 'Ask for the approval of a draft', params: ById, body: Which, response } }, (request, reply) =>
    answer(reply, handlers.submit(request.who, request.params.id, request.body?.version)),
  )
  app.post('/programmes/:id/recall', { config: { action: 'programme.write' }, schema: { tags, summary: 'Take back what waits for approval', params: ById, body: Which, response } }, (request, reply) =>
    answer(reply, handlers.recall(request.who, request.params.id, request.body?.version)),
  )
  app.post('/programmes/:id/approve', { config: { action: 'programme.approve' }, schema: { tags, summary: 'Let a version on the air', params: ById, body: Type.Object({ version: Version }, strict), response } }, (request, reply) =>
    answer(reply, handlers.approve(request.who, request.params.id, request.body.version)),
  )
  app.post('/programmes/:id/return', { config: { action: 'programme.approve' }, schema: { tags, summary: 'Send a version back with a reason, also off the air', params: ById, body: Type.Object({ version: Version, reason: Reason }, strict), response } }, (request, reply) =>
    answer(reply, handlers.return(request.who, request.params.id, request.body.version, request.body.reason.trim())),
  )
}

function addLinkRoutes(app: App, handlers: ApprovalHandlers, deps: ServerDeps): void {
  const LinkOrder = Type.Optional(Type.Union([Type.Object({ person: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$', description: 'id of the approver; absent = yourself' })), version: Type.Optional(Version) }, strict), Type.Null()]))
  const make = { tags, summary: 'A link with which one person approves one version within 24 hours', params: ById, body: LinkOrder, response: { 201: LinkMade, ...refusals } }
  const approvers = { tags, summary: 'Who may approve what waits of a programme', params: ById, response: { 200: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })), ...refusals } }
  app.get('/programmes/:id/approvers', { config: { action: 'programme.write' }, schema: approvers }, (request, reply) => answer(reply, handlers.approvers(request.who, request.params.id)))
  app.post('/programmes/:id/approval-links', { config: { action: 'programme.write' }, schema: make }, async (request, reply) => answer(reply, await handlers.makeLink(request.who, request.params.id, request.body ?? {}), 201))
  app.get('/approval/:token', { config: { open: true }, schema: { tags, summary: 'What a link is for', params: ByToken, response: { 200: LinkView, ...refusals } } }, (request, reply) => answer(reply, handlers.linkView(request.params.token)))
  app.get('/approval/:token/audio', { config: { open: true }, schema: { tags, summary: 'The sound that a link is for; takes a byte range', params: ByToken } }, async (request, reply) => {
    const sha = handlers.linkSound(request.params.token)
    return sendAudio(reply, sha.ok ? await openSound(deps, sha.value, request.headers.range) : sha)
  })
  const Decision = Type.Object({ decision: Type.Union([Type.Literal('approve'), Type.Literal('return')]), reason: Type.Optional(Reason) }, strict)
  app.post('/approval/:token', { config: { open: true }, schema: { tags, summary: 'Approve, or return with a reason', params: ByToken, body: Decision, response: { 200: LinkView, ...refusals } } }, (request, reply) => {
    const { decision, reason } = request.body
    if (decision === 'return' && reason === undefined) return answer(reply, refused(NO_REASON))
    return answer(reply, handlers.decideByLink(request.params.token, { approve: decision === 'approve', ...(reason === undefined ? {} : { reason: reason.trim() }) }))
  })
}

/** nháp → chờ duyệt → đã duyệt / trả lại, at the desk or by a link; and what areas say for themselves of it. */
export const approvalPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const handlers = createApprovalHandlers(deps)
    addDecisionRoutes(app, handlers)
    addLinkRoutes(app, handlers, deps)
    const rules = createRuleHandlers(deps)
    app.get('/areas/:code/rules', { config: { action: 'station.read' }, schema: { tags, summary: 'Who may approve their own, and how long files are kept', params: ByArea, response: { 200: RulesView, ...refusals } } }, (request, reply) =>
      answer(reply, rules.read(request.who, request.params.code)),
    )
    app.put('/areas/:code/rules', { config: { action: 'policy.write' }, schema: { tags, summary: 'Change the rules of an area', params: ByArea, body: RulesBody, response: { 200: RulesView, ...refusals } } }, (request, reply) =>
      answer(reply, rules.write(request.who, request.params.code, request.body)),
    )
  }
