import type { WallMs } from '../../shared/core/clock.ts'
import type { UpdateWhy } from '../../shared/protocol/messages/update.ts'
import type { IncidentKind } from './incident-kinds.ts'
import type { HaltWhy, Rollout, RolloutRow } from './update-store.ts'

/** Of the clusters: one, or one in twenty, goes first; then so many of the hundred with each wave, and the last takes the rest. */
const CANARIES_PERCENT = 5
const WAVES_PERCENT = [15, 30] as const
/** A box that went over and has not settled by then is missing: it restarts in seconds, and its trial lasts minutes. */
export const MISSING_AFTER_MS = 1_200_000
/** A box that runs the release may lose its link for so long without anybody blaming the release. */
export const OFFLINE_AFTER_MS = 300_000
/** A link that is lost later than this after the change is lost for another reason; power cuts come every day. */
export const LINK_BLAMED_MS = 7_200_000
/** What goes wrong with the sound shows in the next session, and that may be tomorrow. */
export const SOUND_BLAMED_MS = 86_400_000
/** Of many clusters a few always fail by themselves; below fifty not one is let pass. */
const LET_PASS = 0.02
/** When nothing of a wave has moved for so long, because its clusters are away or have to save data, another one is taken into it. */
export const STAND_IN_AFTER_MS = 3_600_000
/** A box may go over within so long after it was last told so. */
export const GO_LIVES_MS = 600_000

/** What a box that did not take the release says of the release, and not of itself. */
const BLAMES: ReadonlySet<UpdateWhy> = new Set<UpdateWhy>(['crashed', 'not-well', 'damaged', 'forged', 'malformed'])

/** Incidents that a program can cause, and for how long after the change they are laid to it. What the cell, the SIM or the mains do is no fault of it. */
export const BLAMED_KINDS: Readonly<Partial<Record<IncidentKind, number>>> = {
  offline: LINK_BLAMED_MS, 'silent-in-session': SOUND_BLAMED_MS, 'unauthorised-sound': SOUND_BLAMED_MS, underruns: SOUND_BLAMED_MS, 'refused-orders': SOUND_BLAMED_MS,
  clock: SOUND_BLAMED_MS, 'cache-behind': SOUND_BLAMED_MS, 'disk-full': SOUND_BLAMED_MS,
}

/** How many clusters are in each wave. */
export function waveSizes(clusters: number, canaries?: number): number[] {
  const first = Math.min(clusters, canaries ?? Math.max(1, Math.ceil((clusters * CANARIES_PERCENT) / 100)))
  const sizes = [first]
  let left = clusters - first
  for (const percent of WAVES_PERCENT) {
    const size = Math.min(left, Math.max(1, Math.floor((clusters * percent) / 100)))
    if (size > 0) sizes.push(size)
    left -= size
  }
  if (left > 0) sizes.push(left)
  return sizes
}

/** The wave of each cluster; `clusters` in the order in which they are to go. */
export function inWaves(clusters: readonly string[], canaries?: number): { readonly cluster: string; readonly wave: number }[] {
  const ends = waveSizes(clusters.length, canaries).reduce<number[]>((sums, size) => [...sums, (sums.at(-1) ?? 0) + size], [])
  return clusters.map((cluster, n) => ({ cluster, wave: ends.findIndex((end) => n < end) }))
}

/** What is known of the clusters at this moment. */
export interface RolloutView {
  readonly now: WallMs
  /** null while it is online. */
  offlineSince(cluster: string): WallMs | null
  /** Its SIM has only its reserve left: it fetches nothing until it has more. */
  isSpared(cluster: string): boolean
  /** It was told to go over, and may be under way. */
  toldToGo(cluster: string): boolean
  /** An incident that can be laid to a change at the instant names it. */
  hasIncidentSince(cluster: string, at: WallMs): boolean
  /** Nothing sounds there, or is due or planned to open, half an hour around now, and its SIM has enough. */
  mayGo(cluster: string): boolean
  /** It has sounded something since. */
  soundedSince(cluster: string, at: WallMs): boolean
}

export interface RolloutStep {
  /** What becomes of the rollout; null = it stays as it is. */
  readonly next: { readonly state: 'running' | 'done'; readonly wave: number } | { readonly state: 'halted'; readonly why: HaltWhy; readonly clusters: readonly string[] } | null
  /** Clusters that may go over now. */
  readonly go: readonly string[]
  /** A cluster of a later wave that is taken into this one, of which no other can prove anything. */
  readonly standIn?: string
}

export const isSettled = ({ state }: Pick<RolloutRow, 'state'>): boolean => state === 'done' || state === 'fell-back' || state === 'failed'
const hasGone = ({ state }: Pick<RolloutRow, 'state'>): boolean => state === 'trial' || isSettled({ state })

/** What is wrong with a cluster since it took the release; null = nothing. */
function faultOf(row: RolloutRow, view: RolloutView): HaltWhy | null {
  if (row.excused) return null
  if (row.state === 'fell-back' || (row.state === 'failed' && row.why !== null && BLAMES.has(row.why))) return 'fell'
  const offline = view.offlineSince(row.cluster)
  if (row.state === 'trial') return view.now - row.since > MISSING_AFTER_MS ? 'missing' : null
  // its last word may have been lost with it
  if (row.state === 'ready') return view.toldToGo(row.cluster) && offline !== null && view.now - offline > MISSING_AFTER_MS ? 'missing' : null
  if (row.state !== 'done') return null
  if (view.hasIncidentSince(row.cluster, row.since)) return 'incident'
  return offline !== null && offline > row.since && offline - row.since <= LINK_BLAMED_MS && view.now - offline > OFFLINE_AFTER_MS ? 'offline' : null
}

/** It cannot come now and nothing is wrong with it: it is away, its SIM is spared, or has fetched what it may of a day. */
const isHeld = ({ cluster, why }: RolloutRow, view: RolloutView): boolean => why === 'budget' || view.offlineSince(cluster) !== null || view.isSpared(cluster)

/** Whether the waves so far say that the next may begin. `nothing`: all are settled, and none of the wave runs it. */
function waveStands(rollout: Rollout, begun: readonly RolloutRow[], view: RolloutView): 'wait' | 'well' | 'nothing' {
  const wave = begun.filter((row) => row.wave === rollout.wave)
  const done = wave.filter(({ state }) => state === 'done')
  // one that is held is not waited for: it comes when it can
  const waitsFor = wave.some((row) => !isSettled(row) && (hasGone(row) || view.toldToGo(row.cluster) || !isHeld(row, view)))
  // a person who goes on in spite of it knows why
  if (done.length === 0) return !wave.every(isSettled) ? 'wait' : wave.every(({ excused }) => excused) ? 'well' : 'nothing'
  if (waitsFor) return 'wait'
  const lastDone = Math.max(...begun.filter(({ state }) => state === 'done').map(({ since }) => since))
  if (view.now - lastDone < rollout.healthyMs) return 'wait'
  if (rollout.wave === 0 && rollout.throughSession && !done.some(({ cluster, since }) => view.soundedSince(cluster, since))) return 'wait'
  return 'well'
}

/** Where every cluster of the wave that is not settled has been held for long, and none proves anything: the first of the later ones that could. */
function standInFor(rollout: Rollout, rows: readonly RolloutRow[], view: RolloutView): string | null {
  const wave = rows.filter((row) => row.wave === rollout.wave)
  const heldSince = (row: RolloutRow): number => Math.max(row.since, row.why === 'budget' || view.isSpared(row.cluster) ? 0 : (view.offlineSince(row.cluster) ?? view.now))
  const isStuck = (row: RolloutRow): boolean => isSettled(row) || (!hasGone(row) && !view.toldToGo(row.cluster) && view.now - heldSince(row) > STAND_IN_AFTER_MS)
  if (wave.some(({ state }) => state === 'done') || wave.every(isSettled) || !wave.every(isStuck)) return null
  return rows.filter((row) => row.wave > rollout.wave && !isHeld(row, view)).sort((a, b) => a.wave - b.wave)[0]?.cluster ?? null
}

/** The next step of a rollout that is running. Decides only: asked often, it says the same until something has changed. */
export function stepRollout(rollout: Rollout, rows: readonly RolloutRow[], view: RolloutView): RolloutStep {
  const begun = rows.filter(({ wave }) => wave <= rollout.wave)
  const faults = begun.flatMap((row) => {
    const why = faultOf(row, view)
    return why === null ? [] : [{ cluster: row.cluster, why }]
  })
  const [first] = faults
  if (first && faults.length > Math.floor(begun.filter(hasGone).length * LET_PASS)) {
    return { next: { state: 'halted', why: first.why, clusters: faults.map(({ cluster }) => cluster) }, go: [] }
  }
  const go = begun.filter(({ state, cluster }) => state === 'ready' && view.mayGo(cluster)).map(({ cluster }) => cluster)
  const stands = waveStands(rollout, begun, view)
  if (stands === 'nothing') return { next: { state: 'halted', why: 'nothing-proved', clusters: begun.filter(({ wave }) => wave === rollout.wave).map(({ cluster }) => cluster) }, go: [] }
  if (stands === 'wait') {
    const standIn = standInFor(rollout, rows, view)
    return { next: null, go, ...(standIn === null ? {} : { standIn }) }
  }
  if (rollout.wave + 1 < rollout.waves) return { next: { state: 'running', wave: rollout.wave + 1 }, go }
  return { next: rows.every(isSettled) ? { state: 'done', wave: rollout.wave } : null, go }
}
