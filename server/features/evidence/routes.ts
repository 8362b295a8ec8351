import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answer, refusals, type Outcome } from '../../core/refusal.ts'
import { EvidenceView, MAX_ROWS, type EvidenceHandlers } from './handlers.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const Query = Type.Object(
  {
    date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD, a civil day of Viet Nam' }),
    cluster: Type.Optional(Type.String({ pattern: '^[0-9a-hjkmnp-tv-z]{10}$', description: 'ten characters, as in the list of clusters' })),
    offset: Type.Optional(Type.String({ pattern: '^\\d{1,7}$', description: 'rows to skip' })),
    limit: Type.Optional(Type.String({ pattern: '^\\d{1,5}$', description: `rows to give, at most ${MAX_ROWS}` })),
  },
  { additionalProperties: false },
)

const SUMMARY = 'What was planned on a day and what came of it; the header x-total-rows says how many rows there are'

export function addEvidenceRoutes(app: App, handlers: EvidenceHandlers): void {
  app.get('/evidence', { config: { action: 'station.read' }, schema: { tags: ['evidence'], summary: SUMMARY, querystring: Query, response: { 200: Type.Array(EvidenceView), ...refusals } } }, async (request, reply) => {
    const page = await handlers.onDay(request.who, request.query)
    if (page.ok) reply.header('x-total-rows', page.value.total)
    const rows: Outcome<EvidenceView[]> = page.ok ? { ok: true, value: page.value.rows } : page
    return answer(reply, rows)
  })
}
