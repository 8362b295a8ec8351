import type { WallMs } from '../../shared/core/clock.ts'
import type { RadioFigures } from '../../shared/core/signal-class.ts'
import type { SelfTestFault } from './self-test.ts'
import type { PresenceRecord } from './stores.ts'
import type { Grown } from './symptoms.ts'

type Refused = PresenceRecord['refused']

/** What happened within the last hour, in memory: rules ask for it every few seconds, and a restart may forget it. */
export interface Lately {
  noteRadio(cluster: string, at: WallMs, radio: RadioFigures): void
  /** Counters since boot, as the cluster reports them. */
  noteRefused(cluster: string, at: WallMs, boot: string | null, refused: Refused): void
  noteUnderruns(cluster: string, at: WallMs, count: number): void
  /** Files of its plan that it lacks, the next due first; at most 16 are told. */
  noteMissing(cluster: string, missing: readonly string[]): void
  missing(cluster: string): readonly string[]
  lastHour(cluster: string, now: WallMs): Grown
  /** What the box's own ear said of items, in the order in which they were due. */
  noteHeard(cluster: string, rows: readonly HeardRow[]): void
  /** Items in a row that were played and not heard, up to the newest that could be judged; null = the newest was heard, or has no ear. */
  unheard(cluster: string): Unheard | null
  /** What its newest self-test found wrong; null takes that back. */
  noteSelfTest(cluster: string, fault: SelfTestFault | null): void
  selfTest(cluster: string): SelfTestFault | null
  /** Median of the last quarter of an hour; null where nothing was told. */
  radio(cluster: string, now: WallMs): RadioFigures | null
}

export interface HeardRow {
  readonly due: WallMs
  readonly verdict: 'heard' | 'not-heard' | 'cannot-tell'
}
export interface Unheard {
  readonly items: number
  readonly since: WallMs
  /** The newest of them. */
  readonly last: WallMs
}

const HOUR_MS = 3_600_000
const RADIO_MS = 900_000
/** A beat every 40 s; one that beats more often drops its oldest. */
const MOST_RADIO = 24
const MOST_COUNTS = 200

interface Of {
  readonly radio: { readonly at: number; readonly figures: RadioFigures }[]
  /** What the counters were, and from when on; the newest last. */
  readonly refused: { readonly at: number; readonly boot: string | null; readonly refused: Refused }[]
  readonly underruns: { readonly at: number; readonly count: number }[]
}

const same = (a: Refused, b: Refused): boolean => JSON.stringify(a) === JSON.stringify(b)

export function createLately(): Lately {
  const known = new Map<string, Of>()
  const lacking = new Map<string, readonly string[]>()
  const silent = new Map<string, Unheard>()
  const faults = new Map<string, SelfTestFault>()
  const of = (cluster: string): Of => {
    const found = known.get(cluster) ?? { radio: [], refused: [], underruns: [] }
    known.set(cluster, found)
    return found
  }
  return {
    noteRadio(cluster, at, figures) {
      const { radio } = of(cluster)
      radio.push({ at, figures })
      while (radio.length > MOST_RADIO || (radio[0] !== undefined && radio[0].at < at - RADIO_MS)) radio.shift()
    },
    noteRefused(cluster, at, boot, refused) {
      const list = of(cluster).refused
      const last = list.at(-1)
      if (last?.boot === boot && same(last.refused, refused)) return
      list.push({ at, boot, refused })
      // one that is older than an hour stays: it is what the counters were then
      while (list.length > MOST_COUNTS || (list[1] !== undefined && list[1].at < at - HOUR_MS)) list.shift()
    },
    noteUnderruns(cluster, at, count) {
      if (count === 0) return
      const list = of(cluster).underruns
      list.push({ at, count })
      while (list.length > MOST_COUNTS || (list[0] !== undefined && list[0].at < at - HOUR_MS)) list.shift()
    },
    noteHeard(cluster, rows) {
      for (const { due, verdict } of rows) {
        const before = silent.get(cluster)
        if (verdict === 'heard') silent.delete(cluster)
        else if (verdict === 'not-heard') silent.set(cluster, { items: (before?.items ?? 0) + 1, since: before?.since ?? due, last: due })
      }
    },
    unheard: (cluster) => silent.get(cluster) ?? null,
    noteSelfTest: (cluster, fault) => void (fault ? faults.set(cluster, fault) : faults.delete(cluster)),
    selfTest: (cluster) => faults.get(cluster) ?? null,
    noteMissing: (cluster, missing) => void (missing.length > 0 ? lacking.set(cluster, missing) : lacking.delete(cluster)),
    missing: (cluster) => lacking.get(cluster) ?? [],
    lastHour(cluster, now) {
      const { refused, underruns } = known.get(cluster) ?? { refused: [], underruns: [] }
      const from = now - HOUR_MS
      return { underruns: underruns.filter(({ at }) => at > from).reduce((sum, { count }) => sum + count, 0), refused: grownSince(refused, from) }
    },
    radio(cluster, now) {
      const recent = (known.get(cluster)?.radio ?? []).filter(({ at }) => at > now - RADIO_MS).map(({ figures }) => figures)
      return recent.length === 0 ? null : [medianOf(recent, 0), medianOf(recent, 1), medianOf(recent, 2), medianOf(recent, 3)]
    },
  }
}

/** What was counted after `from`: over boots, too, since counters begin anew with each. What was there before we looked first is not new. */
function grownSince(list: Of['refused'], from: number): Refused {
  const grown: Record<string, number> = {}
  list.forEach(({ at, boot, refused }, n) => {
    const before = list[n - 1]
    if (at <= from || before === undefined) return
    for (const [reason, count] of Object.entries(refused) as [keyof Refused, number][]) {
      const more = count - (before.boot === boot ? (before.refused[reason] ?? 0) : 0)
      if (more > 0) grown[reason] = (grown[reason] ?? 0) + more
    }
  })
  return grown as Refused
}

function medianOf(list: readonly RadioFigures[], at: 0 | 1 | 2 | 3): number | null {
  const values = list.flatMap((figures) => figures[at] ?? []).sort((a, b) => a - b)
  const middle = values.length >> 1
  const [low, high] = [values[middle - 1], values[middle]]
  if (high === undefined) return null
  return values.length % 2 === 0 && low !== undefined ? (low + high) / 2 : high
}
