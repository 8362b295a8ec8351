import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { dateOfDayNumber, isoWithOffset } from '../../../shared/core/civil.ts'
import { accepted, answer, refusals, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { openSound, sendAudio } from '../programmes/plugin.ts'
import type { ReportHandlers } from './handlers.ts'
import { ClusterId, ExportOf, filterOf, IncidentsOf, LogOf, PeriodText, ReportOf, RowsOf, SessionsOf, SlotName } from './queries.ts'
import { nameOf, sendMade } from './routes.ts'
import type { ShareHandlers } from './shares.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const tags = ['reports']
const strict = { additionalProperties: false } as const
const Any = Type.Unknown({ description: 'JSON, or the file in the form that was asked for' })
const CivilDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' })
const words = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '\\S' })
const Token = Type.Object({ token: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) })
const Order = Type.Object({ area: AreaCode, from: CivilDate, to: CivilDate, name: words(120), purpose: words(300), days: Type.Integer({ minimum: 1, maximum: 30 }) }, strict)

/** Links that are given to an inspector, and what whoever holds one sees without an account. */
export function addShareRoutes(app: App, shares: ShareHandlers): void {
  const config = { action: 'report.share' } as const
  app.get('/reports/shares', { config, schema: { tags, summary: 'Links that inspectors were given', response: { 200: Any, ...refusals } } }, (request) => shares.list(request.who))
  app.post('/reports/shares', { config, schema: { tags, summary: 'Give an inspector a link to an area’s reports; its token is shown once', body: Order, response: { 201: Any, ...refusals } } }, (request, reply) => answer(reply, shares.create(request.who, request.body), 201))
  app.delete('/reports/shares/:id', { config, schema: { tags, summary: 'Take a link back', params: Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{12}$' }) }), response: { 200: Any, ...refusals } } }, (request, reply) => answer(reply, shares.revoke(request.who, request.params.id)))
}

interface InspectionDeps {
  readonly deps: ServerDeps
  readonly handlers: ReportHandlers
  readonly shares: ShareHandlers
}

/** Whoever has an inspector's link reads the reports, the rows and the log, and hears the sound behind each row. */
export function addInspectionRoutes(app: App, { deps, handlers, shares }: InspectionDeps): void {
  const open = { config: { open: true } } as const
  const response = { 200: Any, ...refusals }
  const seen = async <T>(token: string, use: string, look: (by: Parameters<ReportHandlers['log']>[0], bounds: NonNullable<Parameters<ReportHandlers['log']>[2]>) => Promise<Outcome<T>>): Promise<Outcome<T>> => {
    const found = shares.open(token, use)
    return found.ok ? look(found.value.who, found.value.bounds) : found
  }
  const path = '/inspect/:token'
  app.get(path, { ...open, schema: { tags, summary: 'What an inspector’s link shows, and until when', params: Token, response } }, (request, reply) => {
    const found = shares.open(request.params.token, 'open')
    if (!found.ok) return answer(reply, found)
    const { area, fromDay, toDay, name, purpose, expiresAt } = found.value.share
    return answer(reply, accepted({ area, from: dateOfDayNumber(fromDay), to: dateOfDayNumber(toDay), name, purpose, expiresAt: isoWithOffset(expiresAt) }))
  })
  app.get(`${path}/reports/rows`, { ...open, schema: { tags, summary: 'The rows behind a figure', params: Token, querystring: RowsOf, response } }, async (request, reply) =>
    answer(reply, await seen(request.params.token, `rows ${request.query.period}`, (who, bounds) => handlers.rows(who, request.query, filterOf(request.query), bounds))))
  app.get(`${path}/reports/sessions`, { ...open, schema: { tags, summary: 'The sessions behind a figure', params: Token, querystring: SessionsOf, response } }, async (request, reply) =>
    answer(reply, await seen(request.params.token, `sessions ${request.query.period}`, (who, bounds) => handlers.sessions(who, request.query, bounds))))
  app.get(`${path}/reports/log`, { ...open, schema: { tags, summary: 'The broadcast log', params: Token, querystring: LogOf, response } }, async (request, reply) =>
    answer(reply, await seen(request.params.token, `log ${request.query.period}`, (who, bounds) => handlers.log(who, request.query, bounds))))
  app.get(`${path}/reports/incidents`, { ...open, schema: { tags, summary: 'The incidents behind a figure', params: Token, querystring: IncidentsOf, response } }, async (request, reply) =>
    answer(reply, await seen(request.params.token, `incidents ${request.query.period}`, (who, bounds) => handlers.incidents(who, request.query, bounds))))
  app.get(`${path}/reports/log.csv`, { ...open, schema: { tags, summary: 'The broadcast log as CSV', params: Token, querystring: ExportOf, response } }, async (request, reply) =>
    sendMade(reply, await seen(request.params.token, `log.csv ${request.query.period}`, (who, bounds) => handlers.export(who, { ...request.query, what: 'log' }, bounds)), { form: 'csv', name: nameOf('nhat-ky', request.query.area, request.query.period) }))
  app.get(`${path}/reports/:period`, { ...open, schema: { tags, summary: 'A report', params: Type.Object({ ...Token.properties, period: PeriodText }), querystring: ReportOf, response } }, async (request, reply) => {
    const { form = 'json', area } = request.query
    const { token, period } = request.params
    return sendMade(reply, await seen(token, `report ${period} ${form}`, (who, bounds) => handlers.report(who, { period, form, ...(area === undefined ? {} : { area }) }, bounds)), { form, name: nameOf('bao-cao', area, period) })
  })
  app.get(`${path}/reports/rows/:cluster/:slot/audio`, { ...open, schema: { tags, summary: 'The very sound behind a row', params: Type.Object({ ...Token.properties, cluster: ClusterId, slot: SlotName }), response: refusals } }, async (request, reply) => {
    const { token, cluster, slot } = request.params
    const sha = await seen(token, `audio ${cluster} ${slot}`, (who, bounds) => handlers.soundOf(who, { cluster, slot }, bounds))
    return sendAudio(reply, sha.ok ? await openSound(deps, sha.value, request.headers.range) : sha)
  })
}
