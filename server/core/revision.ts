import type { WallMs } from '../../shared/core/clock.ts'

/**
 * The next revision: greater than every one issued before, and than any that an agent is known to hold. Wall time lets
 * a server that was restored from an old copy pass what it had issued since.
 */
export const nextRevision = (issued: number, heldByAgent: number, now: WallMs): number =>
  Math.max(issued + 1, heldByAgent + 1, Math.floor(now))
