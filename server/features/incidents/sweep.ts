import type { WallMs } from '../../../shared/core/clock.ts'
import { isOver, REPAIR_PROVES_WITHIN_MS, SYSTEM, type Incident, type IncidentCluster } from '../../core/incident.ts'
import type { Member } from '../../core/incident-cause.ts'
import { ruleOf } from '../../core/incident-kinds.ts'
import { createLinkMemory, isOffline, noteLinks } from '../../core/incident-offline.ts'
import { createWatchMemory, returnsSince, watch, type Change, type Condition, type PastIncident, type WatchedIncident } from '../../core/incident-watch.ts'
import { quietened, type QuietTime } from '../../core/maintenance.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createIncidentBook, type BookDeps, type IncidentBook, type Told } from './book.ts'

/** What is known of the clusters at one instant, their links apart. */
export interface Findings {
  readonly conditions: readonly Condition[]
  /** Heard to sound. */
  readonly sounding: ReadonlySet<string>
}

export interface SweepDeps extends BookDeps, Pick<ServerDeps, 'decide'> {
  /** Clusters that were ever heard of, with their links as they are now. */
  readonly members: (now: WallMs) => readonly Member[]
  readonly findings: (members: readonly Member[], now: WallMs) => Findings
}

export interface Sweep {
  /** Looks at everything once; call it every second. Answers how many changes it made. */
  look(): number
}

const watchedOf = (incident: Incident, rows: readonly IncidentCluster[]): WatchedIncident => ({
  id: incident.id,
  kind: incident.kind,
  cause: incident.cause,
  fallen: new Set(rows.filter(({ healedAt }) => healedAt === null).map(({ cluster }) => cluster)),
  healed: new Set(rows.filter(({ healedAt }) => healedAt !== null).map(({ cluster }) => cluster)),
  openedAt: incident.openedAt,
  lastFall: rows.reduce((last, { fellAt }) => Math.max(last, fellAt), incident.openedAt as number) as WallMs,
})

interface OpenIncident {
  readonly incident: Incident
  readonly watched: WatchedIncident
}
function openOf({ stores }: Pick<ServerDeps, 'stores'>): OpenIncident[] {
  const rows = new Map<string, IncidentCluster[]>()
  for (const row of stores.incidents.openClusters()) {
    const known = rows.get(row.incident)
    if (known) known.push(row)
    else rows.set(row.incident, [row])
  }
  return stores.incidents.open().map((incident) => ({ incident, watched: watchedOf(incident, rows.get(incident.id) ?? []) }))
}

const pastOf = ({ stores }: Pick<ServerDeps, 'stores'>, now: WallMs): PastIncident[] =>
  stores.incidents.closedSince(returnsSince(now)).filter(({ source }) => source === 'rule').map(({ id, kind, cause }) => ({ id, kind, cause }))

const offlineCondition = (member: Member): Condition => ({
  cluster: member.cluster, kind: 'offline', since: member.lastSeen, en: 'no connection', vi: 'mất kết nối',
})

/** A storm's incidents call nobody, as long as all of their clusters lie in it. */
const isQuiet = (fallen: readonly Condition[], storm: ReadonlySet<string>): boolean => fallen.length > 0 && fallen.every(({ cluster }) => storm.has(cluster))

/** Kept quiet for a storm that is over, and still there: now somebody is called for it. */
function outliving(open: readonly OpenIncident[], storm: ReadonlySet<string>, members: readonly Member[]): Incident[] {
  const quiet = open.filter(({ incident }) => incident.quiet)
  if (quiet.length === 0) return []
  const outside = new Set(members.flatMap(({ cluster }) => (storm.has(cluster) ? [] : [cluster])))
  return quiet.flatMap(({ incident, watched }) => ([...watched.fallen].some((cluster) => outside.has(cluster)) ? [incident] : []))
}

interface Applying {
  readonly book: IncidentBook
  readonly storm: ReadonlySet<string>
  readonly incidentOf: (id: string) => Incident
  readonly told: Map<string, Told>
}

function apply({ book, storm, incidentOf, told }: Applying, change: Change): void {
  switch (change.do) {
    case 'open': {
      const opened = book.open({ ...change, source: 'rule', words: null, actor: SYSTEM, quiet: isQuiet(change.fallen, storm) })
      return void told.set(opened.id, 'incident.opened')
    }
    case 'reopen': {
      const before = incidentOf(change.incident)
      const reopened = book.reopen({ ...before, quiet: isQuiet(change.fallen, storm) }, change.cause, change.fallen)
      return void told.set(reopened.id, 'incident.opened')
    }
    case 'join': {
      const before = incidentOf(change.incident)
      book.join({ ...before, quiet: before.quiet && (change.fallen.length === 0 || isQuiet(change.fallen, storm)) }, change.cause, change.fallen)
      return void told.set(change.incident, told.get(change.incident) ?? 'incident.changed')
    }
    case 'heal':
      book.heal(incidentOf(change.incident), change.clusters)
      return void told.set(change.incident, told.get(change.incident) ?? 'incident.changed')
    case 'merge':
      book.merge(incidentOf(change.incident), incidentOf(change.into))
      return void told.set(change.incident, 'incident.closed')
    case 'close':
      book.close(incidentOf(change.incident), SYSTEM)
      return void told.set(change.incident, 'incident.closed')
  }
}

const summary = (change: Change): object => {
  switch (change.do) {
    case 'open':
      return { do: 'open', kind: change.kind, cause: change.cause, clusters: change.fallen.length }
    case 'reopen':
    case 'join':
      return { do: change.do, incident: change.incident, cause: change.cause, clusters: change.fallen.length }
    case 'heal':
      return { do: 'heal', incident: change.incident, clusters: change.clusters.length }
    case 'merge':
    case 'close':
      return change
  }
}

/** "Repaired" that did not hold, since its cause still shows, goes back to whoever said so. */
function unproven({ stores, clock }: Pick<ServerDeps, 'stores' | 'clock'>, watched: readonly WatchedIncident[], conditions: readonly Condition[]): Incident[] {
  const before = clock.wall() - REPAIR_PROVES_WITHIN_MS
  const shows = ({ kind, fallen }: WatchedIncident): boolean => conditions.some((condition) => condition.kind === kind && fallen.has(condition.cluster))
  return watched.flatMap((one) => {
    const incident = stores.incidents.byId(one.id)
    const said = incident?.state === 'repaired' && ruleOf(one.kind).byPerson !== true && incident.repairedAt !== null && incident.repairedAt < before
    return said && shows(one) ? [incident] : []
  })
}

interface Seen {
  readonly changes: readonly Change[]
  /** Said to be repaired, and not. */
  readonly again: readonly Incident[]
  readonly outlived: readonly Incident[]
  readonly storm: ReadonlySet<string>
}

/** The rules at work: what they find becomes incidents, one transaction a look, told after the commit. */
export function createSweep(deps: SweepDeps): Sweep {
  const { stores, clock, decide } = deps
  const memory = createWatchMemory()
  const links = createLinkMemory()
  const book = createIncidentBook(deps)
  const incidentOf = (id: string): Incident => {
    const found = stores.incidents.byId(id)
    if (!found) throw new Error(`incident ${id} is watched and not stored`)
    return found
  }

  const seen = (now: WallMs, times: readonly QuietTime[], members: readonly Member[]): Seen => {
    noteLinks(links, members, now)
    const { conditions, sounding } = deps.findings(members, now)
    const offline = members.filter((member) => isOffline(links, member, now)).map(offlineCondition)
    const all = [...offline, ...conditions.filter(({ kind }) => kind !== 'offline')]
    const found = openOf(deps)
    const open = found.map(({ watched }) => watched)
    const storm = quietened('storm', times, members, now)
    const changes = watch(memory, {
      now, members, open,
      conditions: all,
      past: () => pastOf(deps, now),
      excused: quietened('maintenance', times, members, now),
      unknown: new Set(members.filter(({ online }) => !online).map(({ cluster }) => cluster)),
      sounding,
      told: links.told,
    })
    return { changes, again: unproven(deps, open, all), outlived: outliving(found, storm, members), storm }
  }

  const commit = ({ changes, storm, again, outlived }: Seen): Map<string, Told> => {
    const told = new Map<string, Told>()
    const entry = { actor: SYSTEM, action: 'incident.watch', subject: '', detail: { changes: changes.map(summary), unproven: again.map(({ id }) => id), outlived: outlived.map(({ id }) => id) } }
    decide(entry, () => {
      for (const change of changes) apply({ book, storm, incidentOf, told }, change)
      for (const { id } of again) {
        const incident = incidentOf(id)
        if (incident.state !== 'repaired') continue
        book.note(id, SYSTEM, 'not-repaired')
        book.save({ ...incident, state: 'in-hand', repairedAt: null })
        told.set(id, told.get(id) ?? 'incident.changed')
      }
      for (const { id } of outlived) {
        const incident = incidentOf(id)
        if (isOver(incident)) continue
        book.save({ ...incident, quiet: false })
        told.set(id, told.get(id) ?? 'incident.changed')
      }
    })
    return told
  }

  return {
    look() {
      const now = clock.wall()
      const members = deps.members(now)
      const times = stores.quietTimes.current(now)
      const found = seen(now, times, members)
      if (found.changes.length + found.again.length + found.outlived.length === 0) return 0
      for (const [id, what] of commit(found)) book.tell(what, incidentOf(id))
      return found.changes.length
    },
  }
}
