import type { Played } from './faults.ts'

/**
 * The generator's own count of what it made up: plain sums, item by item, without anything of the server. What reports say
 * is held against it.
 */
export interface TruthCell {
  items: number
  plannedMs: number
  airedMs: number
  slots: number
  slotPlannedMs: number
  slotPlayedMs: number
  planned: number
  sent: number
  played: number
  substituteMs: number
  lostMs: number
  underruns: number
  late: number
}
export interface TruthCluster {
  days: number
  daysReached: number
  sessions: number
  sessionsWhole: number
  sessionsPart: number
  slots: number
  slotsPlayed: number
  plannedMs: number
  playedMs: number
}
export interface TruthSums {
  cells: Map<string, TruthCell>
  sessions: { planned: number; whole: number; part: number; none: number }
  clusters: Map<string, TruthCluster>
  reasons: Map<string, { slots: number; ms: number }>
}
export const noSums = (): TruthSums => ({ cells: new Map(), sessions: { planned: 0, whole: 0, part: 0, none: 0 }, clusters: new Map(), reasons: new Map() })

const got = <K, V>(map: Map<K, V>, key: K, blank: () => V): V => {
  const known = map.get(key) ?? blank()
  map.set(key, known)
  return known
}
const noCell = (): TruthCell => ({ items: 0, plannedMs: 0, airedMs: 0, slots: 0, slotPlannedMs: 0, slotPlayedMs: 0, planned: 0, sent: 0, played: 0, substituteMs: 0, lostMs: 0, underruns: 0, late: 0 })
const noCluster = (): TruthCluster => ({ days: 0, daysReached: 0, sessions: 0, sessionsWhole: 0, sessionsPart: 0, slots: 0, slotsPlayed: 0, plannedMs: 0, playedMs: 0 })

/** One session of one commune on one day. `sent`: whether the cluster had confirmed its plan in time. */
export interface TruthSession {
  readonly clusters: readonly { readonly id: string; readonly hmong: boolean; readonly sent: boolean; readonly played: readonly Played[] }[]
}

/** A stretch that lacks no more than this counts as whole: what fades and frame ends take. */
const FADE_MS = 1_000

export function addSession(sums: TruthSums, { clusters }: TruthSession): void {
  const items = clusters[0]?.played.length ?? 0
  for (let i = 0; i < items; i++) addItem(sums, clusters.map((cluster) => ({ cluster, played: cluster.played[i] as Played })))
  let [whole, any] = [true, false]
  for (const { id, played } of clusters) {
    const own = got(sums.clusters, id, noCluster)
    const wholeHere = played.every((one) => one.playedMs >= one.ms - FADE_MS)
    const anyHere = played.some((one) => one.playedMs > 0)
    own.sessions++
    if (wholeHere) own.sessionsWhole++
    else if (anyHere) own.sessionsPart++
    whole &&= wholeHere
    any ||= anyHere
  }
  sums.sessions.planned++
  if (whole) sums.sessions.whole++
  else if (any) sums.sessions.part++
  else sums.sessions.none++
}

function addItem(sums: TruthSums, each: readonly { readonly cluster: TruthSession['clusters'][number]; readonly played: Played }[]): void {
  const languages = new Set<string>()
  each.forEach(({ cluster, played }, n) => {
    const language = played.item.hmong && cluster.hmong ? 'hmn' : 'vi'
    languages.add(language)
    const cell = got(sums.cells, `${played.item.source}|normal|${language}`, noCell)
    cell.slots++
    cell.slotPlannedMs += played.ms
    cell.slotPlayedMs += played.playedMs
    cell.substituteMs += played.substituteMs
    cell.lostMs += played.lostMs
    cell.underruns += played.underruns
    cell.late += played.late ? 1 : 0
    cell.played += played.playedMs > 0 ? 1 : 0
    cell.sent += played.playedMs === 0 && (cluster.sent || played.rows.length > 0) ? 1 : 0
    cell.planned += played.playedMs === 0 && played.rows.length === 0 && !cluster.sent ? 1 : 0
    if (n === 0) cell.items++
    const own = got(sums.clusters, cluster.id, noCluster)
    own.slots++
    own.slotsPlayed += played.playedMs > 0 ? 1 : 0
    own.plannedMs += played.ms
    own.playedMs += played.playedMs
    if (played.playedMs >= played.ms - FADE_MS) return
    const reason = got(sums.reasons, played.why ?? (cluster.sent ? 'no-report' : 'not-sent'), () => ({ slots: 0, ms: 0 }))
    reason.slots++
    reason.ms += played.ms - played.playedMs
  })
}

/** An item that has versions is one item: it counts in the language of the first cluster, by the longest of all. `each` in order of id. */
export function addLengths(sums: TruthSums, each: readonly { readonly hmong: boolean; readonly played: readonly Played[] }[]): void {
  const [first] = each
  first?.played.forEach((one, i) => {
    const language = one.item.hmong && first.hmong ? 'hmn' : 'vi'
    const cell = got(sums.cells, `${one.item.source}|normal|${language}`, noCell)
    cell.plannedMs += one.ms
    cell.airedMs += Math.max(...each.map(({ played }) => played[i]?.playedMs ?? 0))
  })
}

/** Days on which a cluster was to sound, and was heard at all. */
export function addDay(sums: TruthSums, cluster: string, heard: boolean): void {
  const own = got(sums.clusters, cluster, noCluster)
  own.days++
  if (heard) own.daysReached++
}

export function addSums(into: TruthSums, more: TruthSums): void {
  const add = (a: object, b: object): void => {
    for (const [key, value] of Object.entries(b)) (a as Record<string, number>)[key] = ((a as Record<string, number>)[key] ?? 0) + (value as number)
  }
  for (const [key, cell] of more.cells) add(got(into.cells, key, noCell), cell)
  for (const [key, one] of more.clusters) add(got(into.clusters, key, noCluster), one)
  for (const [key, one] of more.reasons) add(got(into.reasons, key, () => ({ slots: 0, ms: 0 })), one)
  add(into.sessions, more.sessions)
}
