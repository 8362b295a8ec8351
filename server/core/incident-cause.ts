import type { WallMs } from '../../shared/core/clock.ts'
import { BEAT_INTERVAL_MS } from '../../shared/protocol/messages/beat.ts'

/** What clusters can fall by together, the most telling first where two explain the same. */
export const CAUSE_KINDS = ['cluster', 'cell', 'area', 'carrier', 'station'] as const
export type CauseKind = (typeof CAUSE_KINDS)[number]

export interface Cause {
  readonly kind: CauseKind
  /** Cluster, cell, code of the area, name of the carrier; empty for the whole station. */
  readonly id: string
}

/** One cluster among those that a cause is sought in. */
export interface Member {
  readonly cluster: string
  readonly online: boolean
  /** null = never. */
  readonly lastSeen: WallMs | null
  /** Codes of the areas it stands in, nearest first. */
  readonly areas: readonly string[]
  readonly carrier: string | null
  readonly cell: string | null
}

/** Silent for longer than this although it should have beaten: what is written of it may be 5 s old. */
export const LATE_MS = BEAT_INTERVAL_MS + 11_000
/** At most this share of a group may be well where the group is the cause. */
const MOST_STANDING = 0.2
const FEWEST = { cluster: 1, cell: 2, area: 2, carrier: 3, station: 3 } as const satisfies Record<CauseKind, number>

export const sameCause = (a: Cause, b: Cause): boolean => a.kind === b.kind && a.id === b.id
const keyOf = ({ kind, id }: Cause): string => `${kind} ${id}`

/** Everything a member could fall by together with others, narrow to wide. */
export function causesOf(member: Member): Cause[] {
  return [
    ...(member.cell === null ? [] : [{ kind: 'cell', id: member.cell } as const]),
    ...member.areas.map((id) => ({ kind: 'area', id }) as const),
    ...(member.carrier === null ? [] : [{ kind: 'carrier', id: member.carrier } as const]),
    { kind: 'station', id: '' },
  ]
}
export const isOf = (member: Member, cause: Cause): boolean => (cause.kind === 'cluster' ? member.cluster === cause.id : causesOf(member).some((own) => sameCause(own, cause)))

type Standing = 'fallen' | 'late' | 'well' | 'unknown'

interface Tally {
  readonly cause: Cause
  readonly fallen: string[]
  late: number
  well: number
  size: number
}

export interface Explanation {
  readonly cause: Cause
  readonly clusters: readonly string[]
}

export interface FallenSet {
  readonly fallen: ReadonlySet<string>
  readonly now: WallMs
  /** Whether silence of the others counts: of clusters that lost their link it does, of hot ones it says nothing. */
  readonly bySilence: boolean
  /** Clusters whose loss was told by a last will, not found by their silence. */
  readonly told: ReadonlySet<string>
}

/** The first of the fallen missed a beat by then, so the fault had happened: whoever was heard later stands. */
const fellBy = (members: readonly Member[], fallen: ReadonlySet<string>): number =>
  members.reduce((first, m) => (fallen.has(m.cluster) && m.lastSeen !== null ? Math.min(first, m.lastSeen) : first), Infinity) + BEAT_INTERVAL_MS

function standingsOf(members: readonly Member[], { fallen, now, bySilence, told }: FallenSet): Map<string, Standing> {
  const by = fellBy(members, fallen)
  // a last will is told at once: others that share the cause would have been told of as well
  const atOnce = [...fallen].some((cluster) => told.has(cluster))
  const standing = (m: Member): Standing => {
    if (fallen.has(m.cluster)) return 'fallen'
    if (!m.online || m.lastSeen === null) return 'unknown'
    if (!bySilence) return 'well'
    if (now - m.lastSeen > LATE_MS) return 'late'
    return m.lastSeen > by || atOnce ? 'well' : 'unknown'
  }
  return new Map(members.map((m) => [m.cluster, standing(m)]))
}

function tally(members: readonly Member[], standings: ReadonlyMap<string, Standing>): Tally[] {
  const tallies = new Map<string, Tally>()
  for (const member of members) {
    const standing = standings.get(member.cluster)
    for (const cause of causesOf(member)) {
      const key = keyOf(cause)
      let found = tallies.get(key)
      if (!found) tallies.set(key, (found = { cause, fallen: [], late: 0, well: 0, size: 0 }))
      found.size++
      if (standing === 'fallen') found.fallen.push(member.cluster)
      else if (standing === 'late') found.late++
      else if (standing === 'well') found.well++
    }
  }
  return [...tallies.values()]
}

const explains = ({ cause, fallen, late, well }: Tally): boolean => {
  const down = fallen.length + late
  // two that are merely late are no proof of a third's company
  const enough = fallen.length > 1 ? FEWEST[cause.kind] : FEWEST[cause.kind] + 1
  return fallen.length > 0 && down >= enough && well <= MOST_STANDING * (down + well)
}

/** More of the fallen first, then the narrower group, then the more telling kind. */
const better = (a: Tally, b: Tally): number =>
  b.fallen.length - a.fallen.length || a.size - b.size || CAUSE_KINDS.indexOf(a.cause.kind) - CAUSE_KINDS.indexOf(b.cause.kind)

/**
 * Why these clusters fell: groups of which nearly all members fell, each of the fallen in exactly one, and the rest one
 * by one. A group is judged by those of it of whom something is known since the fall, so that 600 clusters whose beats
 * run out over 40 s are one carrier's failure from the first of them on.
 */
export function explain(set: FallenSet, members: readonly Member[]): Explanation[] {
  const left = new Set(set.fallen)
  const found: Explanation[] = []
  const standings = standingsOf(members, set)
  while (left.size > 0) {
    // what is explained already neither speaks for another group nor against it
    for (const cluster of set.fallen) if (!left.has(cluster)) standings.set(cluster, 'unknown')
    const best = tally(members, standings).filter(explains).sort(better)[0]
    if (!best) break
    found.push({ cause: best.cause, clusters: best.fallen })
    for (const cluster of best.fallen) left.delete(cluster)
  }
  for (const cluster of left) found.push({ cause: { kind: 'cluster', id: cluster }, clusters: [cluster] })
  return found
}
