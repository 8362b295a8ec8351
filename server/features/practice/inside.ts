import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createAttemptLimit } from '../../core/attempt-limit.ts'
import type { Role } from '../../core/identity.ts'
import { sessionCookie } from '../../core/person-cookie.ts'
import type { Practising } from '../../core/practice-inside.ts'
import { accepted, answer, refusals, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { enterAs } from '../people/plugin.ts'
import { personOfRole } from './people.ts'
import { NO_TICKET, NOT_OPEN, NOT_SOMEBODY, TOO_OFTEN } from './refusals.ts'
import { CameIn, RoleBody, TicketBody } from './views.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const ATTEMPTS = { burst: 10, refillMs: 3_000 }

/** The practice station's own side: how people come in, and play another role. */
export function addInsideRoutes(app: App, deps: ServerDeps, { tickets }: Practising): void {
  const tags = ['practice']
  const attempts = createAttemptLimit(ATTEMPTS.burst, ATTEMPTS.refillMs)
  const come = (request: FastifyRequest, reply: FastifyReply, role: Role): boolean => {
    const person = personOfRole(deps, role)
    if (!person) return false
    const { token } = enterAs(deps, person, { address: request.ip, agent: request.headers['user-agent'] ?? '' })
    reply.header('set-cookie', sessionCookie(token, { secure: request.protocol === 'https', practice: true }))
    return true
  }
  app.post('/practice/enter', { bodyLimit: 1_024, config: { open: true }, schema: { tags, summary: 'Come in by a ticket of the real station', body: TicketBody, response: { 200: CameIn, ...refusals } } }, (request, reply) => {
    const enter = (): Outcome<{ home: string }> => {
      if (!attempts.take(request.ip, deps.clock.mono())) return refused(TOO_OFTEN)
      const ticket = tickets.take(request.body.ticket)
      if (!ticket) return refused(NO_TICKET)
      attempts.giveBack(request.ip)
      return come(request, reply, ticket.role) ? accepted({ home: ticket.home }) : refused(NOT_OPEN)
    }
    return answer(reply, enter())
  })
  app.post('/practice/role', { config: { known: true }, schema: { tags, summary: 'Go on in another role', body: RoleBody, response: { 200: RoleBody, ...refusals } } }, (request, reply) => {
    const { session = null } = request.visitor ?? {}
    const change = (): Outcome<{ role: Role }> => {
      const { role } = request.body
      if (!session || !come(request, reply, role)) return refused(NOT_SOMEBODY)
      deps.stores.people.sessions.end(session.id)
      return accepted({ role })
    }
    return answer(reply, change())
  })
}
