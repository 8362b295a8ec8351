/** A tone's edges are heard at this level; dBFS. */
export const HEARD_DB = -40
/** Quiet for this long is the end of a sound, and not a pause within it. */
const GAP_MS = 200
const RATE_PER_MS = 48
const THRESHOLD = 32_768 * 10 ** (HEARD_DB / 20)

/** One sound between silences, wall ms of its first and last sample above HEARD_DB. */
export interface Heard {
  readonly beganMs: number
  readonly endedMs: number
}

/** Finds sounds in 48 kHz PCM that comes in pieces, each with the instant of its first sample. */
export function createListener(heard: (sound: Heard) => void): { take(pcm: Int16Array, atMs: number): void; end(): void } {
  let beganMs: number | null = null
  let loudMs = 0
  const end = (): void => {
    if (beganMs !== null) heard({ beganMs, endedMs: loudMs })
    beganMs = null
  }
  return {
    take(pcm, atMs) {
      for (let i = 0; i < pcm.length; i++) {
        if (Math.abs(pcm[i] as number) <= THRESHOLD) continue
        const now = atMs + i / RATE_PER_MS
        if (beganMs !== null && now - loudMs > GAP_MS) end()
        beganMs ??= now
        loudMs = now
      }
      if (beganMs !== null && atMs + pcm.length / RATE_PER_MS - loudMs > GAP_MS) end()
    },
    end,
  }
}

export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('no value to take a quantile of')
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
}
