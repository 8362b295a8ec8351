const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 30_000

/** How long to wait before the n-th try (from 0): twice as long each time, with chance (0 … 1), so that a village does not come back as one. */
export const retryMs = (n: number, chance: number): number => Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** n) * (0.5 + chance)
