import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { civilDayNumber } from '../../../shared/core/civil.ts'
import { DEFAULT_REACH_M, hornDelays, SOUND_M_PER_S } from '../../../shared/core/horn-delay.ts'
import { audienceOn } from '../../../shared/core/targets.ts'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { accepted, answer, refusals, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord } from '../../core/stores.ts'

/** More than a province has. */
const MAX_REACH_M = 3_000

const Question = Type.Object(
  {
    area: AreaCode,
    /** How far a horn is understood, m, where its box does not say (caps.reachM). */
    reach: Type.Optional(Type.String({ pattern: '^[1-9]\\d{1,3}$', description: 'metres, 10 to 3000' })),
  },
  { additionalProperties: false },
)
const Suggestion = Type.Object({
  area: Type.String(),
  metresPerSecond: Type.Number(),
  clusters: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      reachM: Type.Number(),
      /** As it is set. */
      stagger: Type.Integer(),
      /** Group in which it could speak: horns of one group are out of each other's earshot. */
      suggestedStagger: Type.Integer(),
      /** Wait by which neighbours arrive together on the line where both are equally loud. */
      suggestedDelayMs: Type.Integer(),
      neighbours: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), metres: Type.Integer(), travelMs: Type.Integer(), apartMs: Type.Integer() })),
    }),
  ),
  /** Clusters of the area without coordinates: nothing can be said of them. */
  unplaced: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
})

const reachOf = ({ caps }: ClusterRecord, fallback: number): number => (typeof caps.reachM === 'number' && caps.reachM > 0 && caps.reachM <= MAX_REACH_M ? caps.reachM : fallback)

function suggest({ stores, clock }: Pick<ServerDeps, 'stores' | 'clock'>, area: string, reach: number): Outcome<Record<string, unknown>> {
  const clusters = stores.clusters.active()
  const directory = { areas: stores.areas.all(), groups: stores.groups.all(), memberships: stores.clusters.memberships(), clusters }
  const { clusters: ids, unknown } = audienceOn(directory, civilDayNumber(clock.wall()))({ areas: [area] })
  if (unknown.length > 0) {
    return refused({ status: 422, code: 'unknown-area', field: '/area', en: `There is no area ${area} in force today: correct the code.`, vi: `Không có địa bàn mã ${area}: hãy sửa mã.` })
  }
  const here = clusters.filter(({ id }) => ids.includes(id))
  const byId = new Map(here.map((cluster) => [cluster.id, cluster]))
  const horns = here.flatMap((c) => (c.lat === null || c.lon === null ? [] : [{ id: c.id, lat: c.lat, lon: c.lon, reachM: reachOf(c, reach) }]))
  const named = (id: string): string => byId.get(id)?.name ?? id
  return accepted({
    area,
    metresPerSecond: SOUND_M_PER_S,
    clusters: hornDelays(horns).map(({ id, delayMs, group, neighbours }) => ({
      id, name: named(id), reachM: horns.find((horn) => horn.id === id)?.reachM, stagger: byId.get(id)?.stagger, suggestedStagger: group, suggestedDelayMs: delayMs,
      neighbours: neighbours.map((each) => ({ ...each, name: named(each.id) })),
    })),
    unplaced: here.filter(({ lat, lon }) => lat === null || lon === null).map(({ id, name }) => ({ id, name })),
  })
}

/** Delays between horns, suggested from where they stand. Setting them stays a person's decision. */
export const hornsPlugin =
  (deps: Pick<ServerDeps, 'stores' | 'clock' | 'access'>): FastifyPluginAsyncTypebox =>
  async (app) => {
    const schema = { tags: ['clusters'], summary: 'Suggested delay and group of each horn of an area, from coordinates', querystring: Question, response: { 200: Suggestion, ...refusals } }
    app.get('/clusters/delays', { config: { action: 'cluster.read' }, schema }, (request, reply) => {
      const { area, reach } = request.query
      const refusal = deps.access.refusal(request.who, 'cluster.read', [area])
      // a code that is wrong is told to be wrong
      if (refusal && deps.access.book().on(deps.access.book().merged(area))) return answer(reply, refused(refusal))
      return answer(reply, suggest(deps, area, Math.min(MAX_REACH_M, Number(reach ?? DEFAULT_REACH_M))) as Outcome<never>)
    })
  }
