import type { Incident } from '../../core/incident.ts'
import { whenText } from '../../core/notify-rules.ts'
import type { Notice } from '../../core/notify-store.ts'
import { areasWhere, type Action } from '../../core/permissions.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { incidentNews } from '../incidents/plugin.ts'
import type { Recipient } from './recipients.ts'

export type ComposeDeps = Pick<ServerDeps, 'stores' | 'clock' | 'access'>

/** Names of clusters that a message has room for. */
const NAMED = 5

const OF_INCIDENT = 'incident:'
export const incidentSubject = (id: string): string => `${OF_INCIDENT}${id}`
/** The incident that a subject names; null for any other subject. */
export const incidentOfSubject = (subject: string): string | null => (subject.startsWith(OF_INCIDENT) ? subject.slice(OF_INCIDENT.length) : null)
/** That it is over is another piece of news: an incident that comes back is told again. */
export const overSubject = (id: string): string => `over:${id}`
export const incidentPath = (id: string): string => `/su-co/${id}`

/** Where: the areas by name, three at most, one's own before others. */
function whereText(deps: ComposeDeps, { who }: Recipient, codes: readonly string[]): string {
  const book = deps.access.book()
  const isOwn = deps.access.sees(who, 'incident.read')
  const names = [...codes.filter(isOwn), ...codes.filter((code) => !isOwn(code))].map((code) => book.on(book.merged(code))?.name ?? code)
  return names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} và ${names.length - 2} nơi khác`
}

/** Whom to call: the caretaker of the pole, for those who may know his number. */
function callText(deps: ComposeDeps, { who }: Recipient, areas: readonly string[], clusters: readonly string[]): string | null {
  const [only] = clusters
  if (clusters.length !== 1 || only === undefined || deps.access.refusal(who, 'incident.work', areas)) return null
  const caretaker = deps.stores.care.caretakers.of(only)
  return caretaker ? `Gọi: ${caretaker.name} ${caretaker.phone}` : null
}

/** What, where, since when, whom to call. */
export function incidentNotice(deps: ComposeDeps, incident: Incident, to: Recipient): Notice {
  const { stores } = deps
  const news = incidentNews(deps, incident)
  const fallen = stores.incidents.clustersOf(incident.id).filter(({ healedAt }) => healedAt === null)
  // by name those that they look after; of the others how many there are
  const isOwn = deps.access.seesCluster(to.who, 'incident.read')
  const names = fallen.filter(({ cluster }) => isOwn(cluster)).slice(0, NAMED).map(({ cluster }) => stores.clusters.byId(cluster)?.name ?? cluster)
  const more = fallen.length - names.length
  const where = whereText(deps, to, incident.areas)
  const call = callText(deps, to, incident.areas, fallen.map(({ cluster }) => cluster))
  const over = incident.closedAt !== null
  return {
    subject: over ? overSubject(incident.id) : incidentSubject(incident.id),
    severity: over ? 'notice' : incident.severity,
    title: over ? `Đã khắc phục: ${news.vi}` : `Sự cố: ${news.vi}`,
    lines: [
      ...(where === '' ? [] : [`Nơi: ${where}`]),
      over ? `Lúc ${whenText(incident.closedAt)}` : `Từ ${whenText(news.since)}`,
      ...(fallen.length > 1 && names.length > 0 ? [`Gồm: ${names.join(', ')}${more > 0 ? ` và ${more} cụm khác` : ''}`] : []),
      ...(call === null ? [] : [call]),
    ],
    path: incidentPath(incident.id),
  }
}

/** May they know of it at all? Of what stands nowhere only those of the whole station do. */
export function mayKnow(deps: ComposeDeps, { who }: Recipient, areas: readonly string[], right: Action = 'incident.read'): boolean {
  if (areas.length > 0) return deps.access.concerns(who, right)(areas)
  return areasWhere(who, right, deps.clock.wall()) === 'all'
}
