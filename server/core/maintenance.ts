import type { WallMs } from '../../shared/core/clock.ts'

/**
 * `maintenance`: somebody is at work, nothing opens. `storm`: a whole area is down and everybody knows; incidents are
 * kept, but nobody is called for them.
 */
export const QUIET_KINDS = ['maintenance', 'storm'] as const
export type QuietKind = (typeof QUIET_KINDS)[number]

export interface QuietTime {
  readonly id: string
  readonly kind: QuietKind
  /** Either a cluster or an area, and everything in it. */
  readonly cluster: string | null
  readonly area: string | null
  readonly from: WallMs
  readonly to: WallMs
  readonly reason: string
  readonly actor: string
  readonly createdAt: WallMs
}

const HOUR_MS = 3_600_000
/** Nobody is left without a call by something that was forgotten. */
export const LONGEST_MS: Readonly<Record<QuietKind, number>> = { maintenance: 30 * 24 * HOUR_MS, storm: 72 * HOUR_MS }

export interface QuietTimeStore {
  /** That are not over at `now`, the soonest first. */
  current(now: WallMs): QuietTime[]
  byId(id: string): QuietTime | null
  insert(time: QuietTime): void
  /** It is over at `at`. */
  end(id: string, at: WallMs): void
  /** What is not over at `at` and is of a box is of the one that took its place. */
  handOver(from: string, to: string, at: WallMs): void
}

export const isInForce = ({ from, to }: Pick<QuietTime, 'from' | 'to'>, now: WallMs): boolean => from <= now && now < to

/** Does it concern this cluster? `areas`: codes it stands in, the wider ones included. */
export const concerns = (time: Pick<QuietTime, 'cluster' | 'area'>, cluster: string, areas: readonly string[]): boolean =>
  time.cluster === cluster || (time.area !== null && areas.includes(time.area))

/** Clusters for which a kind of quiet holds now. */
export function quietened(kind: QuietKind, times: readonly QuietTime[], members: readonly { readonly cluster: string; readonly areas: readonly string[] }[], now: WallMs): Set<string> {
  const inForce = times.filter((time) => time.kind === kind && isInForce(time, now))
  if (inForce.length === 0) return new Set()
  return new Set(members.filter((m) => inForce.some((time) => concerns(time, m.cluster, m.areas))).map((m) => m.cluster))
}
