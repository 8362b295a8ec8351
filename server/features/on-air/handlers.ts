import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import { titleBeside } from '../../core/slot-title.ts'
import { onAirAt, type OnAir } from '../../../shared/core/timeline.ts'
import { becauseText } from '../../core/because-text.ts'
import type { Identity } from '../../core/identity.ts'
import { instantOf } from '../../core/instant.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord } from '../../core/stores.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

export const OnAirView = Type.Object({
  cluster: Type.String(),
  name: Type.String(),
  at: Type.String(),
  do: Type.Union([Type.Literal('play'), Type.Literal('silence')]),
  slot: nullable(Type.String()),
  session: nullable(Type.String()),
  item: nullable(Type.String()),
  offsetMs: nullable(Type.Number({ description: 'position in the item' })),
  until: nullable(Type.String({ description: 'the next instant at which anything changes, as far as the plan tells' })),
  planRev: nullable(Type.Integer()),
  because: Type.Object({ code: Type.String(), en: Type.String(), vi: Type.String() }),
})
export type OnAirView = Static<typeof OnAirView>

/** What sounds now, by the clusters' own word: little enough for a phone that asks each time something changes. */
export const SoundingView = Type.Object({
  clusters: Type.Integer({ description: 'those that whoever asks may see' }),
  online: Type.Integer(),
  sounding: Type.Array(Type.Object({ title: Type.String(), clusters: Type.Integer() }), { description: 'the most clusters first' }),
})
export type SoundingView = Static<typeof SoundingView>

export interface OnAirHandlers {
  now(who: Identity): SoundingView
  at(who: Identity, at: string | undefined, cluster: string | undefined): Outcome<OnAirView[]>
}

const NO_PLAN = {
  code: 'no-plan',
  en: 'The cluster has no plan yet: it gets one within seconds once a session names it.',
  vi: 'Cụm loa chưa có lịch: sẽ nhận trong vài giây sau khi có buổi phát cho cụm này.',
}

export function createOnAirHandlers(deps: ServerDeps): OnAirHandlers {
  const { clusters, presence, planned } = deps.stores
  return {
    now(who) {
      const sees = deps.access.seesCluster(who, 'station.read')
      const seen = clusters.active().filter(({ id }) => sees(id))
      const titles = new Map<string, string>()
      const counts = new Map<string, number>()
      let online = 0
      for (const { id } of seen) {
        const there = presence.byCluster(id)
        if (!there?.online) continue
        online++
        if (!there.playing) continue
        const { slot } = there.playing
        // one look for all that sound the same
        const title = titles.get(slot) ?? planned.one(slot, id)?.item ?? titleBeside(deps.stores, slot) ?? slot
        titles.set(slot, title)
        counts.set(title, (counts.get(title) ?? 0) + 1)
      }
      return { clusters: seen.length, online, sounding: [...counts].map(([title, n]) => ({ title, clusters: n })).sort((a, b) => b.clusters - a.clusters) }
    },
    at(who, text, id) {
      const at = text === undefined ? deps.clock.wall() : instantOf(text)
      if (at === null) {
        return refused({
          status: 400,
          code: 'no-such-instant',
          field: 'at',
          en: `There is no instant ${text}: write it as 2026-11-23T05:30:00+07:00.`,
          vi: `Không có thời điểm ${text}: hãy ghi như 2026-11-23T05:30:00+07:00.`,
        })
      }
      const one = id === undefined ? null : clusters.byId(id)
      if (id !== undefined && (!one || one.revokedAt !== null)) return notFound({ en: 'cluster', vi: 'cụm loa' }, id)
      const refusal = one ? deps.access.refusal(who, 'station.read', deps.access.areasOfCluster(one.id)) : null
      if (refusal) return refused(refusal)
      const sees = deps.access.seesCluster(who, 'station.read')
      const seen = one ? [one] : clusters.active().filter((cluster) => sees(cluster.id))
      return accepted(seen.map((cluster) => viewOf(deps, cluster, at)))
    },
  }
}

function viewOf(deps: ServerDeps, cluster: ClusterRecord, at: WallMs): OnAirView {
  const planned = deps.slotsFor(cluster.id, at)
  const common = { cluster: cluster.id, name: cluster.name, at: isoWithOffset(at) }
  const nothing = { slot: null, session: null, item: null, offsetMs: null }
  if (!planned) return { ...common, ...nothing, do: 'silence', until: null, planRev: null, because: NO_PLAN }
  const onAir = onAirAt(planned.slots, planned.policies, planned.view, at)
  const titleOf = (slot: string): string | null => deps.stores.planned.one(slot, cluster.id)?.item ?? planned.titleOf(slot)
  const because = { code: onAir.because.code, ...becauseText(onAir.because, (slot) => titleOf(slot) ?? slot) }
  const slot = slotOf(onAir)
  return {
    ...common,
    do: onAir.do,
    slot,
    session: planned.slots.find((s) => s.id === slot)?.session ?? null,
    item: slot === null ? null : titleOf(slot),
    offsetMs: onAir.do === 'play' ? onAir.offsetMs : null,
    until: onAir.until === null || !Number.isFinite(onAir.until) ? null : isoWithOffset(onAir.until),
    planRev: planned.rev,
    because,
  }
}

const slotOf = (onAir: OnAir): string | null => (onAir.do === 'play' ? onAir.slot.id : (onAir.because.slot ?? null))
