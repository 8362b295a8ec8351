import type { WallMs } from '../../shared/core/clock.ts'
import type { SignalVerdict } from '../../shared/core/signal-class.ts'
import type { Unheard } from './lately.ts'
import type { SelfTestFault } from './self-test.ts'
import type { SimStanding } from './sim-standing.ts'
import type { LatestTelemetry, PresenceRecord } from './stores.ts'
import { boxSymptoms } from './symptoms-box.ts'
import { linkSymptoms } from './symptoms-link.ts'
import { soundSymptoms } from './symptoms-sound.ts'

/** What can be wrong with a cluster, as far as figures tell. */
export const SYMPTOM_KINDS = [
  'offline', 'silent-in-session', 'not-heard', 'self-test', 'weak-signal', 'noisy-cell', 'underruns', 'sim-quota', 'sim-expiry', 'power', 'temperature',
  'clock', 'cache-behind', 'disk-full', 'unauthorised-sound', 'refused-orders', 'version-old', 'muted',
] as const
export type SymptomKind = (typeof SYMPTOM_KINDS)[number]

export interface Symptom {
  readonly kind: SymptomKind
  /** `fault`: listeners hear it or soon will; `warning`: it will become one; `info`: worth knowing. */
  readonly severity: 'info' | 'warning' | 'fault'
  /** Since when, as far as is known. */
  readonly since?: WallMs
  /** What was measured; its unit stands in the sentences. */
  readonly figure?: number
  readonly vi: string
  readonly en: string
}

/** Counts that only grow, and what they were an hour ago: what is new counts, not what was long ago. */
export interface Grown {
  readonly underruns: number
  readonly refused: PresenceRecord['refused']
}

/** Everything that is known of one cluster at one instant. What is not known is null: no symptom is made from it. */
export interface ClusterFacts {
  readonly cluster: string
  readonly at: WallMs
  readonly presence: PresenceRecord | null
  readonly telemetry: LatestTelemetry
  /** Of the median over the last quarter of an hour; null without figures. */
  readonly signal: (SignalVerdict & { readonly figures: readonly [number | null, number | null, number | null, number | null] }) | null
  readonly sim: SimStanding | null
  /** What should sound by the timetable at this instant, and since when; null = nothing, or not for long enough to tell. */
  readonly due: { readonly slot: string; readonly since: WallMs } | null
  /** Newest plan that was issued to it; null = none. */
  readonly plan: { readonly rev: number; readonly issuedAt: WallMs } | null
  /** When the next session begins here; null = none is known. */
  readonly nextSession: WallMs | null
  /** Within the last hour. */
  readonly lastHour: Grown
  /** Items in a row that were played and not heard by the box's own ear. */
  readonly unheard: Unheard | null
  /** What its newest self-test found wrong. */
  readonly selfTest: SelfTestFault | null
  /** Newest version of the agent among the clusters. */
  readonly newestAgent: string | null
  /** Muted by an order of the server, and not in a pause. */
  readonly mutedByOrder: boolean
}

/** What is wrong with a cluster now, the worst first. Pure: the same facts give the same symptoms. */
export function symptomsOf(facts: ClusterFacts): Symptom[] {
  const RANK = { fault: 0, warning: 1, info: 2 } as const
  return [...linkSymptoms(facts), ...soundSymptoms(facts), ...boxSymptoms(facts)].sort((a, b) => RANK[a.severity] - RANK[b.severity])
}
