import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { explain, isOf, sameCause, type Cause, type Member } from './incident-cause.ts'
import { ruleOf, type IncidentKind } from './incident-kinds.ts'

/** What was found of a cluster at this instant. */
export interface Condition {
  readonly cluster: string
  readonly kind: IncidentKind
  /** Since when, as far as is known; counts for the list, never for the delay. */
  readonly since: WallMs | null
  /** What a screen shows beside the cluster's name. */
  readonly en: string
  readonly vi: string
  readonly figure?: number
}

/** An incident that is not over, as the rules need it. */
export interface WatchedIncident {
  readonly id: string
  readonly kind: IncidentKind
  readonly cause: Cause
  /** Clusters that fell and have not healed. */
  readonly fallen: ReadonlySet<string>
  /** Clusters of it that have healed. */
  readonly healed: ReadonlySet<string>
  readonly openedAt: WallMs
  /** When the last cluster fell. */
  readonly lastFall: WallMs
}

/** One that the system closed lately. */
export interface PastIncident {
  readonly id: string
  readonly kind: IncidentKind
  readonly cause: Cause
}

export type Change =
  | { readonly do: 'open'; readonly kind: IncidentKind; readonly cause: Cause; readonly fallen: readonly Condition[] }
  | { readonly do: 'reopen'; readonly incident: string; readonly cause: Cause; readonly fallen: readonly Condition[] }
  /** Others fell as well, or a better explanation was found. */
  | { readonly do: 'join'; readonly incident: string; readonly cause: Cause; readonly fallen: readonly Condition[] }
  | { readonly do: 'heal'; readonly incident: string; readonly clusters: readonly string[] }
  /** Its clusters belong to another one by now. */
  | { readonly do: 'merge'; readonly incident: string; readonly into: string }
  | { readonly do: 'close'; readonly incident: string }

/** How long each condition has stood, or has been gone; made anew at every start. */
export interface WatchMemory {
  /** By kind and cluster: since when the condition stands without an incident. */
  readonly standing: Map<string, WallMs>
  /** By kind and cluster: since when a fallen cluster shows it no more. */
  readonly gone: Map<string, WallMs>
}
export const createWatchMemory = (): WatchMemory => ({ standing: new Map(), gone: new Map() })

export interface WatchFacts {
  readonly now: WallMs
  /** Every cluster in use. */
  readonly members: readonly Member[]
  readonly conditions: readonly Condition[]
  readonly open: readonly WatchedIncident[]
  /** Closed within the last 24 h, the newest first; asked only when something opens. */
  readonly past: () => readonly PastIncident[]
  /** In maintenance: nothing of it opens. */
  readonly excused: ReadonlySet<string>
  /** Of these only their link can be judged: nothing else of them opens or heals. */
  readonly unknown: ReadonlySet<string>
  /** Heard to sound what was due. */
  readonly sounding: ReadonlySet<string>
  /** Clusters whose loss was told by a last will. */
  readonly told: ReadonlySet<string>
}

const key = (kind: IncidentKind, cluster: string): string => `${kind} ${cluster}`

/** Clusters of an incident that show its condition no more, and have not for long enough. */
function healing(memory: WatchMemory, facts: WatchFacts, present: ReadonlySet<string>): Map<string, string[]> {
  const { now, members, unknown, sounding } = facts
  const known = new Set(members.map((m) => m.cluster))
  const healed = new Map<string, string[]>()
  for (const { id, kind, fallen } of facts.open) {
    const rule = ruleOf(kind)
    if (rule.byPerson) continue
    const judged = (cluster: string): boolean => kind === 'offline' || !unknown.has(cluster)
    const isGone = (cluster: string): boolean => !present.has(key(kind, cluster)) && (rule.healsBySound !== true || sounding.has(cluster) || memory.gone.has(key(kind, cluster)))
    const over = [...fallen].filter((cluster) => {
      // a box that was taken out of use has no faults any more
      if (!known.has(cluster)) return true
      const name = key(kind, cluster)
      if (!judged(cluster) || !isGone(cluster)) {
        memory.gone.delete(name)
        return false
      }
      const since = memory.gone.get(name) ?? now
      memory.gone.set(name, since)
      return now - since >= rule.healAfterMs
    })
    for (const cluster of over) memory.gone.delete(key(kind, cluster))
    if (over.length > 0) healed.set(id, over)
  }
  return healed
}

/** Conditions without an incident that have stood for long enough. */
function ripe(memory: WatchMemory, facts: WatchFacts): Map<IncidentKind, Condition[]> {
  const { now, open, excused, unknown } = facts
  const taken = new Set(open.flatMap(({ kind, fallen }) => [...fallen].map((cluster) => key(kind, cluster))))
  const seen = new Set<string>()
  const found = new Map<IncidentKind, Condition[]>()
  for (const condition of facts.conditions) {
    const { kind, cluster } = condition
    const name = key(kind, cluster)
    seen.add(name)
    if (taken.has(name) || excused.has(cluster) || (kind !== 'offline' && unknown.has(cluster))) {
      memory.standing.delete(name)
      continue
    }
    const since = memory.standing.get(name) ?? now
    memory.standing.set(name, since)
    if (now - since >= ruleOf(kind).openAfterMs) found.set(kind, [...(found.get(kind) ?? []), condition])
  }
  for (const name of memory.standing.keys()) if (!seen.has(name)) memory.standing.delete(name)
  for (const list of found.values()) for (const { kind, cluster } of list) memory.standing.delete(key(kind, cluster))
  return found
}

interface Wave {
  readonly kind: IncidentKind
  readonly facts: WatchFacts
  readonly byCluster: ReadonlyMap<string, Condition>
}

const conditionsOf = ({ byCluster }: Wave, clusters: Iterable<string>): Condition[] => [...clusters].flatMap((cluster) => byCluster.get(cluster) ?? [])

/** Those that belong to an incident that stands already: they fell in it before, or share its cause. */
function joinStanding(wave: Wave, left: Set<string>): Change[] {
  const members = new Map(wave.facts.members.map((m) => [m.cluster, m]))
  const changes: Change[] = []
  for (const { id, kind, cause, fallen, healed } of wave.facts.open) {
    if (kind !== wave.kind) continue
    // what has healed for the most part is no cause for others any more
    const stands = cause.kind !== 'cluster' && fallen.size > healed.size
    const shares = (cluster: string): boolean => {
      const member = members.get(cluster)
      return healed.has(cluster) || (stands && member !== undefined && isOf(member, cause))
    }
    const joining = [...left].filter(shares)
    if (joining.length === 0) continue
    for (const cluster of joining) left.delete(cluster)
    changes.push({ do: 'join', incident: id, cause, fallen: conditionsOf(wave, joining) })
  }
  return changes
}

/** One explanation becomes one incident: a young one that it covers, a past one that returns, or a new one. */
function settle(wave: Wave, cause: Cause, clusters: readonly string[], young: readonly WatchedIncident[]): Change[] {
  const covered = new Set(clusters)
  const inside = young.filter(({ fallen }) => [...fallen].every((cluster) => covered.has(cluster)))
  const fallen = conditionsOf(wave, clusters)
  const [oldest, ...others] = inside.sort((a, b) => a.openedAt - b.openedAt)
  if (oldest) {
    if (fallen.length === 0 && others.length === 0) return []
    return [
      ...others.map(({ id }): Change => ({ do: 'merge', incident: id, into: oldest.id })),
      { do: 'join', incident: oldest.id, cause, fallen },
    ]
  }
  if (fallen.length === 0) return []
  const before = wave.facts.past().find((past) => past.kind === wave.kind && sameCause(past.cause, cause))
  if (before) return [{ do: 'reopen', incident: before.id, cause, fallen }]
  return [{ do: 'open', kind: wave.kind, cause, fallen }]
}

function open(wave: Wave): Change[] {
  const { kind, facts } = wave
  const left = new Set(wave.byCluster.keys())
  const changes = joinStanding(wave, left)
  if (left.size === 0) return changes
  const within = ruleOf(kind).joinWithinMs
  const young = facts.open.filter((incident) => incident.kind === kind && facts.now - incident.lastFall <= within)
  const fallen = new Set([...left, ...young.flatMap((incident) => [...incident.fallen])])
  const explanations = explain({ fallen, now: facts.now, bySilence: kind === 'offline', told: facts.told }, facts.members)
  const fresh: Wave = { ...wave, byCluster: new Map([...wave.byCluster].filter(([cluster]) => left.has(cluster))) }
  for (const { cause, clusters } of explanations) changes.push(...settle(fresh, cause, clusters, young))
  return changes
}

/**
 * One look at the whole station: what opens, widens, heals and closes. The memory is brought up to date; applying the
 * changes is the caller's. Looking twice, late or after a restart gives the same incidents.
 */
export function watch(memory: WatchMemory, facts: WatchFacts): Change[] {
  const present = new Set(facts.conditions.map(({ kind, cluster }) => key(kind, cluster)))
  const healed = healing(memory, facts, present)
  const changes: Change[] = [...healed].map(([incident, clusters]) => ({ do: 'heal', incident, clusters }))
  const merged = new Set<string>()
  const joined = new Set<string>()
  for (const [kind, conditions] of ripe(memory, facts)) {
    const opened = open({ kind, facts, byCluster: new Map(conditions.map((c) => [c.cluster, c])) })
    for (const change of opened) {
      if (change.do === 'merge') merged.add(change.incident)
      if (change.do === 'join' && change.fallen.length > 0) joined.add(change.incident)
    }
    changes.push(...opened)
  }
  for (const { id, kind, fallen } of facts.open) {
    if (ruleOf(kind).byPerson || merged.has(id) || joined.has(id)) continue
    if (fallen.size === (healed.get(id)?.length ?? 0)) changes.push({ do: 'close', incident: id })
  }
  return changes
}

/** A day: what returns within it was not repaired. */
export const RETURNS_WITHIN_MS = 24 * 3_600_000
export const returnsSince = (now: WallMs): WallMs => wallMs(now - RETURNS_WITHIN_MS)
