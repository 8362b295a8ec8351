import { Type, type Static } from 'typebox'
import { areaBook, areasOf } from '../../../shared/core/area.ts'
import { civilDayNumber, isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { Languages } from '../../../shared/core/languages.ts'
import { classify } from '../../../shared/core/signal-class.ts'
import type { Area } from '../../../shared/core/timetable.ts'
import type { Radio } from '../../../shared/protocol/messages/beat.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord, LatestTelemetry, PresenceRecord } from '../../core/stores.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const Instant = Type.String({ description: 'ISO 8601 with offset' })
const Figure = nullable(Type.Number())

export const SignalView = Type.Object({
  rsrp: Figure,
  rsrq: Figure,
  sinr: Figure,
  rssi: Figure,
  class: Type.String({ description: 'good, fair, poor, or none where the modem tells nothing' }),
  because: Type.String({ description: 'what decided the class' }),
})
export type SignalView = Static<typeof SignalView>

/** The figures by name, with their class. */
export function signalOf(radio: Radio): SignalView {
  const [rsrp, rsrq, sinr, rssi] = radio
  const verdict = classify(radio)
  return { rsrp, rsrq, sinr, rssi, class: verdict.class, because: verdict.reason }
}

/** One cluster as the API shows it. What is not known is null, never made up. */
export const ClusterView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  area: nullable(Type.Object({ code: Type.String(), name: Type.String() })),
  memberships: Type.Array(Type.Object({ area: Type.String(), from: Type.Optional(Type.String()), to: Type.Optional(Type.String()) })),
  created: Instant,
  revokedAt: nullable(Instant),
  simulated: Type.Boolean({ description: 'true where modem and sound are made up' }),
  volume: Type.Integer(),
  stagger: Type.Integer(),
  budget: Type.Integer({ description: 'bytes per day that may be downloaded, 0 = no bound' }),
  languages: Type.Union([Languages, Type.Null()]),
  lat: nullable(Type.Number()),
  lon: nullable(Type.Number()),
  now: Type.Object({ rev: Type.Integer(), volume: nullable(Type.Integer()), mute: Type.Boolean(), stop: nullable(Instant) }),
  online: Type.Boolean(),
  since: nullable(Instant),
  lastSeen: nullable(Instant),
  agent: nullable(Type.String()),
  plan: Type.Object({
    rev: nullable(Type.Integer({ description: 'newest plan that the server issued' })),
    reportedRev: nullable(Type.Integer({ description: 'plan that the cluster says it follows' })),
    to: nullable(Instant),
  }),
  cache: nullable(Type.Object({ held: Type.Integer(), due: Type.Integer() })),
  playing: nullable(Type.Object({ slot: Type.String(), item: nullable(Type.String()), session: nullable(Type.String()), since: Instant })),
  signal: nullable(SignalView),
  bufferMs: nullable(Type.Integer()),
  rttMs: nullable(Type.Integer()),
  level: nullable(Type.Number({ description: 'dBFS' })),
  clock: nullable(
    Type.Object({
      trusted: Type.Boolean(),
      errMs: Type.Optional(Type.Number()),
      offsetMs: Type.Optional(Type.Number()),
      driftPpm: Type.Optional(Type.Number()),
    }),
  ),
  refused: Type.Record(Type.String(), Type.Integer()),
  health: nullable(Type.Unknown({ description: 'the newest health document, see PROTOCOL.md' })),
})
export type ClusterView = Static<typeof ClusterView>

const iso = (at: number | null): string | null => (at === null ? null : isoWithOffset(wallMs(at)))

interface Surroundings {
  readonly planRev: number | null
  readonly presence: PresenceRecord | null
  readonly telemetry: LatestTelemetry
  readonly memberships: ClusterView['memberships']
  readonly area: Area | null
  readonly playing: ClusterView['playing']
}

function viewOf(cluster: ClusterRecord, around: Surroundings): ClusterView {
  const { presence, telemetry } = around
  const { beat, health } = telemetry
  const radio = beat?.r ?? health?.radio?.figures ?? null
  const online = presence?.online ?? false
  return {
    id: cluster.id,
    name: cluster.name,
    area: around.area && { code: around.area.code, name: around.area.name },
    memberships: around.memberships,
    created: isoWithOffset(cluster.created),
    revokedAt: iso(cluster.revokedAt),
    simulated: cluster.simulated || health?.simulated === true,
    volume: cluster.volume,
    stagger: cluster.stagger,
    budget: cluster.budget,
    languages: cluster.languages === null ? null : [...cluster.languages],
    lat: cluster.lat,
    lon: cluster.lon,
    now: { rev: cluster.now.rev, volume: cluster.now.volume, mute: cluster.now.mute, stop: iso(cluster.now.stop) },
    online,
    since: iso(presence?.since ?? null),
    lastSeen: iso(presence?.lastSeen ?? null),
    agent: presence?.agent ?? health?.agent ?? null,
    plan: { rev: around.planRev, reportedRev: presence?.planRev ?? null, to: presence && presence.planTo > 0 ? iso(presence.planTo) : null },
    cache: presence && { held: presence.held, due: presence.dueFiles },
    // what an absent cluster plays now is not known
    playing: online ? around.playing : null,
    signal: radio && signalOf(radio),
    bufferMs: beat?.b ?? null,
    rttMs: beat?.l ?? null,
    level: beat?.v === undefined ? null : beat.v / 10,
    clock: presence?.clock ?? health?.clock ?? null,
    refused: presence?.refused ?? {},
    health,
  }
}

/** Views of clusters, newest figures included; reads every table once however many clusters there are. */
export function viewsOf(deps: Pick<ServerDeps, 'stores' | 'clock'>, clusters: readonly ClusterRecord[]): ClusterView[] {
  const { stores } = deps
  const now: WallMs = deps.clock.wall()
  const today = civilDayNumber(now)
  const book = areaBook(stores.areas.all(), today)
  const byCluster = new Map<string, ReturnType<typeof stores.clusters.memberships>>()
  for (const m of stores.clusters.memberships()) byCluster.set(m.cluster, [...(byCluster.get(m.cluster) ?? []), m])
  const presence = new Map(stores.presence.all().map((p) => [p.cluster, p]))
  const plans = new Map(stores.plans.allCurrent().map((p) => [p.cluster, p.rev]))
  const telemetry = stores.telemetry.allLatest()
  const playingOf = (cluster: string, playing: PresenceRecord['playing'] | undefined): ClusterView['playing'] => {
    if (!playing) return null
    const planned = stores.planned.one(playing.slot, cluster)
    return { slot: playing.slot, item: planned?.item ?? null, session: planned?.session ?? null, since: isoWithOffset(wallMs(playing.since)) }
  }
  return clusters.map((cluster) => {
    const own = byCluster.get(cluster.id) ?? []
    const [code] = areasOf(cluster.id, own, today)
    return viewOf(cluster, {
      planRev: plans.get(cluster.id) ?? null,
      presence: presence.get(cluster.id) ?? null,
      telemetry: telemetry.get(cluster.id) ?? { beat: null, beatAt: null, health: null, healthAt: null },
      memberships: own.map(({ cluster: _, ...membership }) => membership),
      area: (code === undefined ? undefined : book.on(book.merged(code))) ?? null,
      playing: playingOf(cluster.id, presence.get(cluster.id)?.playing),
    })
  })
}
