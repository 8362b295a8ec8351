import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { DELIVERY_STATES } from '../../shared/protocol/messages/delivery.ts'
import type { DeliveryRow, Verdict } from './emergency.ts'
import type { EmergencyClusterRow, HeardState } from './emergency-record.ts'

/** A cluster of which nothing was heard for so long is called unreached; it may still answer. */
export const UNREACHED_AFTER_MS = 30_000

const STEP = new Map(DELIVERY_STATES.map((state, n) => [state, n]))

/**
 * Which of two answers counts: the newer revision, then the newer instant, then the one that is further on. `received` alone is
 * no news of a cluster that has told more before.
 */
export function newerState(known: HeardState | null, said: HeardState): HeardState {
  if (!known) return said
  if (said.state === 'received' && known.state !== 'received') return known
  if (known.state === 'received' && said.state !== 'received' && said.rev >= known.rev) return said
  const later = said.rev - known.rev || said.at - known.at || (STEP.get(said.state) ?? 0) - (STEP.get(known.state) ?? 0)
  return later > 0 ? said : known
}

export interface VerdictContext {
  readonly acceptedAt: WallMs
  readonly now: WallMs
  readonly nameOf: (cluster: string) => string
}

/** What can be said of a cluster now. Only its own word makes it sound. */
export function verdictOf(heard: HeardState | null, { acceptedAt, now }: Pick<VerdictContext, 'acceptedAt' | 'now'>): { readonly verdict: Verdict; readonly at: WallMs } {
  if (heard) return { verdict: heard.state, at: heard.at }
  const lost = wallMs(acceptedAt + UNREACHED_AFTER_MS)
  return now >= lost ? { verdict: 'unreached', at: lost } : { verdict: 'ordered', at: acceptedAt }
}

export function deliveryRow(row: EmergencyClusterRow, context: VerdictContext): DeliveryRow {
  const { verdict, at } = verdictOf(row.heard, context)
  return { cluster: row.cluster, name: context.nameOf(row.cluster), verdict, at, level: row.heard?.level ?? null, why: row.heard?.why ?? null, correctedAt: row.correctedAt }
}

/** It is done with everywhere: each cluster has sounded it to its end, or has been stopped for its own place. */
export const finishedEverywhere = (rows: readonly EmergencyClusterRow[]): boolean =>
  rows.length > 0 && rows.every(({ heard, rev, stopped }) => stopped !== null || (heard?.state === 'finished' && heard.rev >= rev))
