import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { answer, ErrorBody, errorBody, refusals, type Outcome } from '../../core/refusal.ts'
import { ReportHeading } from '../../core/report-heading.ts'
import type { ReportForm } from '../../core/report-jobs.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { openSound, sendAudio } from '../programmes/plugin.ts'
import type { Made, ReportHandlers } from './handlers.ts'
import { ClusterId, ExportOf, filterOf, IncidentsOf, LogOf, PeriodText, ReportOf, RowsOf, SessionsOf, SlotName } from './queries.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const tags = ['reports']
const Any = Type.Unknown({ description: 'JSON as described in the documentation of reports, or the file in the form that was asked for' })

const TYPES: Readonly<Record<ReportForm, string>> = {
  json: 'application/json; charset=utf-8', csv: 'text/csv; charset=utf-8', pdf: 'application/pdf',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
}

/** Sends what was made; a file as a download under a name without letters that old systems do not know. */
export function sendMade(reply: FastifyReply, outcome: Outcome<Made>, { form, name }: { readonly form: ReportForm; readonly name: string }): FastifyReply {
  if (!outcome.ok) return reply.code(outcome.refusal.status).send(errorBody(outcome.refusal))
  reply.type(TYPES[form])
  if ('json' in outcome.value) return reply.send(outcome.value.json)
  return reply.header('content-disposition', `attachment; filename="${name}.${form}"`).header('content-length', outcome.value.bytes).send(outcome.value.stream)
}

export const nameOf = (what: string, area: string | undefined, period: string): string => `${what}-${area ?? 'tat-ca'}-${period.replaceAll('..', '_')}`

export function addReportRoutes(app: App, handlers: ReportHandlers, deps: ServerDeps): void {
  const read = { config: { action: 'report.read' } } as const
  const response = { 200: Any, ...refusals }
  app.get('/reports/rows', { ...read, schema: { tags, summary: 'The rows behind a figure of a report', querystring: RowsOf, response } }, async (request, reply) =>
    answer(reply, await handlers.rows(request.who, request.query, filterOf(request.query))))
  app.get('/reports/sessions', { ...read, schema: { tags, summary: 'The sessions behind a figure of a report', querystring: SessionsOf, response } }, async (request, reply) =>
    answer(reply, await handlers.sessions(request.who, request.query)))
  app.get('/reports/log', { ...read, schema: { tags, summary: 'The broadcast log of an area (nhật ký phát thanh)', querystring: LogOf, response } }, async (request, reply) =>
    answer(reply, await handlers.log(request.who, request.query)))
  app.get('/reports/incidents', { ...read, schema: { tags, summary: 'The incidents behind a figure of a report', querystring: IncidentsOf, response } }, async (request, reply) =>
    answer(reply, await handlers.incidents(request.who, request.query)))
  for (const what of ['rows', 'log'] as const) {
    app.get(`/reports/${what}.csv`, { ...read, schema: { tags, summary: `All ${what === 'rows' ? 'rows' : 'entries of the log'} of a period as CSV`, querystring: ExportOf, response } }, async (request, reply) =>
      sendMade(reply, await handlers.export(request.who, { ...request.query, what }), { form: 'csv', name: nameOf(what === 'log' ? 'nhat-ky' : 'chi-tiet', request.query.area, request.query.period) }))
  }
  app.get('/reports/:period', { ...read, schema: { tags, summary: 'The report of a day, month, quarter, year or span, as JSON, XLSX, CSV, PDF or DOCX', params: Type.Object({ period: PeriodText }), querystring: ReportOf, response } }, async (request, reply) => {
    const { form = 'json', area } = request.query
    const { period } = request.params
    return sendMade(reply, await handlers.report(request.who, { period, form, ...(area === undefined ? {} : { area }) }), { form, name: nameOf('bao-cao', area, period) })
  })
  const params = Type.Object({ cluster: ClusterId, slot: SlotName })
  const querystring = Type.Object({ due: Type.Optional(Type.String({ pattern: '^\\d{12,14}$', description: 'start of the row, ms since 1970; needed for what stands in no timetable' })) }, { additionalProperties: false })
  app.get('/reports/rows/:cluster/:slot/audio', { ...read, schema: { tags, summary: 'The very sound behind a row; takes a byte range', params, querystring, response: refusals } }, async (request, reply) => {
    const sha = await handlers.soundOf(request.who, { ...request.params, ...(request.query.due === undefined ? {} : { due: Number(request.query.due) }) })
    return sendAudio(reply, sha.ok ? await openSound(deps, sha.value, request.headers.range) : sha)
  })
  const due = Type.Optional(Type.Integer({ minimum: 0, maximum: 99_999_999_999_999, description: 'start of the row, ms since 1970; needed of rows that are older than a day' }))
  const Confirmation = Type.Object({ cluster: ClusterId, slot: SlotName, due, note: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })) }, { additionalProperties: false })
  app.post('/reports/confirmations', { config: { action: 'report.confirm' }, schema: { tags, summary: 'To say that one has heard it', body: Confirmation, response: { 201: Any, ...refusals } } }, async (request, reply) =>
    answer(reply, await handlers.confirm(request.who, request.body), 201))
  addHeadingRoutes(app, handlers)
}

function addHeadingRoutes(app: App, handlers: ReportHandlers): void {
  const params = Type.Object({ code: AreaCode })
  const path = '/areas/:code/report-heading'
  app.get(path, { config: { action: 'report.read' }, schema: { tags, summary: 'The heading of an area’s reports; null where it has none of its own', params, response: { 200: Type.Union([ReportHeading, Type.Null()]), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.headingOf(request.who, request.params.code)))
  app.put(path, { config: { action: 'policy.write' }, schema: { tags, summary: 'Set the heading of an area’s reports', params, body: ReportHeading, response: { 200: ReportHeading, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.putHeading(request.who, request.params.code, request.body)))
  app.delete(path, { config: { action: 'policy.write' }, schema: { tags, summary: 'Take the heading back', params, response: { 200: Type.Object({ area: Type.String() }), '4xx': ErrorBody } } }, (request, reply) =>
    answer(reply, handlers.removeHeading(request.who, request.params.code)))
}

