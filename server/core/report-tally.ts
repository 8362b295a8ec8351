import { REPORT_GRACE_MS, RUNGS, type Shortfall, type SlotEvidence } from './evidence-report.ts'
import { besideSource, PLAIN_NATURE, type ContentClass, type Source } from './report-nature.ts'

/** What was planned and what came of it, for one kind of content. Times in ms. */
export interface Cell {
  /** Items of the timetable, each once however many clusters had it; of live broadcasts and emergencies: those that sounded. */
  readonly items: number
  /** By the longest of the clusters: what the station had to air, and aired. */
  readonly plannedMs: number
  readonly airedMs: number
  /** Items × clusters. */
  readonly slots: number
  readonly slotPlannedMs: number
  readonly slotPlayedMs: number
  /** Slots by the highest rung reached, in order of RUNGS. */
  readonly rungs: readonly number[]
  /** Of relays: ms that a substitute sounded, over all clusters. */
  readonly substituteMs: number
  readonly lostMs: number
  readonly underruns: number
  /** Slots that began more than two seconds late. */
  readonly late: number
}

/** Of one cluster. */
export interface ClusterFigures {
  /** Days on which something was planned; on which something planned was heard of it. */
  readonly days: number
  readonly daysReached: number
  readonly sessions: number
  readonly sessionsWhole: number
  /** Something, but less than all. */
  readonly sessionsPart: number
  readonly slots: number
  readonly slotsPlayed: number
  readonly plannedMs: number
  readonly playedMs: number
}

/** What an area's caps bound, of one civil day: at the place where the most was planned. */
export interface DayLoad {
  readonly sessions: number
  readonly plannedMs: number
  readonly airedMs: number
  readonly longestMs: number
}

export interface SessionFigures {
  readonly planned: number
  /** On every cluster, from the first to the last second. */
  readonly whole: number
  /** Somewhere something was missing. */
  readonly part: number
  /** Nowhere anything. */
  readonly none: number
}

/** Sums over clusters and days of one station; they add up. Keys of `cells`: `source|class|language`. */
export interface Tally {
  readonly cells: Readonly<Record<string, Cell>>
  readonly sessions: SessionFigures
  readonly clusters: Readonly<Record<string, ClusterFigures>>
  /** Why less was played than planned: slots, and the ms that are missing. */
  readonly reasons: Readonly<Record<string, readonly [slots: number, ms: number]>>
  /** By civil day (days since 1970). */
  readonly days: Readonly<Record<string, DayLoad>>
}

export const NO_SESSIONS: SessionFigures = { planned: 0, whole: 0, part: 0, none: 0 }
export const EMPTY_TALLY: Tally = { cells: {}, sessions: NO_SESSIONS, clusters: {}, reasons: {}, days: {} }

/** Beginning later than this is told; the clock of a box on its own may be off by as much. */
const LATE_MS = 2_000

export interface TallyInput {
  /** Civil day, days since 1970. */
  readonly day: number
  readonly now: number
  /** Whether content that belongs to an area is the station's own. */
  readonly isOwn: (owner: string) => boolean
}

/** What a slot counts as. */
export function kindOf(slot: SlotEvidence, isOwn: TallyInput['isOwn']): { readonly source: Source; readonly class: ContentClass; readonly language: string } {
  const { planned } = slot
  const beside = planned ? null : besideSource(slot.slot)
  if (beside) return { source: beside, class: beside === 'emergency' ? 'emergency' : 'normal', language: 'vi' }
  const nature = planned?.nature ?? PLAIN_NATURE
  return { source: sourceOf(slot, isOwn), class: nature.class, language: nature.language }
}

function sourceOf({ planned }: SlotEvidence, isOwn: TallyInput['isOwn']): Source {
  const { owner, origin } = planned?.nature ?? PLAIN_NATURE
  if (planned?.stream || origin === 'relay') return 'relay'
  if (origin === 'bulletin') return 'bulletin'
  return origin === 'shared' || (owner !== null && !isOwn(owner)) ? 'shared' : 'own'
}

/** Whether a slot is over, so that its absence says something. */
export const isSettled = (slot: Pick<SlotEvidence, 'end'>, now: number): boolean => slot.end + REPORT_GRACE_MS <= now

type Growing<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Adds up one civil day of one station. What is not over at `now` is left out; `next` is when the first of it will be over
 * (null = nothing is left out).
 */
export function tallyDay(slots: readonly SlotEvidence[], { day, now, isOwn }: TallyInput): { readonly tally: Tally; readonly next: number | null } {
  const settled = slots.filter((slot) => isSettled(slot, now))
  const waiting = slots.filter((slot) => !isSettled(slot, now)).map((slot) => slot.end + REPORT_GRACE_MS)
  const bySlot = groupBy(settled, (slot) => slot.slot)
  const cells: Record<string, Growing<Cell>> = {}
  for (const [, same] of bySlot) {
    const kind = kindOf(same[0] as SlotEvidence, isOwn)
    const key = `${kind.source}|${kind.class}|${kind.language}`
    // languages differ from cluster to cluster: the item counts where it is found first, its slots where they are
    for (const [own, group] of groupBy(same, (slot) => languageKey(slot, isOwn))) cells[own] = addCells(cells[own], cellOf(group, own === key ? same : null))
  }
  const clusters: Record<string, ClusterFigures> = {}
  for (const [cluster, own] of groupBy(settled, (slot) => slot.cluster)) clusters[cluster] = figuresOf(own)
  return {
    tally: { cells, sessions: sessionsOf(settled), clusters, reasons: reasonsOf(settled), days: { [day]: loadOf(settled) } },
    next: waiting.length === 0 ? null : Math.min(...waiting),
  }
}

function languageKey(slot: SlotEvidence, isOwn: TallyInput['isOwn']): string {
  const { source, class: of, language } = kindOf(slot, isOwn)
  return `${source}|${of}|${language}`
}

export function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const key = keyOf(value)
    const known = groups.get(key)
    if (known) known.push(value)
    else groups.set(key, [value])
  }
  return groups
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number => values.reduce((all, value) => all + of(value), 0)
const most = <T>(values: readonly T[], of: (value: T) => number): number => values.reduce((all, value) => Math.max(all, of(value)), 0)
/** What stood in no timetable was not planned either. */
const plannedMsOf = (slot: SlotEvidence): number => (slot.planned ? slot.end - slot.due : 0)

/** `item`: the same item on all clusters, where it counts here; null where it counts elsewhere. */
function cellOf(slots: readonly SlotEvidence[], item: readonly SlotEvidence[] | null): Cell {
  const counts = item?.some((slot) => slot.planned !== null || slot.playedMs > 0) === true
  return {
    items: counts ? 1 : 0,
    plannedMs: most(item ?? [], plannedMsOf),
    airedMs: most(item ?? [], (slot) => slot.playedMs),
    slots: slots.length,
    slotPlannedMs: sum(slots, plannedMsOf),
    slotPlayedMs: sum(slots, (slot) => slot.playedMs),
    rungs: RUNGS.map((rung) => slots.filter((slot) => slot.rung === rung).length),
    substituteMs: sum(slots, (slot) => sum(slot.stretches, ({ via, ms }) => (via === 'substitute' ? ms : 0))),
    lostMs: sum(slots, (slot) => slot.lostMs),
    underruns: sum(slots, (slot) => slot.underruns),
    late: slots.filter((slot) => (slot.startErrorMs ?? 0) > LATE_MS).length,
  }
}

const sessionKey = ({ planned }: SlotEvidence): string => `${planned?.occurrence} ${planned?.session}`
const isWhole = (slot: SlotEvidence): boolean => slot.reason === null && slot.playedMs > 0

/** How much of one occurrence sounded on the clusters at hand. */
export function verdictOf(slots: readonly SlotEvidence[]): 'whole' | 'part' | 'none' {
  if (slots.every(isWhole)) return 'whole'
  return slots.some((slot) => slot.playedMs > 0) ? 'part' : 'none'
}

function sessionsOf(settled: readonly SlotEvidence[]): SessionFigures {
  const verdicts = [...groupBy(settled.filter((slot) => slot.planned), sessionKey).values()].map(verdictOf)
  const count = (verdict: string): number => verdicts.filter((one) => one === verdict).length
  return { planned: verdicts.length, whole: count('whole'), part: count('part'), none: count('none') }
}

function figuresOf(own: readonly SlotEvidence[]): ClusterFigures {
  const planned = own.filter((slot) => slot.planned)
  const { planned: sessions, whole, part } = sessionsOf(own)
  const played = planned.filter((slot) => slot.playedMs > 0)
  return {
    days: planned.length > 0 ? 1 : 0,
    daysReached: played.length > 0 ? 1 : 0,
    sessions, sessionsWhole: whole, sessionsPart: part,
    slots: planned.length,
    slotsPlayed: played.length,
    plannedMs: sum(planned, plannedMsOf),
    playedMs: sum(planned, (slot) => slot.playedMs),
  }
}

function reasonsOf(settled: readonly SlotEvidence[]): Tally['reasons'] {
  const reasons: Record<string, [number, number]> = {}
  for (const slot of settled) {
    if (!slot.planned || slot.reason === null) continue
    const [slots, ms] = reasons[slot.reason] ?? [0, 0]
    reasons[slot.reason satisfies Shortfall] = [slots + 1, ms + Math.max(0, plannedMsOf(slot) - slot.playedMs)]
  }
  return reasons
}

function loadOf(settled: readonly SlotEvidence[]): DayLoad {
  const planned = settled.filter((slot) => slot.planned)
  const load = { sessions: 0, plannedMs: 0, airedMs: 0, longestMs: 0 }
  for (const own of groupBy(planned, (slot) => slot.cluster).values()) {
    const sessions = [...groupBy(own, sessionKey).values()].map((slots) => sum(slots, plannedMsOf))
    load.sessions = Math.max(load.sessions, sessions.length)
    load.plannedMs = Math.max(load.plannedMs, sum(own, plannedMsOf))
    load.airedMs = Math.max(load.airedMs, sum(own, (slot) => slot.playedMs))
    load.longestMs = Math.max(load.longestMs, ...sessions)
  }
  return load
}

export function addCells(a: Cell | undefined, b: Cell): Cell {
  if (!a) return b
  return {
    items: a.items + b.items, plannedMs: a.plannedMs + b.plannedMs, airedMs: a.airedMs + b.airedMs,
    slots: a.slots + b.slots, slotPlannedMs: a.slotPlannedMs + b.slotPlannedMs, slotPlayedMs: a.slotPlayedMs + b.slotPlayedMs,
    rungs: a.rungs.map((n, i) => n + (b.rungs[i] ?? 0)),
    substituteMs: a.substituteMs + b.substituteMs, lostMs: a.lostMs + b.lostMs, underruns: a.underruns + b.underruns, late: a.late + b.late,
  }
}

function addFigures(a: ClusterFigures | undefined, b: ClusterFigures): ClusterFigures {
  if (!a) return b
  return {
    days: a.days + b.days, daysReached: a.daysReached + b.daysReached,
    sessions: a.sessions + b.sessions, sessionsWhole: a.sessionsWhole + b.sessionsWhole, sessionsPart: a.sessionsPart + b.sessionsPart,
    slots: a.slots + b.slots, slotsPlayed: a.slotsPlayed + b.slotsPlayed, plannedMs: a.plannedMs + b.plannedMs, playedMs: a.playedMs + b.playedMs,
  }
}

/** The same sums with boxes that replaced each other counted as one cluster, under the one of today. */
export function underHeads(tally: Tally, headOf: (cluster: string) => string): Tally {
  const replaced = Object.keys(tally.clusters).filter((cluster) => headOf(cluster) !== cluster)
  if (replaced.length === 0) return tally
  const clusters: Record<string, ClusterFigures> = {}
  for (const [cluster, one] of Object.entries(tally.clusters)) clusters[headOf(cluster)] = addFigures(clusters[headOf(cluster)], one)
  return { ...tally, clusters }
}

/** Loads of different days stand beside each other; of the same day (two stations) the heavier counts. */
const heavier = (a: DayLoad | undefined, b: DayLoad): DayLoad =>
  a ? { sessions: Math.max(a.sessions, b.sessions), plannedMs: Math.max(a.plannedMs, b.plannedMs), airedMs: Math.max(a.airedMs, b.airedMs), longestMs: Math.max(a.longestMs, b.longestMs) } : b

/** Adds up tallies of different days, or of different stations. */
export function addTallies(tallies: Iterable<Tally>): Tally {
  const cells: Record<string, Cell> = {}
  const clusters: Record<string, ClusterFigures> = {}
  const reasons: Record<string, readonly [number, number]> = {}
  const days: Record<string, DayLoad> = {}
  const sessions: Growing<SessionFigures> = { ...NO_SESSIONS }
  for (const tally of tallies) {
    for (const [key, cell] of Object.entries(tally.cells)) cells[key] = addCells(cells[key], cell)
    for (const [key, one] of Object.entries(tally.clusters)) clusters[key] = addFigures(clusters[key], one)
    for (const [key, [slots, ms]] of Object.entries(tally.reasons)) reasons[key] = [(reasons[key]?.[0] ?? 0) + slots, (reasons[key]?.[1] ?? 0) + ms]
    for (const [key, load] of Object.entries(tally.days)) days[key] = heavier(days[key], load)
    sessions.planned += tally.sessions.planned
    sessions.whole += tally.sessions.whole
    sessions.part += tally.sessions.part
    sessions.none += tally.sessions.none
  }
  return { cells, sessions, clusters, reasons, days }
}
