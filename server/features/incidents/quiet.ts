import { Type, type Static } from 'typebox'
import { inForce } from '../../../shared/core/area.ts'
import { civilDayNumber, isoWithOffset } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import type { Identity } from '../../core/identity.ts'
import { instantOf } from '../../core/instant.ts'
import { LONGEST_MS, QUIET_KINDS, type QuietKind, type QuietTime } from '../../core/maintenance.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { newId } from './book.ts'
import { badSpan, CLUSTER, NO_SUCH_INSTANT, ONE_PLACE, STORM_IS_OF_AN_AREA, unknownArea } from './refusals.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

export const QuietBody = Type.Object(
  {
    kind: Type.Enum([...QUIET_KINDS], { description: 'maintenance: nothing opens · storm: incidents are kept, nobody is called' }),
    cluster: Type.Optional(Type.String({ maxLength: 20 })),
    area: Type.Optional(Type.String({ maxLength: 40 })),
    from: Type.Optional(Type.String({ maxLength: 40, description: 'ISO 8601; absent = now' })),
    to: Type.String({ maxLength: 40, description: 'ISO 8601; a storm lasts at most 72 hours, maintenance 30 days' }),
    reason: Type.String({ minLength: 1, maxLength: 300, pattern: '\\S' }),
  },
  { additionalProperties: false },
)
export type QuietBody = Static<typeof QuietBody>
export const QuietView = Type.Object({
  id: Type.String(), kind: Type.Enum([...QUIET_KINDS]), cluster: nullable(Type.String()), area: nullable(Type.String()), name: Type.String(),
  from: Type.String(), to: Type.String(), inForce: Type.Boolean(), reason: Type.String(),
})
export type QuietView = Static<typeof QuietView>

export interface QuietHandlers {
  list(who: Identity): QuietView[]
  begin(who: Identity, body: QuietBody): Outcome<QuietView>
  end(who: Identity, id: string): Outcome<{ id: string }>
}

const QUIET = { en: 'maintenance window or storm', vi: 'lịch bảo trì hoặc chế độ bão' }

export function createQuietHandlers(deps: ServerDeps): QuietHandlers {
  const { stores, access, clock } = deps
  const areasOf = ({ cluster, area }: Pick<QuietTime, 'cluster' | 'area'>): readonly string[] => (cluster !== null ? access.areasOfCluster(cluster) : area !== null ? [area] : [])
  const nameOf = ({ cluster, area }: QuietTime): string => {
    const book = access.book()
    return cluster !== null ? (stores.clusters.byId(cluster)?.name ?? cluster) : (book.on(book.merged(area ?? ''))?.name ?? area ?? '')
  }
  const viewOf = (time: QuietTime): QuietView => {
    const { id, kind, cluster, area, from, to, reason } = time
    const now = clock.wall()
    return { id, kind, cluster, area, name: nameOf(time), from: isoWithOffset(from), to: isoWithOffset(to), inForce: from <= now && now < to, reason }
  }
  const placeRefusal = ({ kind, cluster, area }: QuietBody): Refusal | null => {
    if ((cluster === undefined) === (area === undefined)) return ONE_PLACE
    if (kind === 'storm' && area === undefined) return STORM_IS_OF_AN_AREA
    if (area !== undefined && !stores.areas.byCode(area).some((one) => inForce(one, civilDayNumber(clock.wall())))) return unknownArea(area)
    return cluster === undefined || stores.clusters.byId(cluster)?.revokedAt === null ? null : notFound(CLUSTER, cluster).refusal
  }
  const spanOf = ({ kind, from, to }: QuietBody): { readonly from: WallMs; readonly to: WallMs } | Refusal => {
    const now = clock.wall()
    const [begin, end] = [from === undefined ? now : instantOf(from), instantOf(to)]
    if (begin === null) return NO_SUCH_INSTANT('/from')
    if (end === null) return NO_SUCH_INSTANT('/to')
    return end <= begin || end <= now || end - Math.max(begin, now) > LONGEST_MS[kind as QuietKind] || end - begin > LONGEST_MS[kind as QuietKind] ? badSpan(LONGEST_MS[kind as QuietKind] / 3_600_000) : { from: begin, to: end }
  }
  return {
    list(who) {
      const sees = access.sees(who, 'incident.read')
      const seen = (time: QuietTime): boolean => {
        const areas = areasOf(time)
        return areas.length === 0 ? sees(null) : areas.some(sees) || access.concerns(who, 'incident.read')(areas)
      }
      return stores.quietTimes.current(clock.wall()).filter(seen).map(viewOf)
    },
    begin(who, body) {
      const bad = placeRefusal(body)
      if (bad) return refused(bad)
      const place = { cluster: body.cluster ?? null, area: body.area ?? null }
      const refusal = access.refusal(who, 'incident.work', areasOf(place))
      if (refusal) return refused(refusal)
      const span = spanOf(body)
      if ('code' in span) return refused(span)
      const time: QuietTime = { id: newId(deps.random), kind: body.kind, ...place, ...span, reason: body.reason.trim(), actor: who.actor, createdAt: clock.wall() }
      deps.decide({ actor: who.actor, action: `${time.kind}.begin`, subject: time.id, detail: body }, () => stores.quietTimes.insert(time))
      deps.events.tell({ kind: `${time.kind}.begun`, at: clock.wall(), areas: areasOf(time), subject: time.id, detail: { to: time.to, reason: time.reason } })
      return accepted(viewOf(time))
    },
    end(who, id) {
      const time = stores.quietTimes.byId(id)
      if (!time || time.to <= clock.wall()) return notFound(QUIET, id)
      const refusal = access.refusal(who, 'incident.work', areasOf(time))
      if (refusal) return refused(refusal)
      deps.decide({ actor: who.actor, action: `${time.kind}.end`, subject: id }, () => stores.quietTimes.end(id, clock.wall()))
      deps.events.tell({ kind: `${time.kind}.ended`, at: clock.wall(), areas: areasOf(time), subject: id })
      return accepted({ id })
    },
  }
}
