/** At 20 °C. */
export const SOUND_M_PER_S = 343
/** A horn of 25–30 W is still understood about this far away. */
export const DEFAULT_REACH_M = 300

/** A horn and how far it is understood. */
export interface Horn {
  readonly id: string
  /** Degrees. */
  readonly lat: number
  readonly lon: number
  /** m > 0. */
  readonly reachM: number
}
export interface Neighbour {
  readonly id: string
  readonly metres: number
  /** What sound needs from the one to the other, ms. */
  readonly travelMs: number
  /** By how much the two arrive apart on the line where both are equally loud, after the suggested delays, ms. */
  readonly apartMs: number
}
export interface HornDelay {
  readonly id: string
  /** Wait of this horn so that neighbours arrive together where they are equally loud, ms ≥ 0. */
  readonly delayMs: number
  /** Horns of one group are out of each other's earshot: they may speak at the same time, one group after the other. */
  readonly group: number
  /** Nearest first. */
  readonly neighbours: readonly Neighbour[]
}

const EARTH_M = 6_371_000
const rad = (degrees: number): number => (degrees * Math.PI) / 180

interface Place {
  readonly lat: number
  readonly lon: number
}
/** Great-circle distance, m. */
export function distanceM(a: Place, b: Place): number {
  const h = Math.sin(rad(b.lat - a.lat) / 2) ** 2 + Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(rad(b.lon - a.lon) / 2) ** 2
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)))
}

interface Pair {
  readonly other: number
  readonly metres: number
  /** How much later this horn is to begin than the other, s. */
  readonly laterS: number
  readonly weight: number
}

/**
 * Two horns are equally loud where the ways to them are as their reaches. The sound of the stronger one has come the longer way there, so
 * the weaker one waits for it: (its way − mine) / speed of sound.
 */
function pairsOf(horns: readonly Horn[]): Pair[][] {
  const pairs: Pair[][] = horns.map(() => [])
  horns.forEach((a, i) => {
    for (let j = i + 1; j < horns.length; j++) {
      const b = horns[j] as Horn
      const earshot = a.reachM + b.reachM
      // a degree of latitude is never shorter than 110 km: far ones are passed by without trigonometry
      if (Math.abs(a.lat - b.lat) * 110_000 > earshot) continue
      const metres = distanceM(a, b)
      if (metres > earshot) continue
      const laterS = (metres * (b.reachM - a.reachM)) / earshot / SOUND_M_PER_S
      // the more they overlap, the more people hear both
      const weight = 1 - metres / earshot + 0.01
      pairs[i]?.push({ other: j, metres, laterS, weight })
      pairs[j]?.push({ other: i, metres, laterS: -laterS, weight })
    }
  })
  return pairs
}

const ROUNDS = 200

/** Least squares over all pairs, by relaxation from zero: as many rounds as a commune's horns need to settle below a millisecond. */
function settle(pairs: readonly Pair[][]): number[] {
  const waits = pairs.map(() => 0)
  for (let round = 0; round < ROUNDS; round++) {
    pairs.forEach((mine, i) => {
      const weight = mine.reduce((sum, p) => sum + p.weight, 0)
      if (weight > 0) waits[i] = mine.reduce((sum, p) => sum + p.weight * ((waits[p.other] ?? 0) + p.laterS), 0) / weight
    })
  }
  return waits
}

/** Horns that hear each other, directly or through others, wait only as long as one of them does not wait at all. */
function groundEach(pairs: readonly Pair[][], waits: number[]): void {
  const seen = new Set<number>()
  pairs.forEach((_, first) => {
    if (seen.has(first)) return
    const family = [first]
    seen.add(first)
    for (const i of family) {
      for (const { other } of pairs[i] ?? []) {
        if (seen.has(other)) continue
        seen.add(other)
        family.push(other)
      }
    }
    const least = Math.min(...family.map((i) => waits[i] ?? 0))
    for (const i of family) waits[i] = (waits[i] ?? 0) - least
  })
}

/** Greedy colouring, the horn with most neighbours first: no two in earshot share a group. */
function groupsOf(horns: readonly Horn[], pairs: readonly Pair[][]): number[] {
  const groups: number[] = horns.map(() => -1)
  const byNeed = horns.map((_, i) => i).sort((a, b) => (pairs[b]?.length ?? 0) - (pairs[a]?.length ?? 0) || ((horns[a] as Horn).id < (horns[b] as Horn).id ? -1 : 1))
  for (const i of byNeed) {
    const taken = new Set((pairs[i] ?? []).map(({ other }) => groups[other]))
    let group = 0
    while (taken.has(group)) group += 1
    groups[i] = group
  }
  return groups
}

/**
 * What to set for horns that can be heard together: a wait each, that lets neighbours agree on the line between them, or a group each, for speech
 * that is said one group after the other. A suggestion: echoes, hills and wind are known to who stands there. Works for some thousand horns; the answer
 * does not depend on their order.
 */
export function hornDelays(horns: readonly Horn[]): HornDelay[] {
  const sorted = [...horns].sort((a, b) => (a.id < b.id ? -1 : 1))
  const pairs = pairsOf(sorted)
  const waits = settle(pairs)
  groundEach(pairs, waits)
  const groups = groupsOf(sorted, pairs)
  const ms = (seconds: number): number => Math.round(seconds * 1_000)
  return sorted.map(({ id }, i) => ({
    id,
    delayMs: ms(waits[i] ?? 0),
    group: groups[i] ?? 0,
    neighbours: (pairs[i] ?? [])
      .map(({ other, metres, laterS }) => ({
        id: (sorted[other] as Horn).id,
        metres: Math.round(metres),
        travelMs: ms(metres / SOUND_M_PER_S),
        apartMs: Math.abs(ms((waits[i] ?? 0) - (waits[other] ?? 0) - laterS)),
      }))
      .sort((a, b) => a.metres - b.metres || (a.id < b.id ? -1 : 1)),
  }))
}
