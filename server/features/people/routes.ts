import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import { noCookie, sessionCookie, type CookieForm } from '../../core/person-cookie.ts'
import { answer, refusals, type ErrorBody, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { Invitation, PersonPatch, type AccountHandlers } from './accounts.ts'
import { auditPage, AuditPage, AuditQuery } from './audit.ts'
import type { Browser, Entered, EntryHandlers } from './entry.ts'
import type { OwnHandlers } from './own.ts'
import { LinkToken, LinkView, MadeLink, Me, Name, Password, PersonView, Phone, SessionView } from './views.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const strict = { additionalProperties: false } as const
const ById = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{12}$', description: 'twelve characters, as in the list' }) })
const Ended = Type.Object({ ended: Type.Integer({ description: 'sessions that were ended' }) })
/** A password and its name; a megabyte of it is an attack. */
const bodyLimit = 8_192

const formOf = ({ practising }: ServerDeps, request: FastifyRequest): CookieForm => ({ secure: request.protocol === 'https', practice: practising !== undefined })
const browserOf = (request: FastifyRequest): Browser => ({ address: request.ip, agent: request.headers['user-agent'] ?? '' })
const baseOf = (request: FastifyRequest): string => `${request.protocol}://${request.host}`

/** As `answer`, and says when a refused attempt can be made again. */
function told<T>(reply: FastifyReply, outcome: Outcome<T>, status: 200 | 201 = 200): T | ErrorBody {
  if (!outcome.ok && outcome.refusal.retryAfterS !== undefined) reply.header('retry-after', outcome.refusal.retryAfterS)
  return answer(reply, outcome, status)
}

export interface PeopleRouteDeps {
  readonly entry: EntryHandlers
  readonly own: OwnHandlers
  readonly accounts: AccountHandlers
  readonly deps: ServerDeps
}

export function addPeopleRoutes(app: App, deps: PeopleRouteDeps): void {
  addEntry(app, deps)
  addOwn(app, deps)
  addAccounts(app, deps)
  app.get('/audit', { config: { action: 'audit.read', wholeStation: true }, schema: { tags: ['people'], summary: 'The audit log, newest first', querystring: AuditQuery, response: { 200: AuditPage, ...refusals } } }, (request, reply) =>
    answer(reply, auditPage(deps.deps, request.query)),
  )
}

function addEntry(app: App, { entry, own, deps }: PeopleRouteDeps): void {
  const tags = ['people']
  const come = (request: FastifyRequest, reply: FastifyReply, outcome: Outcome<Entered>): Me | ErrorBody => {
    if (!outcome.ok) return told<Me>(reply, outcome)
    reply.header('set-cookie', sessionCookie(outcome.value.token, formOf(deps, request)))
    return own.me(outcome.value.visitor)
  }
  const response = { 200: Me, ...refusals }
  const SignIn = Type.Object({ login: Type.String({ minLength: 1, maxLength: 80 }), password: Password }, strict)
  app.post('/sign-in', { bodyLimit, config: { open: true }, schema: { tags, summary: 'Sign in with telephone number or name; begins a session in a cookie', body: SignIn, response } }, async (request, reply) =>
    come(request, reply, await entry.signIn(request.body, browserOf(request))),
  )
  const Looked = Type.Object({ ...LinkView.properties, name: Type.Union([Type.String(), Type.Null()]) })
  app.post('/links/look', { bodyLimit, config: { open: true }, schema: { tags, summary: 'Whom a link is for', body: Type.Object({ token: LinkToken }, strict), response: { 200: Looked, ...refusals } } }, (request, reply) => {
    const found = entry.look(request.body.token, browserOf(request))
    return told(reply, found.ok ? { ok: true, value: { ...found.value, expiresAt: isoWithOffset(found.value.expiresAt) } } : found)
  })
  const Use = Type.Object({ token: LinkToken, password: Password, name: Type.Optional(Name), phone: Type.Optional(Phone) }, strict)
  app.post('/links/use', { bodyLimit, config: { open: true }, schema: { tags, summary: 'Set a password by a link, once, and come in; the first administrator also says their name', body: Use, response } }, async (request, reply) =>
    come(request, reply, await entry.use(request.body, browserOf(request))),
  )
}

function addOwn(app: App, { own, deps }: PeopleRouteDeps): void {
  const tags = ['people']
  const config = { known: true } as const
  const ended = { 200: Ended, ...refusals }
  const visitorOf = ({ visitor, who }: FastifyRequest) => visitor ?? { who, session: null, csrf: null }
  const leave = (request: FastifyRequest, reply: FastifyReply, outcome: Outcome<{ ended: number }>): { ended: number } | ErrorBody => {
    if (outcome.ok) reply.header('set-cookie', noCookie(formOf(deps, request)))
    return answer(reply, outcome)
  }
  app.get('/me', { config, schema: { tags, summary: 'Who I am and what I may do where', response: { 200: Me, ...refusals } } }, (request) => own.me(visitorOf(request)))
  const Leave = Type.Union([Type.Null(), Type.Object({ endpoint: Type.Optional(Type.String({ maxLength: 1_000, description: 'where messages to this browser go' })) }, strict)])
  app.post('/sign-out', { bodyLimit, config, schema: { tags, summary: 'End this session, and messages to this browser', body: Leave, response: ended } }, (request, reply) =>
    leave(request, reply, own.signOut(visitorOf(request), request.body?.endpoint)),
  )
  app.post('/sign-out-everywhere', { config, schema: { tags, summary: 'End all sessions of mine and messages to all my browsers, on every device', response: ended } }, (request, reply) => leave(request, reply, own.signOutEverywhere(visitorOf(request))))
  app.get('/me/sessions', { config, schema: { tags, summary: 'Where I am signed in', response: { 200: Type.Array(SessionView), ...refusals } } }, (request, reply) => answer(reply, own.sessions(visitorOf(request))))
  app.delete('/me/sessions/:id', { config, schema: { tags, summary: 'End one of my sessions', params: ById, response: ended } }, (request, reply) => answer(reply, own.endSession(visitorOf(request), request.params.id)))
  const Change = Type.Object({ current: Password, password: Password }, strict)
  app.post('/me/password', { bodyLimit, config, schema: { tags, summary: 'Change my password; all other sessions end', body: Change, response: ended } }, async (request, reply) =>
    told(reply, await own.changePassword(visitorOf(request), request.body)),
  )
}

function addAccounts(app: App, { accounts }: PeopleRouteDeps): void {
  const tags = ['people']
  const config = { action: 'person.write' } as const
  const one = { 200: PersonView, ...refusals }
  const WithKey = Type.Object({ 'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: 'the same key twice is one person; the link is a new one' })) })
  const Invited = Type.Object({ person: PersonView, link: MadeLink })
  app.get('/people', { config, schema: { tags, summary: 'People with an account, and where they are at work', response: { 200: Type.Array(PersonView), ...refusals } } }, (request) => accounts.list(request.who))
  app.post('/people', { config, bodyLimit: 65_536, schema: { tags, summary: 'Invite somebody: answers a link to pass on, valid for 7 days', headers: WithKey, body: Invitation, response: { 201: Invited, ...refusals } } }, (request, reply) =>
    answer(reply, accounts.invite(request.who, request.body, { base: baseOf(request), key: request.headers['idempotency-key'] ?? null }), 201),
  )
  app.get('/people/:id', { config, schema: { tags, summary: 'One person', params: ById, response: one } }, (request, reply) => answer(reply, accounts.one(request.who, request.params.id)))
  app.patch('/people/:id', { config, bodyLimit: 65_536, schema: { tags, summary: 'Change name, telephone number or roles; close or open the account', params: ById, body: PersonPatch, response: one } }, (request, reply) =>
    answer(reply, accounts.change(request.who, request.params.id, request.body)),
  )
  app.post('/people/:id/link', { config, schema: { tags, summary: 'A new link for a forgotten password or a lost invitation; earlier ones open nothing any more', params: ById, response: { 201: MadeLink, ...refusals } } }, (request, reply) =>
    answer(reply, accounts.link(request.who, request.params.id, baseOf(request)), 201),
  )
  app.post('/people/:id/sign-out', { config, schema: { tags, summary: 'End all sessions of a person, and messages to their browsers', params: ById, response: { 200: Ended, ...refusals } } }, (request, reply) =>
    answer(reply, accounts.signOut(request.who, request.params.id)),
  )
}
