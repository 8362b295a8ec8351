import type { WallMs } from '../../shared/core/clock.ts'
import type { StandingKey, StandingSet } from './standing-store.ts'

const DAY_MS = 86_400_000
/** Long enough to find whoever decides, and once more when it is pressing. */
export const WARN_MS = [14 * DAY_MS, 3 * DAY_MS] as const
/** What ended so long ago is no news. */
const STALE_MS = 7 * DAY_MS

/** An armed set or a telephone's key that ends soon, or has ended. */
export interface StandingEnding {
  readonly kind: 'set' | 'key'
  /** Of the set; of a key its public half. */
  readonly id: string
  readonly name: string
  readonly areas: readonly string[]
  readonly endsAt: WallMs
  /** 0 = within a fortnight, 1 = within three days, 2 = over. */
  readonly stage: 0 | 1 | 2
}

/** How near an end is; null while it is far away, and once it is old news. */
export function stageOf(endsAt: WallMs, now: WallMs): StandingEnding['stage'] | null {
  const left = endsAt - now
  if (left <= 0) return left > -STALE_MS ? 2 : null
  return left <= WARN_MS[1] ? 1 : left <= WARN_MS[0] ? 0 : null
}

/** What is to be warned of now: of sets only those that are armed, for the others nobody counts on. */
export function endingsAt(sets: readonly StandingSet[], keys: readonly StandingKey[], now: WallMs): StandingEnding[] {
  const ends = [
    ...sets.flatMap(({ id, name, areas, armedAt, endsAt }) => (armedAt === null || endsAt === null ? [] : [{ kind: 'set' as const, id, name, areas, endsAt }])),
    ...keys.map(({ key, name, areas, endsAt }) => ({ kind: 'key' as const, id: key, name, areas, endsAt })),
  ]
  return ends.flatMap((one) => {
    const stage = stageOf(one.endsAt, now)
    return stage === null ? [] : [{ ...one, stage }]
  })
}

/** Each stage of each end is told once: a new last day begins anew. */
export const endingMark = ({ kind, id, endsAt, stage }: StandingEnding): string => `${kind} ${id} ${endsAt} ${stage}`
