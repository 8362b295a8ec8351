import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { INSTANT_PATTERN } from '../../core/instant.ts'
import { answer, refusals } from '../../core/refusal.ts'
import type { HealthDeskHandlers } from './desk-handlers.ts'
import { ChartView, ReadinessView, SignalDetail, SimPlanBody, SimView, SymptomsOf } from './desk-views.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const tags = ['health']
const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-hjkmnp-tv-z]{10}$', description: 'ten characters, as in the list of clusters' }) })
const Instant = Type.String({ pattern: INSTANT_PATTERN, description: 'an instant such as 2026-11-23T05:30:00+07:00' })
const Area = Type.String({ minLength: 1, maxLength: 60, description: 'code of an area; everything that lies within it counts' })
const InArea = Type.Object({ area: Type.Optional(Area) }, { additionalProperties: false })
const ChartQuery = Type.Object(
  {
    figure: Type.String({ minLength: 1, maxLength: 200, description: 'names separated by commas: rsrp, rsrq, sinr, rssi, rtt, level, clock, buffer, held, temp, volume, online, playing, data, signal' }),
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
    points: Type.Optional(Type.String({ pattern: '^([1-9]|[1-9][0-9]{1,2}|1[0-9]{3}|2000)$', description: 'at most so many steps, 1–2000; 300 where absent' })),
  },
  { additionalProperties: false },
)

/** The technician's eye: charts, signal, symptoms, readiness, SIM cards. */
export function addHealthDeskRoutes(app: App, handlers: HealthDeskHandlers): void {
  addFigureRoutes(app, handlers)
  addSimRoutes(app, handlers)
}

function addFigureRoutes(app: App, handlers: HealthDeskHandlers): void {
  const config = { action: 'cluster.read' } as const
  app.get(
    '/clusters/:id/chart',
    { config, schema: { tags, summary: 'Figures of a cluster over time, from the minute, the hour or the day, whichever the span asks for', params: ById, querystring: ChartQuery, response: { 200: ChartView, ...refusals } } },
    (request, reply) => {
      const { points, ...query } = request.query
      return answer(reply, handlers.chart(request.who, request.params.id, { ...query, ...(points === undefined ? {} : { points: Number(points) }) }))
    },
  )
  app.get('/clusters/:id/signal', { config, schema: { tags, summary: 'How good its 4G signal is, why, and against the weeks before', params: ById, response: { 200: SignalDetail, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.signal(request.who, request.params.id)),
  )
  app.get('/clusters/:id/symptoms', { config, schema: { tags, summary: 'What is wrong with a cluster now', params: ById, response: { 200: SymptomsOf, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.symptomsOn(request.who, request.params.id)),
  )
  app.get('/symptoms', { config, schema: { tags, summary: 'Clusters with which something is wrong now', querystring: InArea, response: { 200: Type.Array(SymptomsOf), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.symptoms(request.who, request.query.area)),
  )
  app.get(
    '/readiness',
    { config, schema: { tags, summary: 'How the sessions of the next 24 hours stand: who is ready, who is not, and why', querystring: Type.Object({ area: Type.Optional(Area), at: Type.Optional(Instant) }, { additionalProperties: false }), response: { 200: Type.Array(ReadinessView), ...refusals } } },
    (request, reply) => answer(reply, handlers.readiness(request.who, request.query)),
  )
}

function addSimRoutes(app: App, handlers: HealthDeskHandlers): void {
  app.get('/sims', { config: { action: 'cluster.read' }, schema: { tags, summary: 'SIM cards with their data, the least left first', querystring: InArea, response: { 200: Type.Array(SimView), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.sims(request.who, request.query.area)),
  )
  app.get('/clusters/:id/sim', { config: { action: 'cluster.read' }, schema: { tags, summary: 'What a cluster’s SIM gives, has used, and is expected to use', params: ById, response: { 200: SimView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.sim(request.who, request.params.id)),
  )
  app.put('/clusters/:id/sim', { config: { action: 'cluster.write' }, schema: { tags, summary: 'Say what a cluster’s SIM gives', params: ById, body: SimPlanBody, response: { 200: SimView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.put(request.who, request.params.id, request.body)),
  )
  app.delete('/clusters/:id/sim', { config: { action: 'cluster.write' }, schema: { tags, summary: 'Forget what a cluster’s SIM gives; its data is not watched any more', params: ById, response: { 200: SimView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.remove(request.who, request.params.id)),
  )
}
