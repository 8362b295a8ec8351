import type { Cell, ClusterFigures, DayLoad, Tally } from './report-tally.ts'

/** A tally as it is kept: JSON without the names, a third of the length. */
interface Written {
  readonly c: Record<string, readonly number[]>
  readonly s: readonly number[]
  readonly k: Record<string, readonly number[]>
  readonly r: Tally['reasons']
  readonly d: Record<string, readonly number[]>
}

const mapped = <A, B>(of: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]))

const cellIn = (c: Cell): number[] => [c.items, c.plannedMs, c.airedMs, c.slots, c.slotPlannedMs, c.slotPlayedMs, c.substituteMs, c.lostMs, c.underruns, c.late, ...c.rungs]
function cellOut([items = 0, plannedMs = 0, airedMs = 0, slots = 0, slotPlannedMs = 0, slotPlayedMs = 0, substituteMs = 0, lostMs = 0, underruns = 0, late = 0, ...rungs]: readonly number[]): Cell {
  return { items, plannedMs, airedMs, slots, slotPlannedMs, slotPlayedMs, substituteMs, lostMs, underruns, late, rungs }
}
const clusterIn = (k: ClusterFigures): number[] => [k.days, k.daysReached, k.sessions, k.sessionsWhole, k.sessionsPart, k.slots, k.slotsPlayed, k.plannedMs, k.playedMs]
function clusterOut([days = 0, daysReached = 0, sessions = 0, sessionsWhole = 0, sessionsPart = 0, slots = 0, slotsPlayed = 0, plannedMs = 0, playedMs = 0]: readonly number[]): ClusterFigures {
  return { days, daysReached, sessions, sessionsWhole, sessionsPart, slots, slotsPlayed, plannedMs, playedMs }
}
const loadIn = (d: DayLoad): number[] => [d.sessions, d.plannedMs, d.airedMs, d.longestMs]
const loadOut = ([sessions = 0, plannedMs = 0, airedMs = 0, longestMs = 0]: readonly number[]): DayLoad => ({ sessions, plannedMs, airedMs, longestMs })

export function writeTally({ cells, sessions, clusters, reasons, days }: Tally): string {
  const written: Written = {
    c: mapped(cells, cellIn),
    s: [sessions.planned, sessions.whole, sessions.part, sessions.none],
    k: mapped(clusters, clusterIn),
    r: reasons,
    d: mapped(days, loadIn),
  }
  return JSON.stringify(written)
}

/** Of a text that `writeTally` wrote. */
export function readTally(text: string): Tally {
  const { c, s, k, r, d } = JSON.parse(text) as Written
  const [planned = 0, whole = 0, part = 0, none = 0] = s
  return { cells: mapped(c, cellOut), sessions: { planned, whole, part, none }, clusters: mapped(k, clusterOut), reasons: r, days: mapped(d, loadOut) }
}
