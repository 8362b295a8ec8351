import { wallMs } from '../../../shared/core/clock.ts'
import type { Identity } from '../../core/identity.ts'
import { moveTo, type Incident, type IncidentFilter, type IncidentState, type Person } from '../../core/incident.ts'
import type { IncidentKind } from '../../core/incident-kinds.ts'
import { SETTLED_MS } from '../../core/incident-theft.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { identityOf } from '../../core/person-store.ts'
import { createIncidentBook, type IncidentBook } from './book.ts'
import { CLUSTER, INCIDENT, MOVE_REFUSALS, NO_SUCH_PERSON } from './refusals.ts'
import { detailOf, viewOf, type IncidentDetail, type IncidentView } from './views.ts'

export interface IncidentQuery {
  readonly state?: 'open' | 'closed' | 'all'
  readonly kind?: string
  readonly cluster?: string
  readonly area?: string
  readonly before?: string
  readonly limit?: string
}
export interface NewReport {
  readonly cluster: string
  readonly words: string
  readonly kind?: 'reported' | 'suspected-theft'
}
export interface StateChange {
  readonly state: IncidentState
  /** `person:ID`; absent with `assigned` = oneself. */
  readonly assignee?: string
  readonly note?: string
}
export interface NewPart {
  readonly name: string
  readonly count: number
  readonly costDong: number
}

export interface IncidentHandlers {
  list(who: Identity, query: IncidentQuery): Outcome<IncidentView[]>
  one(who: Identity, id: string): Outcome<IncidentDetail>
  report(who: Identity, report: NewReport): Outcome<IncidentDetail>
  move(who: Identity, id: string, change: StateChange): Outcome<IncidentDetail>
  comment(who: Identity, id: string, text: string): Outcome<IncidentDetail>
  part(who: Identity, id: string, part: NewPart): Outcome<IncidentDetail>
  /** For what else hangs on an incident: the incident, when `who` may do it there. */
  find(who: Identity, action: 'incident.read' | 'incident.work' | 'incident.report', id: string): Outcome<Incident>
  readonly book: IncidentBook
}

const MOST_LISTED = 500
const DEFAULT_LISTED = 100

const personOf = (who: Identity): Person => ({ actor: who.actor, name: who.name })

/** A list may be read by whoever has one of its areas; to work on it, one must have all of the areas that it lies in. */
function createFind(deps: ServerDeps): IncidentHandlers['find'] {
  return (who, action, id) => {
    const incident = deps.stores.incidents.byId(id)
    const sees = (areas: readonly string[]): boolean => (areas.length === 0 ? deps.access.refusal(who, 'incident.read', []) === null : deps.access.concerns(who, 'incident.read')(areas))
    // what one may not see is not there
    if (!incident || !sees(incident.areas)) return notFound(INCIDENT, id)
    if (action === 'incident.read') return accepted(incident)
    const refusal = action === 'incident.report' ? null : deps.access.refusal(who, action, incident.areas)
    return refusal ? refused(refusal) : accepted(incident)
  }
}

/** Whom an incident can be given to: somebody who may work on it. */
function assigneeOf(deps: ServerDeps, who: Identity, incident: Incident, actor: string | undefined): Person | null {
  if (actor === undefined || actor === who.actor) return personOf(who)
  const person = actor.startsWith('person:') ? deps.stores.people.byId(actor.slice('person:'.length)) : null
  if (!person || person.disabledAt !== null) return null
  return deps.access.refusal(identityOf(person), 'incident.work', incident.areas) ? null : { actor, name: person.name }
}

function moved(incident: Incident, change: StateChange, assignee: Person | null, now: number): Incident {
  const { state } = change
  return {
    ...incident,
    state,
    assignee: state === 'open' ? null : state === 'assigned' ? assignee : (incident.assignee ?? assignee),
    repairedAt: state === 'repaired' ? wallMs(now) : null,
    closedAt: state === 'verified' ? wallMs(now) : null,
    closedBy: null,
  }
}

export function createIncidentHandlers(deps: ServerDeps): IncidentHandlers {
  const { stores, access, clock } = deps
  const book = createIncidentBook(deps)
  const find = createFind(deps)

  const noted = (who: Identity, id: string, note: () => Incident): Outcome<IncidentDetail> => {
    const after = note()
    book.tell('incident.changed', after)
    return accepted(detailOf(deps, stores.incidents.byId(id) ?? after, who))
  }
  /** A person says that it is over: its clusters have healed, and what a suspicion was about is known now. */
  const settled = ({ id, kind }: Incident): void => {
    const clusters = stores.incidents.clustersOf(id).map(({ cluster }) => cluster)
    stores.incidents.heal(id, clusters, clock.wall())
    if (kind === 'suspected-theft') for (const cluster of clusters) stores.care.whereabouts.accept(cluster, wallMs(clock.wall() - SETTLED_MS))
  }
  return {
    book,
    find,
    list(who, { state = 'open', kind, cluster, area, before, limit }) {
      const concerns = access.concerns(who, 'incident.read')
      const whole = access.refusal(who, 'incident.read', 'all') === null
      const lies = access.book()
      const inArea = (areas: readonly string[]): boolean => area === undefined || areas.some((code) => lies.within(code, area) || lies.within(area, code))
      const most = Math.min(MOST_LISTED, limit === undefined ? DEFAULT_LISTED : Number(limit))
      const filter: Omit<IncidentFilter, 'before'> = { state, limit: MOST_LISTED, ...(kind === undefined ? {} : { kind: kind as IncidentKind }), ...(cluster === undefined ? {} : { clusters: stores.care.succession.lines().tenures(cluster).map((box) => box.cluster) }) }
      const seen: Incident[] = []
      // a commune's own lie far apart in the list of a province: what is left out must not shorten the page
      for (let below = before === undefined ? undefined : Number(before); seen.length < most; ) {
        const page = stores.incidents.list({ ...filter, ...(below === undefined ? {} : { before: below }) })
        seen.push(...page.filter(({ areas }) => (areas.length === 0 ? whole : concerns(areas)) && inArea(areas)))
        below = page.at(-1)?.n
        if (page.length < MOST_LISTED) break
      }
      return accepted(seen.slice(0, most).map((incident) => viewOf(deps, incident)))
    },
    one(who, id) {
      const found = find(who, 'incident.read', id)
      return found.ok ? accepted(detailOf(deps, found.value, who)) : found
    },
    report(who, { cluster, words, kind = 'reported' }) {
      const record = stores.clusters.byId(cluster)
      const areas = access.areasOfCluster(cluster)
      if (!record || record.revokedAt !== null) return notFound(CLUSTER, cluster)
      const refusal = access.refusal(who, 'incident.report', areas)
      if (refusal) return refused(refusal)
      const condition = { cluster, kind, since: clock.wall(), en: words, vi: words } as const
      const incident = deps.decide((made: Incident) => ({ actor: who.actor, action: 'incident.report', subject: made.id, detail: { cluster, words } }), () =>
        book.open({ kind, cause: { kind: 'cluster', id: cluster }, source: 'person', fallen: [condition], words, actor: who.actor, quiet: false }))
      book.tell('incident.opened', incident)
      return accepted(detailOf(deps, incident, who))
    },
    move(who, id, change) {
      const found = find(who, 'incident.work', id)
      if (!found.ok) return found
      const move = moveTo(found.value, change.state)
      if ('refused' in move) return refused(MOVE_REFUSALS[move.refused])
      const assignee = assigneeOf(deps, who, found.value, change.assignee)
      if (!assignee) return refused(NO_SUCH_PERSON)
      const after = deps.decide({ actor: who.actor, action: 'incident.move', subject: id, detail: change }, () => {
        const saved = book.save({ ...moved(found.value, change, assignee, clock.wall()), closedBy: change.state === 'verified' ? who.actor : null })
        if (change.state === 'verified') settled(found.value)
        book.note(id, who.actor, 'state', { state: change.state, ...(change.state === 'assigned' ? { assignee: assignee.name } : {}), ...(change.note === undefined ? {} : { text: change.note }) })
        return saved
      })
      book.tell(change.state === 'verified' ? 'incident.closed' : 'incident.changed', after)
      return accepted(detailOf(deps, after, who))
    },
    comment(who, id, text) {
      const found = find(who, 'incident.report', id)
      if (!found.ok) return found
      return noted(who, id, () => deps.decide({ actor: who.actor, action: 'incident.comment', subject: id, detail: { text } }, () => {
        book.note(id, who.actor, 'comment', { text })
        return book.save(found.value)
      }))
    },
    part(who, id, part) {
      const found = find(who, 'incident.work', id)
      if (!found.ok) return found
      return noted(who, id, () => deps.decide({ actor: who.actor, action: 'incident.part', subject: id, detail: part }, () => {
        book.note(id, who.actor, 'part', { part })
        return book.save(found.value)
      }))
    },
  }
}
