import type { WallMs } from '../../shared/core/clock.ts'
import type { PlannedSlots } from './server-deps.ts'

/** No program is changed so near a session, an opening or an emergency, before it and after it. */
export const QUIET_AROUND_MS = 1_800_000

/** Whether nothing sounds on a cluster, was to sound or is about to, half an hour around an instant. */
export function isQuietAround({ slots, policies }: Pick<PlannedSlots, 'slots' | 'policies'>, now: WallMs): boolean {
  const near = ({ from, to }: { readonly from: number; readonly to: number }): boolean => from - QUIET_AROUND_MS < now && now < to + QUIET_AROUND_MS
  if (slots.some(({ start, end }) => near({ from: start, to: end }))) return false
  return !Object.values(policies).some(({ openings }) => openings.some(near))
}
