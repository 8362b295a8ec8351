import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { isOver, type Incident } from '../../core/incident.ts'
import { newsOf, type News } from '../../core/news.ts'
import { bundle, dueFor, MOST_PER_HOUR, wants } from '../../core/notify-rules.ts'
import { NO_NOTIFY, NOTIFY_KEY, type NotifySettings } from '../../core/notify-ports.ts'
import type { Channel, Dispatch, Notice, NotifyProfile, Pending } from '../../core/notify-store.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { StationEvent } from '../../core/station-events.ts'
import { incidentNotice, incidentOfSubject, incidentSubject, mayKnow, overSubject, type ComposeDeps } from './compose.ts'
import { recipients, type Recipient } from './recipients.ts'

export interface NotifierDeps extends ComposeDeps, Pick<ServerDeps, 'random' | 'log'> {}

export interface Notifier {
  /** Takes what happened; call it with every event of the station. */
  heard(event: StationEvent): void
  /** Takes up what happened to incidents while nobody listened: a server that ended between a decision and its news. Call it once at the start. */
  catchUp(): void
  /** Turns what has waited long enough into messages; call it every second. */
  flush(): void
  /** Tells some of the people at once. */
  tell(to: readonly Recipient[], notice: Notice): void
}

const HOUR_MS = 3_600_000
/** What changed longer ago was told by the server before, or is no news. */
const CATCH_UP_MS = 24 * HOUR_MS
const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const newId = (random: ServerDeps['random']): string => Array.from({ length: 16 }, () => ID_ALPHABET[Math.floor(random() * 32)]).join('')

export const settingsOf = ({ stores }: Pick<ServerDeps, 'stores'>): NotifySettings => ({ ...NO_NOTIFY, ...(JSON.parse(stores.meta.get(NOTIFY_KEY) ?? '{}') as Partial<NotifySettings>) })

interface Way {
  readonly channel: Channel
  readonly to: string
}

/** Every way to a person: what they named, and their browsers. */
export const waysTo = ({ stores }: Pick<ServerDeps, 'stores'>, profile: NotifyProfile): Way[] => [
  ...profile.channels.filter(({ channel }) => channel !== 'push'),
  ...stores.notify.subscriptions(profile.actor).map(({ endpoint }) => ({ channel: 'push' as const, to: endpoint })),
]

/** One message on one way, as it is told now. */
export function dispatchOf(deps: NotifierDeps, profile: NotifyProfile, way: Way, notice: Omit<Notice, 'subject'>): Dispatch {
  const now = deps.clock.wall()
  const { pages } = settingsOf(deps)
  const link = pages !== null && notice.path !== null ? [`${pages.replace(/\/$/, '')}${notice.path}`] : []
  return {
    id: newId(deps.random), actor: profile.actor, ...way, state: 'waiting', due: now, createdAt: now, tries: 0,
    title: notice.title, text: [notice.title, ...notice.lines, ...link].join('\n'), path: notice.path, severity: notice.severity, note: null, sentAt: null,
  }
}

/** From events to messages: who hears of what, when, and how much of it at once. */
export function createNotifier(deps: NotifierDeps): Notifier {
  const { stores, clock } = deps
  const { notify } = stores

  const wait = (to: Recipient, notice: Notice, due: WallMs): void => notify.addPending({ actor: to.profile.actor, due, notice })

  const opened = (incident: Incident): void => {
    if (incident.quiet || isOver(incident)) return
    const subject = incidentSubject(incident.id)
    for (const to of recipients(deps)) {
      if (!wants(to.profile, incident.severity) || !mayKnow(deps, to, incident.areas)) continue
      notify.dropPending(to.profile.actor, overSubject(incident.id))
      // what grows is told once: a screen shows the rest
      if (notify.wasTold(to.profile.actor, subject)) continue
      wait(to, incidentNotice(deps, incident, to), dueFor(to.profile, incident.severity, clock.wall()))
    }
  }
  const closed = (incident: Incident): void => {
    const subject = incidentSubject(incident.id)
    const knew = new Set(notify.toldOf(subject))
    for (const to of recipients(deps)) {
      notify.dropPending(to.profile.actor, subject)
      if (knew.has(to.profile.actor) && incident.mergedInto === null) wait(to, incidentNotice(deps, incident, to), dueFor(to.profile, 'notice', clock.wall()))
    }
    notify.forgetTold(subject)
  }

  const concerns = ({ right, throughout, except }: News, { areas }: StationEvent, to: Recipient): boolean => {
    if (to.who.actor === except) return false
    return throughout === undefined ? mayKnow(deps, to, areas, right) : deps.access.refusal(to.who, right, throughout === 'station' ? 'all' : areas) === null
  }
  const spread = (event: StationEvent): void => {
    const news = newsOf(event)
    if (!news) return
    const { severity, title, lines, path, about } = news
    const subject = [event.kind, event.subject, ...(about === undefined ? [] : [about])].join(':')
    for (const to of recipients(deps)) {
      if (!wants(to.profile, severity) || !concerns(news, event, to)) continue
      wait(to, { subject, severity, title, lines, path }, dueFor(to.profile, severity, clock.wall()))
    }
  }

  const send = (profile: NotifyProfile, waiting: readonly Pending[]): void => {
    const now = clock.wall()
    const message = bundle(waiting)
    if (!message) return
    const ways = waysTo(deps, profile)
    const full = (way: Way): boolean => message.severity !== 'urgent' && notify.countSince(profile.actor, way.channel, wallMs(now - HOUR_MS)) >= MOST_PER_HOUR
    // the hour is full everywhere: it all waits and grows into one
    if (ways.length > 0 && ways.every(full)) return
    // a crash in between would send them once more, or never tell of their end
    const told = waiting.map(({ notice }) => notice.subject).filter((subject) => incidentOfSubject(subject) !== null)
    notify.send(profile.actor, ways.filter((way) => !full(way)).map((way) => dispatchOf(deps, profile, way, message)), told)
  }

  return {
    heard(event) {
      const { kind, subject } = event
      if (!kind.startsWith('incident.')) return spread(event)
      const incident = stores.incidents.byId(subject)
      if (!incident) return
      if (kind === 'incident.closed') closed(incident)
      else opened(incident)
    },
    catchUp() {
      const since = clock.wall() - CATCH_UP_MS
      for (const incident of stores.incidents.open()) if (incident.changedAt > since) opened(incident)
      for (const subject of notify.told()) {
        const incident = stores.incidents.byId(incidentOfSubject(subject) ?? '')
        if (!incident) notify.forgetTold(subject)
        else if (isOver(incident)) closed(incident)
      }
    },
    flush() {
      const byActor = new Map<string, Pending[]>()
      for (const one of notify.duePending(clock.wall())) byActor.set(one.actor, [...(byActor.get(one.actor) ?? []), one])
      if (byActor.size === 0) return
      const people = new Map(recipients(deps).map(({ profile }) => [profile.actor, profile]))
      for (const [actor, waiting] of byActor) {
        const profile = people.get(actor)
        if (profile) send(profile, waiting)
        else notify.clearPending(actor)
      }
    },
    tell: (to, notice) => to.forEach((one) => wait(one, notice, wallMs(clock.wall()))),
  }
}
