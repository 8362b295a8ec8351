import { Type, type Static } from 'typebox'
import { dayNumberOf, isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import type { SlotEvidence } from '../../core/evidence-report.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord } from '../../core/stores.ts'
import { titleBeside } from '../../core/slot-title.ts'
import { SHORTFALL_TEXT } from '../../core/shortfall-text.ts'
import { signalOf, SignalView } from '../clusters/plugin.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

export const EvidenceView = Type.Object({
  slot: Type.String(),
  cluster: Type.String(),
  clusterName: nullable(Type.String()),
  simulated: Type.Boolean({ description: 'true where the cluster says that its modem is made up' }),
  session: nullable(Type.String()),
  item: nullable(Type.String()),
  rung: Type.Union([Type.Literal('planned'), Type.Literal('sent'), Type.Literal('played'), Type.Literal('heard'), Type.Literal('confirmed')]),
  plannedStart: Type.String(),
  plannedEnd: Type.String(),
  plannedSeconds: Type.Number(),
  actualStart: nullable(Type.String()),
  startErrorMs: nullable(Type.Number({ description: 'actual start after the planned one' })),
  seconds: Type.Number({ description: 'sound that the device took' }),
  level: nullable(Type.Number({ description: 'dBFS' })),
  underruns: Type.Integer(),
  clockErrorMs: nullable(Type.Number({ description: 'bound of the cluster’s clock error when it began' })),
  signal: nullable(SignalView),
  stretches: Type.Array(
    Type.Object({ start: Type.String(), seconds: Type.Number(), via: Type.Enum(['file', 'stream', 'substitute', 'line']) }),
    { description: 'what sounded when: a file, the stream of a relay or a microphone, the relay’s substitute, the box’s line input' },
  ),
  lostSeconds: Type.Number({ description: 'of streams: what never came' }),
  reason: nullable(Type.Object({ code: Type.String(), en: Type.String(), vi: Type.String() })),
})
export type EvidenceView = Static<typeof EvidenceView>

export interface EvidenceQuery {
  readonly date: string
  readonly cluster?: string
  readonly offset?: string
  readonly limit?: string
}
export interface EvidencePage {
  readonly rows: EvidenceView[]
  readonly total: number
}
export interface EvidenceHandlers {
  onDay(who: Identity, query: EvidenceQuery): Promise<Outcome<EvidencePage>>
}

/** A day of 3,000 clusters with ten items each fits in two answers; one of 50 clusters always in one. */
export const MAX_ROWS = 20_000

/** A row as screens and inspectors see it. */
export const evidenceView = (stores: ServerDeps['stores'], row: SlotEvidence, cluster: ClusterRecord | undefined): EvidenceView => ({
  slot: row.slot,
  cluster: row.cluster,
  clusterName: cluster?.name ?? null,
  simulated: cluster?.simulated ?? false,
  session: row.planned?.session ?? null,
  item: row.planned?.item ?? titleBeside(stores, row.slot),
  rung: row.rung,
  plannedStart: isoWithOffset(wallMs(row.due)),
  plannedEnd: isoWithOffset(wallMs(row.end)),
  plannedSeconds: (row.end - row.due) / 1000,
  actualStart: row.began === null ? null : isoWithOffset(wallMs(row.began)),
  startErrorMs: row.startErrorMs,
  seconds: row.playedMs / 1000,
  level: row.level,
  underruns: row.underruns,
  clockErrorMs: row.clockErrMs,
  signal: row.radio && signalOf(row.radio),
  stretches: row.stretches.map(({ began, ms, via }) => ({ start: isoWithOffset(wallMs(began)), seconds: ms / 1000, via })),
  lostSeconds: row.lostMs / 1000,
  reason: row.reason && { code: row.reason, ...SHORTFALL_TEXT[row.reason] },
})

export function createEvidenceHandlers(deps: ServerDeps): EvidenceHandlers {
  const { stores } = deps
  return {
    async onDay(who, { date, cluster, offset = '0', limit = String(MAX_ROWS) }) {
      const day = dayNumberOf(date)
      if (Number.isNaN(day)) {
        return refused({ status: 400, code: 'no-such-date', field: 'date', en: `The date ${date} does not exist: write it as 2026-11-23.`, vi: `Ngày ${date} không có trong lịch: hãy ghi như 2026-11-23.` })
      }
      if (cluster !== undefined && !stores.clusters.byId(cluster)) return notFound({ en: 'cluster', vi: 'cụm loa' }, cluster)
      const refusal = cluster === undefined ? null : deps.access.refusal(who, 'station.read', deps.access.areasOfCluster(cluster))
      if (refusal) return refused(refusal)
      const sees = deps.access.seesCluster(who, 'station.read')
      const clusters = new Map(stores.clusters.all().map((cluster) => [cluster.id, cluster]))
      const { headOf } = stores.care.succession.lines()
      const seen = cluster === undefined ? [...clusters.keys()].filter((id) => headOf(id) === id && sees(id)) : [headOf(cluster)]
      // what clusters said within the last second is not on the disk yet
      const revs = new Map(stores.presence.all().map((presence) => [presence.cluster, presence.planRev]))
      const { rows, total } = await deps.reports.run('day', { day, clusters: seen, revs, now: deps.clock.wall(), offset: Number(offset), limit: Math.min(MAX_ROWS, Number(limit)) })
      return accepted({ rows: rows.map((row) => evidenceView(stores, row, clusters.get(row.cluster))), total })
    },
  }
}
