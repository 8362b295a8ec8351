/** At fewer pieces of 20 ms than this nobody has said anything. */
const LEAST_PIECES = 25
const SOFT_DB = -38
const LOUD_DB = -6

/** What to tell somebody who tried: from the levels (dBFS) of the pieces in which something was said. */
export function judge(levels: readonly number[]): 'silent' | 'soft' | 'loud' | 'good' {
  if (levels.length < LEAST_PIECES) return 'silent'
  const sorted = [...levels].sort((a, b) => a - b)
  const [middle, most] = [sorted[Math.floor(sorted.length / 2)] ?? 0, sorted[Math.floor(sorted.length * 0.95)] ?? 0]
  return most > LOUD_DB ? 'loud' : middle < SOFT_DB ? 'soft' : 'good'
}
