import type { WallMs } from '../../../shared/core/clock.ts'
import { clusterRow, SYSTEM, type EntryDetail, type EntryKind, type Incident, type IncidentSource } from '../../core/incident.ts'
import type { Cause } from '../../core/incident-cause.ts'
import { ruleOf, type IncidentKind } from '../../core/incident-kinds.ts'
import { areaChains } from '../../core/incident-members.ts'
import type { Condition } from '../../core/incident-watch.ts'
import { incidentTitle } from '../../core/incident-words.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { namesOf } from './names.ts'

export type BookDeps = Pick<ServerDeps, 'stores' | 'clock' | 'random' | 'events'>

export interface NewIncident {
  readonly kind: IncidentKind
  readonly cause: Cause
  readonly source: IncidentSource
  readonly fallen: readonly Condition[]
  /** What a person wrote; null where a rule opens it. */
  readonly words: string | null
  readonly actor: string
  readonly quiet: boolean
}

/** What events and messages tell of an incident; never personal data. */
export interface IncidentNews {
  readonly n: number
  readonly kind: IncidentKind
  readonly severity: string
  readonly state: string
  readonly cause: Cause
  readonly en: string
  readonly vi: string
  /** Clusters that have not healed. */
  readonly clusters: number
  readonly since: WallMs
  readonly quiet: boolean
}

export type Told = 'incident.opened' | 'incident.changed' | 'incident.closed'

/** The book of incidents: every write of one goes through it, inside a transaction of the caller. */
export interface IncidentBook {
  open(incident: NewIncident): Incident
  /** Clusters that fell as well, or again. */
  join(incident: Incident, cause: Cause, fallen: readonly Condition[]): Incident
  heal(incident: Incident, clusters: readonly string[]): void
  /** Its clusters belong to `into` from now on. */
  merge(incident: Incident, into: Incident): Incident
  reopen(incident: Incident, cause: Cause, fallen: readonly Condition[]): Incident
  close(incident: Incident, actor: string): Incident
  save(incident: Incident): Incident
  note(incident: string, actor: string, kind: EntryKind, detail?: EntryDetail): void
  /** Tells everybody who listens; after the commit. */
  tell(what: Told, incident: Incident): void
}

const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
export const newId = (random: ServerDeps['random']): string => Array.from({ length: 10 }, () => ID_ALPHABET[Math.floor(random() * 32)]).join('')

/** Who is called by name in a list: an incident of hundreds names some and counts the rest. */
const NAMED = 50

/** What is told of an incident as it stands. */
export function newsOf(deps: Pick<ServerDeps, 'stores' | 'clock'>, incident: Incident): IncidentNews {
  const rows = deps.stores.incidents.clustersOf(incident.id)
  const fallen = rows.filter(({ healedAt }) => healedAt === null)
  const shown = (fallen.length > 0 ? fallen : rows).map(({ cluster }) => cluster)
  const { n, kind, severity, state, cause, openedAt, quiet } = incident
  const since = fallen.reduce((first, row) => Math.min(first, row.since), openedAt as number) as WallMs
  return { n, kind, severity, state, cause, ...incidentTitle(incident, shown, namesOf(deps)), clusters: fallen.length, since, quiet }
}

export function createIncidentBook(deps: BookDeps): IncidentBook {
  const { stores, clock } = deps
  const { incidents } = stores
  const note: IncidentBook['note'] = (incident, actor, kind, detail = {}) => incidents.addEntry({ incident, at: clock.wall(), actor, kind, detail })
  const save = (incident: Incident): Incident => {
    const saved = { ...incident, changedAt: clock.wall() }
    incidents.save(saved)
    return saved
  }
  /** Where its clusters stand; an area is named once. */
  const areasWith = (known: readonly string[], clusters: readonly string[]): string[] => {
    const chains = areaChains(stores, clock.wall())
    return [...new Set([...known, ...clusters.flatMap((cluster) => chains.get(cluster)?.slice(0, 1) ?? [])])].sort()
  }
  const put = (incident: string, fallen: readonly Condition[]): string[] => {
    for (const condition of fallen) incidents.putCluster(clusterRow(incident, clock.wall(), condition))
    return fallen.map(({ cluster }) => cluster)
  }
  const named = (clusters: readonly string[]): EntryDetail => ({ clusters: clusters.slice(0, NAMED), text: String(clusters.length) })

  return {
    save,
    note,
    open({ kind, cause, source, fallen, words, actor, quiet }) {
      const at = clock.wall()
      const clusters = fallen.map(({ cluster }) => cluster)
      const incident: Incident = {
        id: newId(deps.random), n: incidents.nextNumber(), kind, severity: ruleOf(kind).severity, state: 'open', source, cause, words,
        openedAt: at, openedBy: actor, changedAt: at, closedAt: null, closedBy: null, assignee: null, repairedAt: null, reopened: 0, quiet, mergedInto: null,
        areas: areasWith([], clusters),
      }
      incidents.insert(incident)
      put(incident.id, fallen)
      note(incident.id, actor, 'opened', named(clusters))
      return incident
    },
    join(incident, cause, fallen) {
      const clusters = put(incident.id, fallen)
      if (clusters.length > 0) note(incident.id, SYSTEM, 'joined', named(clusters))
      return save({ ...incident, cause, areas: areasWith(incident.areas, clusters) })
    },
    heal(incident, clusters) {
      incidents.heal(incident.id, clusters, clock.wall())
      note(incident.id, SYSTEM, 'healed', named(clusters))
      save(incident)
    },
    merge(incident, into) {
      const moved = incidents.clustersOf(incident.id).filter(({ healedAt }) => healedAt === null)
      for (const row of moved) incidents.putCluster({ ...row, incident: into.id })
      note(incident.id, SYSTEM, 'merged', { into: into.id })
      const at = clock.wall()
      save({ ...incident, state: 'verified', closedAt: at, closedBy: SYSTEM, mergedInto: into.id })
      return save({ ...into, areas: areasWith(into.areas, moved.map(({ cluster }) => cluster)) })
    },
    reopen(incident, cause, fallen) {
      const clusters = put(incident.id, fallen)
      note(incident.id, SYSTEM, 'reopened', named(clusters))
      const state = incident.assignee ? 'assigned' : 'open'
      return save({ ...incident, cause, state, closedAt: null, closedBy: null, repairedAt: null, reopened: incident.reopened + 1, areas: areasWith(incident.areas, clusters) })
    },
    close(incident, actor) {
      note(incident.id, actor, 'closed')
      return save({ ...incident, state: 'verified', closedAt: clock.wall(), closedBy: actor })
    },
    tell: (what, incident) => deps.events.tell({ kind: what, at: clock.wall(), areas: incident.areas, subject: incident.id, detail: newsOf(deps, incident) }),
  }
}
