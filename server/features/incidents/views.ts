import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { actorName } from '../../core/actor-name.ts'
import { ageMs, ENTRY_KINDS, INCIDENT_SOURCES, INCIDENT_STATES, type Incident, type IncidentEntry } from '../../core/incident.ts'
import { CAUSE_KINDS } from '../../core/incident-cause.ts'
import { INCIDENT_KINDS, ruleOf, SEVERITIES } from '../../core/incident-kinds.ts'
import { incidentTitle } from '../../core/incident-words.ts'
import type { Identity } from '../../core/identity.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { namesOf } from './names.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
export const Instant = Type.String({ description: 'ISO 8601 with offset' })
const Words = Type.Object({ en: Type.String(), vi: Type.String() })

export const IncidentView = Type.Object({
  id: Type.String(),
  n: Type.Integer({ description: 'what people call it' }),
  kind: Type.Enum([...INCIDENT_KINDS]),
  kindText: Words,
  severity: Type.Enum([...SEVERITIES]),
  state: Type.Enum([...INCIDENT_STATES]),
  source: Type.Enum([...INCIDENT_SOURCES]),
  cause: Type.Object({ kind: Type.Enum([...CAUSE_KINDS]), id: Type.String() }),
  title: Words,
  clusters: Type.Integer({ description: 'that have not healed' }),
  clustersInAll: Type.Integer(),
  areas: Type.Array(Type.Object({ code: Type.String(), name: Type.String() })),
  openedAt: Instant,
  changedAt: Instant,
  closedAt: nullable(Instant),
  ageSeconds: Type.Integer({ description: 'until it was closed, or until now' }),
  assignee: nullable(Type.String()),
  reopened: Type.Integer({ description: 'how often it came back within a day' }),
  quiet: Type.Boolean({ description: 'of a storm: nobody was called' }),
})
export type IncidentView = Static<typeof IncidentView>

export const ClusterOfIncident = Type.Object({
  id: Type.String(),
  name: Type.String(),
  since: Instant,
  healedAt: nullable(Instant),
  en: Type.String(),
  vi: Type.String(),
  figure: nullable(Type.Number()),
  caretaker: nullable(Type.Object({ name: Type.String(), phone: Type.String() }, { description: 'for technicians only' })),
  lat: nullable(Type.Number()),
  lon: nullable(Type.Number()),
})
export const EntryView = Type.Object({
  n: Type.Integer(),
  at: Instant,
  by: Type.String(),
  kind: Type.Enum([...ENTRY_KINDS]),
  text: nullable(Type.String()),
  state: nullable(Type.Enum([...INCIDENT_STATES])),
  assignee: nullable(Type.String()),
  clusters: Type.Array(Type.String({ description: 'names; at most fifty' })),
  photo: nullable(Type.Object({ id: Type.String(), type: Type.String(), bytes: Type.Integer(), path: Type.String() })),
  part: nullable(Type.Object({ name: Type.String(), count: Type.Integer(), costDong: Type.Integer() })),
  into: nullable(Type.String()),
})
export const IncidentDetail = Type.Object({
  ...IncidentView.properties,
  words: nullable(Type.String()),
  list: Type.Array(ClusterOfIncident, { description: 'those that you may see' }),
  history: Type.Array(EntryView),
  costDong: Type.Integer({ description: 'parts in all' }),
  mergedInto: nullable(Type.String()),
  /** What to press, the first one first. */
  buttons: Type.Array(
    Type.Object({ do: Type.String(), en: Type.String(), vi: Type.String(), href: nullable(Type.String({ description: 'tel: or a path' })), method: nullable(Type.String()), body: nullable(Type.Unknown()) }),
  ),
})
export type IncidentDetail = Static<typeof IncidentDetail>

const iso = (at: WallMs | null): string | null => (at === null ? null : isoWithOffset(wallMs(at)))

export type ViewDeps = Pick<ServerDeps, 'stores' | 'clock' | 'access'>

export function viewOf(deps: ViewDeps, incident: Incident): IncidentView {
  const rows = deps.stores.incidents.clustersOf(incident.id)
  const fallen = rows.filter(({ healedAt }) => healedAt === null)
  const names = namesOf(deps)
  const { id, n, kind, severity, state, source, cause, openedAt, changedAt, closedAt, assignee, reopened, quiet } = incident
  const rule = ruleOf(kind)
  return {
    id, n, kind, kindText: { en: rule.en, vi: rule.vi }, severity, state, source, cause: { ...cause },
    title: incidentTitle(incident, (fallen.length > 0 ? fallen : rows).map(({ cluster }) => cluster), names),
    clusters: fallen.length, clustersInAll: rows.length,
    areas: incident.areas.map((code) => ({ code, name: names.area(code) })),
    openedAt: isoWithOffset(wallMs(openedAt)), changedAt: isoWithOffset(wallMs(changedAt)), closedAt: iso(closedAt),
    ageSeconds: Math.round(ageMs(incident, deps.clock.wall()) / 1000),
    assignee: assignee?.name ?? null, reopened, quiet,
  }
}

function entryOf(deps: ViewDeps, entry: IncidentEntry): Static<typeof EntryView> {
  const { n, at, actor, kind, incident, detail } = entry
  const { photo, part } = detail
  return {
    n, at: isoWithOffset(wallMs(at)), by: actorName(deps.stores.people, actor), kind,
    text: detail.text ?? null, state: detail.state ?? null, assignee: detail.assignee ?? null,
    clusters: (detail.clusters ?? []).map((id) => deps.stores.clusters.byId(id)?.name ?? id),
    photo: photo ? { ...photo, path: `/api/v1/incidents/${incident}/photos/${photo.id}` } : null,
    part: part ? { ...part } : null,
    into: detail.into ?? null,
  }
}

/** What is pressed first: to ring whoever lives beside the pole. */
function buttonsOf(incident: Incident, list: IncidentDetail['list'], works: boolean): IncidentDetail['buttons'] {
  const calls = list.filter(({ healedAt, caretaker }) => healedAt === null && caretaker !== null).slice(0, 5).flatMap(({ name, caretaker }) =>
    caretaker ? [{ do: 'call', en: `Call ${caretaker.name} (${name})`, vi: `Gọi ${caretaker.name} (${name})`, href: `tel:${caretaker.phone}`, method: null, body: null }] : [])
  if (!works) return calls
  const path = `/api/v1/incidents/${incident.id}/state`
  const move = (state: string, en: string, vi: string): IncidentDetail['buttons'][number] => ({ do: state, en, vi, href: path, method: 'POST', body: { state } })
  const moves: Readonly<Record<Incident['state'], IncidentDetail['buttons']>> = {
    open: [move('assigned', 'I take this on', 'Tôi nhận việc này'), move('in-hand', 'Begin work', 'Bắt đầu xử lý')],
    assigned: [move('in-hand', 'Begin work', 'Bắt đầu xử lý'), move('repaired', 'Report it repaired', 'Báo đã sửa xong')],
    'in-hand': [move('repaired', 'Report it repaired', 'Báo đã sửa xong')],
    repaired: ruleOf(incident.kind).byPerson === true ? [move('verified', 'Confirm that it is right again', 'Xác nhận đã khắc phục')] : [],
    verified: [],
  }
  return [...calls, ...moves[incident.state]]
}

export function detailOf(deps: ViewDeps, incident: Incident, who: Identity): IncidentDetail {
  const { stores, access } = deps
  const works = access.refusal(who, 'incident.work', incident.areas) === null
  const sees = access.sees(who, 'incident.read')
  const shown = (cluster: string): boolean => {
    const areas = access.areasOfCluster(cluster)
    return areas.length === 0 ? sees(null) : areas.some(sees)
  }
  const lines = stores.care.succession.lines()
  const list = stores.incidents.clustersOf(incident.id).filter(({ cluster }) => shown(cluster)).map((row) => {
    // who rings about a box that was replaced rings about the place
    const place = lines.headOf(row.cluster)
    const record = stores.clusters.byId(place)
    const caretaker = access.refusal(who, 'incident.work', access.areasOfCluster(row.cluster)) === null ? stores.care.caretakers.of(place) : null
    const { since, healedAt, en, vi, figure } = row
    return {
      id: row.cluster, name: record?.name ?? row.cluster, since: isoWithOffset(wallMs(since)), healedAt: iso(healedAt), en, vi, figure,
      caretaker: caretaker && { name: caretaker.name, phone: caretaker.phone }, lat: record?.lat ?? null, lon: record?.lon ?? null,
    }
  })
  const entries = stores.incidents.entries(incident.id)
  return {
    ...viewOf(deps, incident),
    words: incident.words,
    list,
    history: entries.map((entry) => entryOf(deps, entry)),
    costDong: entries.reduce((sum, { detail }) => sum + (detail.part?.costDong ?? 0), 0),
    mergedInto: incident.mergedInto,
    buttons: buttonsOf(incident, list, works),
  }
}
