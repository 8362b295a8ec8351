import type { WallMs } from '../../shared/core/clock.ts'
import type { Shortfall, SlotEvidence } from './evidence-report.ts'
import { groupBy, verdictOf } from './report-tally.ts'
import { SHORTFALL_TEXT } from './shortfall-text.ts'

/** A cluster that did not air all of a session, why, and whom to call. */
export interface Lacking {
  readonly cluster: string
  readonly name: string
  readonly playedMs: number
  readonly plannedMs: number
  readonly reason: Shortfall | null
  /** The last that is known of its connection. */
  readonly online: boolean
  /** Who looks after it; the number is looked up when it is shown, and to whom. */
  readonly call: { readonly name: string } | null
}

/** kết quả buổi phát: what came of one occurrence of a session in one area. */
export interface SessionResult {
  readonly session: string
  readonly title: string
  readonly occurrence: WallMs
  readonly end: WallMs
  readonly area: string
  readonly areaName: string
  readonly clusters: number
  /** Clusters that aired all of it. */
  readonly whole: number
  /** Clusters that aired some of it. */
  readonly part: number
  readonly plannedMs: number
  /** Of the cluster that aired the most. */
  readonly airedMs: number
  /** Those that lacked something, the worst first. */
  readonly lacking: readonly Lacking[]
}

/** Where clusters stand in no area. */
export const DEFAULT_STATION = 'Đài truyền thanh'

export interface ResultInput {
  readonly session: string
  readonly title: string
  readonly occurrence: WallMs
  readonly area: string
  readonly areaName: string
  readonly slots: readonly SlotEvidence[]
  readonly nameOf: (cluster: string) => string
  readonly isOnline: (cluster: string) => boolean
  readonly callFor: (cluster: string) => Lacking['call']
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
const most = (values: readonly number[]): number => values.reduce((all, value) => Math.max(all, value), 0)

/** The reason that cost the most. */
function worstReason(slots: readonly SlotEvidence[]): Shortfall | null {
  const lost = new Map<Shortfall, number>()
  for (const slot of slots) if (slot.reason) lost.set(slot.reason, (lost.get(slot.reason) ?? 0) + Math.max(1, slot.end - slot.due - slot.playedMs))
  return [...lost].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null
}

/** `slots`: what was planned for this occurrence on the clusters of the area, with what came of it. */
export function resultOf(input: ResultInput): SessionResult {
  const groups = [...groupBy(input.slots, (slot) => slot.cluster)]
  const figures = groups.map(([cluster, slots]) => ({
    cluster, slots, verdict: verdictOf(slots), playedMs: sum(slots.map((s) => s.playedMs)), plannedMs: sum(slots.map((s) => s.end - s.due)),
  }))
  const lacking = figures
    .filter(({ verdict }) => verdict !== 'whole')
    .sort((a, b) => a.playedMs - b.playedMs || (a.cluster < b.cluster ? -1 : 1))
    .map(({ cluster, slots, playedMs, plannedMs }): Lacking => ({
      cluster, name: input.nameOf(cluster), playedMs, plannedMs, reason: worstReason(slots), online: input.isOnline(cluster), call: input.callFor(cluster),
    }))
  const { session, title, occurrence, area, areaName } = input
  return {
    session, title, occurrence, area, areaName,
    end: most(input.slots.map((slot) => slot.end)) as WallMs,
    clusters: groups.length,
    whole: figures.filter(({ verdict }) => verdict === 'whole').length,
    part: figures.filter(({ verdict }) => verdict === 'part').length,
    plannedMs: most(figures.map((f) => f.plannedMs)),
    airedMs: most(figures.map((f) => f.playedMs)),
    lacking,
  }
}

/** `14/14 cụm đã phát`, or how many did not. */
export function resultSentence({ clusters, whole, part }: SessionResult): { readonly vi: string; readonly en: string } {
  const silent = clusters - whole - part
  if (whole === clusters) return { vi: `${clusters}/${clusters} cụm đã phát`, en: `${clusters} of ${clusters} clusters aired all of it` }
  const vi = [part > 0 ? `${part} cụm phát chưa đủ` : '', silent > 0 ? `${silent} cụm không phát` : ''].filter(Boolean).join(', ')
  const en = [part > 0 ? `${part} aired a part` : '', silent > 0 ? `${silent} aired nothing` : ''].filter(Boolean).join(', ')
  return { vi: `${whole + part}/${clusters} cụm đã phát: ${vi}`, en: `${whole + part} of ${clusters} clusters aired: ${en}` }
}

const minutes = (ms: number): string => `${Math.round(ms / 60_000)}`

/** Why one lacked, in one line. */
export function lackSentence({ playedMs, plannedMs, reason }: Lacking): string {
  const much = playedMs > 0 ? `Phát ${minutes(playedMs)}/${minutes(plannedMs)} phút. ` : ''
  return `${much}${reason ? SHORTFALL_TEXT[reason].vi : ''}`.trim()
}
