import { Type, type Static } from 'typebox'
import { inForce } from '../../../shared/core/area.ts'
import { civilDate, dayNumberOf, isoWithOffset } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { Languages } from '../../../shared/core/languages.ts'
import type { Identity } from '../../core/identity.ts'
import type { Action } from '../../core/permissions.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord, NowState } from '../../core/stores.ts'
import { viewsOf, type ClusterView } from './view.ts'

const strict = { additionalProperties: false } as const
const Percent = Type.Integer({ minimum: 0, maximum: 100 })

export const ClusterPatch = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 80, pattern: '\\S', description: '1 to 80 characters, not only spaces' })),
    /** Percent of full scale, before the policy's volume by time of day. */
    volume: Type.Optional(Percent),
    stagger: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
    /** Where the pole stands, degrees (WGS 84); null = not known. Warnings by area and the delay between horns go by it. */
    lat: Type.Optional(Type.Union([Type.Number({ minimum: -90, maximum: 90 }), Type.Null()])),
    lon: Type.Optional(Type.Union([Type.Number({ minimum: -180, maximum: 180 }), Type.Null()])),
    /** Bytes per day that may be downloaded; 0 = no bound. */
    budget: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_099_511_627_776 })),
    /** Languages of the audience, best first; null = as the area says. */
    languages: Type.Optional(Type.Union([Languages, Type.Null()])),
    /** The area from a day on (today where absent). */
    area: Type.Optional(Type.Object({ code: AreaCode, from: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' })) }, strict)),
    mute: Type.Optional(Type.Boolean()),
    /** true: whatever sounds or was due to start by now is over. */
    stop: Type.Optional(Type.Literal(true)),
    /** Volume at once, over everything else; null gives it back to the plan. */
    nowVolume: Type.Optional(Type.Union([Percent, Type.Null()])),
  },
  { ...strict, minProperties: 1 },
)
export type ClusterPatch = Static<typeof ClusterPatch>

const CLUSTER = { en: 'cluster', vi: 'cụm loa' }

export interface ClusterHandlers {
  list(who: Identity): ClusterView[]
  one(who: Identity, id: string): Outcome<ClusterView>
  change(who: Identity, id: string, patch: ClusterPatch): Outcome<ClusterView>
  revoke(who: Identity, id: string): Promise<Outcome<{ id: string; revokedAt: string }>>
}

export function createClusterHandlers(deps: ServerDeps): ClusterHandlers {
  const { clusters } = deps.stores
  const view = (cluster: ClusterRecord): ClusterView => viewsOf(deps, [cluster])[0] as ClusterView
  return {
    list(who) {
      const sees = deps.access.seesCluster(who, 'cluster.read')
      return viewsOf(deps, clusters.active().filter(({ id }) => sees(id)))
    },
    one(who, id) {
      const found = clusters.byId(id)
      if (!found) return notFound(CLUSTER, id)
      const refusal = deps.access.refusal(who, 'cluster.read', deps.access.areasOfCluster(id))
      return refusal ? refused(refusal) : accepted(view(found))
    },
    change(who, id, patch) {
      const before = clusters.byId(id)
      if (!before || before.revokedAt !== null) return notFound(CLUSTER, id)
      const refusal = notAllowed(deps, who, { id, patch }) ?? whyNot(deps, before, patch)
      if (refusal) return refused(refusal)
      deps.decide({ actor: who.actor, action: 'cluster.change', subject: id, detail: patch }, () => apply(deps, before, patch))
      deps.listener.clusterChanged(id)
      return accepted(view(clusters.byId(id) as ClusterRecord))
    },
    async revoke(who, id) {
      const found = clusters.byId(id)
      if (!found) return notFound(CLUSTER, id)
      const refusal = deps.access.refusal(who, 'cluster.enrol', deps.access.areasOfCluster(id))
      if (refusal) return refused(refusal)
      const revokedAt = found.revokedAt ?? deps.clock.wall()
      if (found.revokedAt === null) {
        deps.decide({ actor: who.actor, action: 'cluster.revoke', subject: id, detail: { name: found.name } }, () => clusters.revoke(id, revokedAt))
        deps.listener.clusterChanged(id)
      }
      return (await tellBroker(deps, id)) ? accepted({ id, revokedAt: isoWithOffset(revokedAt) }) : refused(BROKER_AWAY)
    },
  }
}

/** What takes effect at once and leaves nothing behind: a horn that screeches waits for nobody. */
const QUIETENING: ReadonlySet<string> = new Set(['mute', 'stop', 'nowVolume'] satisfies (keyof ClusterPatch)[])

/** Each thing that is changed takes its own right, and whoever moves a cluster needs it in both places. */
function notAllowed({ access }: ServerDeps, who: Identity, { id, patch }: { readonly id: string; readonly patch: ClusterPatch }): Refusal | null {
  const here = access.areasOfCluster(id)
  const actions = new Set(Object.keys(patch).map((field): Action => (QUIETENING.has(field) ? 'cluster.quieten' : 'cluster.write')))
  for (const action of actions) {
    const refusal = access.refusal(who, action, here)
    if (refusal) return refusal
  }
  return patch.area ? access.refusal(who, 'cluster.write', [patch.area.code]) : null
}

const BROKER_AWAY: Refusal = {
  status: 503,
  code: 'broker-away',
  en: 'The cluster is revoked here, but the message broker could not be told to shut it out: revoke it once more when the broker is back.',
  vi: 'Đã thu hồi cụm loa, nhưng chưa báo được cho bộ chuyển tin: hãy thu hồi lại khi bộ chuyển tin hoạt động.',
}

async function tellBroker(deps: ServerDeps, id: string): Promise<boolean> {
  try {
    await deps.brokerAdmin?.revoke(id)
    return true
  } catch (error) {
    deps.log.error({ cluster: id, error: String(error) }, 'the broker did not take the revocation of a cluster')
    return false
  }
}

const tidyName = (name: string): string => name.normalize('NFC').trim()

function whyNot(deps: ServerDeps, before: ClusterRecord, patch: ClusterPatch): Refusal | null {
  const { clusters, areas } = deps.stores
  const other = patch.name === undefined ? null : clusters.byName(tidyName(patch.name))
  if (other && other.id !== before.id) {
    return {
      status: 409,
      code: 'name-taken',
      field: '/name',
      en: `There is already a cluster called "${other.name}": choose another name.`,
      vi: `Đã có cụm loa tên "${other.name}": hãy chọn tên khác.`,
    }
  }
  if (!patch.area) return null
  const from = patch.area.from ?? civilDate(deps.clock.wall())
  const day = dayNumberOf(from)
  if (Number.isNaN(day)) {
    return { status: 400, code: 'no-such-date', field: '/area/from', en: `The date ${from} does not exist: correct the day or the month.`, vi: `Ngày ${from} không có trong lịch: hãy sửa lại ngày hoặc tháng.` }
  }
  if (areas.byCode(patch.area.code).some((area) => inForce(area, day))) return null
  return {
    status: 422,
    code: 'unknown-area',
    field: '/area/code',
    en: `There is no area ${patch.area.code} in force on ${from}: correct the code or the date, or add the area first.`,
    vi: `Không có địa bàn mã ${patch.area.code} vào ngày ${from}: hãy sửa mã hoặc ngày, hoặc thêm địa bàn trước.`,
  }
}

/** The immediate state after the patch; its rev counts up so that a cluster takes it for newer. */
function nowAfter(before: NowState, patch: ClusterPatch, at: WallMs): NowState | null {
  if (patch.mute === undefined && patch.stop === undefined && patch.nowVolume === undefined) return null
  return {
    rev: Math.max(before.rev + 1, at),
    volume: patch.nowVolume === undefined ? before.volume : patch.nowVolume,
    mute: patch.mute ?? before.mute,
    stop: patch.stop === true ? at : before.stop,
    ...(before.live ? { live: before.live } : {}),
    ...(before.frugal ? { frugal: true } : {}),
  }
}

function apply(deps: ServerDeps, before: ClusterRecord, patch: ClusterPatch): void {
  const { clusters } = deps.stores
  const at = deps.clock.wall()
  const { name, volume, stagger, budget, languages, lat, lon } = patch
  clusters.update(before.id, {
    ...(name === undefined ? {} : { name: tidyName(name) }),
    ...(volume === undefined ? {} : { volume }),
    ...(stagger === undefined ? {} : { stagger }),
    ...(budget === undefined ? {} : { budget }),
    ...(languages === undefined ? {} : { languages }),
    ...(lat === undefined ? {} : { lat }),
    ...(lon === undefined ? {} : { lon }),
  })
  if (patch.area) clusters.join(before.id, patch.area.code, patch.area.from ?? civilDate(at))
  const now = nowAfter(before.now, patch, at)
  if (now) clusters.setNow(before.id, now)
}
