import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AreaCode, Group, PolicyText } from '../../../shared/core/timetable.ts'
import { answer, refusals } from '../../core/refusal.ts'
import { LinkMade, LinkView, NewLink } from './calendar-views.ts'
import type { CalendarHandlers } from './calendar.ts'
import type { GroupHandlers } from './groups.ts'
import { ID_PATTERN } from './identities.ts'
import type { PolicyHandlers } from './policies.ts'
import { Assignment, ById, PolicyView, StoredGroup, StoredPolicy } from './rules-views.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const ByCode = Type.Object({ code: AreaCode })
const removed = { 200: Type.Object({ id: Type.String() }), ...refusals }

/** Hours, quiet hours, caps and volume by time of day, and which area goes by which. */
export function addPolicyRoutes(app: App, policies: PolicyHandlers): void {
  const tags = ['rules']
  const read = { action: 'station.read' } as const
  const write = { action: 'policy.write' } as const
  app.get('/policies', { config: read, schema: { tags, summary: 'Policies, with what each means in sentences and who goes by it', response: { 200: Type.Array(PolicyView), ...refusals } } }, (request) => policies.list(request.who))
  app.get('/policies/:id', { config: read, schema: { tags, summary: 'One policy', params: ById, response: { 200: PolicyView, ...refusals } } }, (request, reply) => answer(reply, policies.one(request.who, request.params.id)))
  app.put('/policies/:id', { config: write, schema: { tags, summary: 'Write a policy; refused where a session in force would break it', params: ById, body: PolicyText, response: { 200: StoredPolicy, ...refusals } } }, (request, reply) =>
    answer(reply, policies.put(request.who, request.params.id, request.body)))
  app.delete('/policies/:id', { config: write, schema: { tags, summary: 'Remove a policy that nobody goes by', params: ById, response: removed } }, (request, reply) => answer(reply, policies.remove(request.who, request.params.id)))
  app.put('/areas/:code/policy', { config: write, schema: { tags, summary: 'Let an area go by a policy, or by that of the area above', params: ByCode, body: Assignment, response: { 200: StoredPolicy, ...refusals } } }, (request, reply) =>
    answer(reply, policies.assign(request.who, request.params.code, request.body.policy)))
}

/** Groups of clusters across areas. */
export function addGroupRoutes(app: App, groups: GroupHandlers): void {
  const tags = ['groups']
  const read = { action: 'station.read' } as const
  const write = { action: 'timetable.publish' } as const
  app.get('/groups', { config: read, schema: { tags, summary: 'Groups of clusters', response: { 200: Type.Array(Group), ...refusals } } }, (request) => groups.list(request.who))
  app.get('/groups/:id', { config: read, schema: { tags, summary: 'One group', params: ById, response: { 200: Group, ...refusals } } }, (request, reply) => answer(reply, groups.one(request.who, request.params.id)))
  app.put('/groups/:id', { config: write, schema: { tags, summary: 'Make or change a group', params: ById, body: Group, response: { 200: StoredGroup, ...refusals } } }, (request, reply) =>
    answer(reply, groups.put(request.who, request.params.id, request.body)))
  app.delete('/groups/:id', { config: write, schema: { tags, summary: 'Remove a group that no session is for', params: ById, response: removed } }, (request, reply) => answer(reply, groups.remove(request.who, request.params.id)))
}

const CALENDAR = 'text/calendar; charset=utf-8'

/** The timetable as a calendar that phones subscribe to. */
export function addCalendarRoutes(app: App, calendars: CalendarHandlers): void {
  const tags = ['timetable']
  const read = { action: 'station.read' } as const
  const share = { action: 'timetable.publish' } as const
  app.get('/timetable/areas/:code/calendar.ics', { config: read, schema: { tags, summary: 'Sixty days of an area as iCalendar', params: ByCode, produces: [CALENDAR] } }, (request, reply) => {
    const made = calendars.ofArea(request.who, request.params.code)
    return made.ok ? reply.type(CALENDAR).send(made.value) : answer(reply, made)
  })
  const ByToken = Type.Object({ token: Type.String({ pattern: '^[A-Za-z0-9_-]{32}$', description: 'as the link has it' }) })
  app.get('/timetable/calendar/:token', { config: { open: true }, schema: { tags, summary: 'The calendar of a link', params: ByToken, produces: [CALENDAR] } }, (request, reply) => {
    const made = calendars.ofLink(request.params.token)
    return made.ok ? reply.type(CALENDAR).send(made.value) : answer(reply, made)
  })
  app.get('/timetable/links', { config: share, schema: { tags, summary: 'Links to calendars', response: { 200: Type.Array(LinkView), ...refusals } } }, (request) => calendars.links(request.who))
  app.post('/timetable/links', { config: share, schema: { tags, summary: 'Make a read-only link to the calendar of an area', body: NewLink, response: { 201: LinkMade, ...refusals } } }, (request, reply) =>
    answer(reply, calendars.makeLink(request.who, request.body.area), 201))
  const ByLink = Type.Object({ id: Type.String({ pattern: ID_PATTERN, description: 'as in the list' }) })
  app.delete('/timetable/links/:id', { config: share, schema: { tags, summary: 'Withdraw a link', params: ByLink, response: removed } }, (request, reply) => answer(reply, calendars.revoke(request.who, request.params.id)))
}
