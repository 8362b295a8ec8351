import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { Clock } from '../../../shared/core/clock.ts'
import { Targets } from '../../../shared/core/timetable.ts'
import { NOT_YOURS, type Access } from '../../core/access.ts'
import type { Identity } from '../../core/identity.ts'
import type { Action } from '../../core/permissions.ts'
import { isOver, type Live, type LiveBroadcast, type LiveRow } from '../../core/live-book.ts'
import { noBroadcast } from '../../core/live-refusals.ts'
import { accepted, answer, refusals, refused, Sentence, type Outcome, type Refusal } from '../../core/refusal.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

export const PlayNow = Type.Object(
  {
    programme: Type.String({ minLength: 1, maxLength: 40, description: 'as in the list of programmes' }),
    targets: Targets,
    title: Type.Optional(Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' })),
    /** Absent = with the station's chime before and after. */
    chime: Type.Optional(Type.Boolean()),
  },
  strict,
)
export type PlayNow = Static<typeof PlayNow>

export const LiveView = Type.Object({
  id: Type.String(),
  kind: Type.Union([Type.Literal('voice'), Type.Literal('urgent'), Type.Literal('programme')]),
  title: Type.String(),
  programme: nullable(Type.String()),
  actor: Type.String(),
  state: Type.Union([Type.Literal('waiting'), Type.Literal('sounding'), Type.Literal('ended')], { description: 'sounding: at least one cluster plays it, by its own word' }),
  at: Type.String(),
  to: Type.String(),
  sounding: Type.Integer(),
  online: Type.Integer(),
  clusters: Type.Integer(),
})
export type LiveView = Static<typeof LiveView>
const BegunView = Type.Object({ ...LiveView.properties, skipped: Type.Array(Type.Object({ cluster: Type.String(), name: Type.String(), because: Sentence })), warnings: Type.Array(Sentence) })
const RowView = Type.Object({
  cluster: Type.String(),
  name: Type.String(),
  state: Type.String({ description: 'ordered, received, waiting, sounding, finished, failed, ended' }),
  at: nullable(Type.String()),
  level: nullable(Type.Number({ description: 'dBFS' })),
  why: nullable(Type.String()),
  online: Type.Boolean(),
})
const WithRows = Type.Object({ ...LiveView.properties, rows: Type.Array(RowView) })

export interface LiveRouteDeps {
  readonly live: Live
  readonly clock: Clock
  readonly titleOf: (programme: string) => string | null
  /** Why somebody may not use a programme: it is another commune's and not shared. null when they may. */
  readonly notTheirs: (who: Identity, programme: string) => Refusal | null
  readonly access: Access
}

/** A broadcast that `who` may do something with: whoever began it may, and whoever may everywhere it sounds. */
function allowed({ live, access }: LiveRouteDeps, who: Identity, action: Action, id: string): Outcome<LiveBroadcast> {
  const found = live.byId(id)
  if (!found) return noBroadcast(id)
  const refusal = found.actor === who.actor ? null : access.refusal(who, action, access.areasOfClusters(found.clusters))
  return refusal ? refused(refusal) : accepted(found)
}
/** To look on it is enough that it sounds at one place of theirs. */
const isSeenBy = ({ access }: LiveRouteDeps, who: Identity) => {
  const sees = access.seesCluster(who, 'station.read')
  return ({ actor, clusters }: LiveBroadcast): boolean => actor === who.actor || clusters.some(sees)
}

const viewOf = ({ live, clock }: LiveRouteDeps, b: LiveBroadcast): LiveView => {
  const { sounding, online, total } = live.count(b.id)
  return {
    id: b.id, kind: b.kind, title: b.title, programme: b.programme, actor: b.actor, at: isoWithOffset(b.at), to: isoWithOffset(b.to), online, clusters: total, sounding,
    state: isOver(b, clock.wall()) ? 'ended' : sounding > 0 ? 'sounding' : 'waiting',
  }
}
const rowView = (row: LiveRow): Static<typeof RowView> => ({ ...row, at: row.at === null ? null : isoWithOffset(row.at) })

function playNow(deps: LiveRouteDeps, who: Identity, { programme, targets, title, chime }: PlayNow): Outcome<Static<typeof BegunView>> {
  const refusal = deps.access.refusal(who, 'live.speak', deps.access.areasOfTargets(targets)) ?? deps.notTheirs(who, programme)
  if (refusal) return refused(refusal)
  const name = title?.normalize('NFC').trim() ?? deps.titleOf(programme) ?? programme
  const begun = deps.live.begin({ title: name, targets, sound: { kind: 'programme', programme }, chime: chime ?? true, authority: 1, actor: who.actor })
  if (!begun.ok) return begun
  return accepted({ ...viewOf(deps, begun.value.broadcast), skipped: [...begun.value.skipped], warnings: [...begun.value.warnings] })
}

export function addLiveRoutes(app: App, deps: LiveRouteDeps): void {
  const { live } = deps
  const tags = ['live']
  const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-z]{4,16}$' }) })
  app.get('/live', { config: { action: 'station.read' }, schema: { tags, summary: 'Live broadcasts under way', response: { 200: Type.Array(LiveView), ...refusals } } }, (request) => live.list('under-way').filter(isSeenBy(deps, request.who)).map((b) => viewOf(deps, b)))
  app.post('/live', { config: { action: 'live.speak' }, schema: { tags, summary: 'Play a programme now', body: PlayNow, response: { 201: BegunView, ...refusals } } }, (request, reply) => answer(reply, playNow(deps, request.who, request.body), 201))
  app.get('/live/:id', { config: { action: 'station.read' }, schema: { tags, summary: 'One live broadcast, with every cluster', params: ById, response: { 200: WithRows, ...refusals } } }, (request, reply) => {
    const found = live.byId(request.params.id)
    if (found && !isSeenBy(deps, request.who)(found)) return answer(reply, refused(NOT_YOURS))
    return answer(reply, found ? accepted({ ...viewOf(deps, found), rows: live.board(found.id).map(rowView) }) : noBroadcast(request.params.id))
  })
  app.post('/live/:id/end', { config: { action: 'live.stop' }, schema: { tags, summary: 'End it now; the closing chime follows', params: ById, response: { 200: LiveView, ...refusals } } }, (request, reply) => {
    const found = allowed(deps, request.who, 'live.stop', request.params.id)
    const ended = found.ok ? live.end(found.value.id, { at: null, actor: request.who.actor }) : found
    return answer(reply, ended.ok ? accepted(viewOf(deps, ended.value)) : ended)
  })
}
