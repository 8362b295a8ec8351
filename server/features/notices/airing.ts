import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { occurrencesBetween } from '../../../shared/core/recurrence.ts'
import type { Item, Session, Targets } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import type { Live, Skipped } from '../../core/live-book.ts'
import { NO_CLUSTERS, unknownTarget } from '../../core/live-refusals.ts'
import type { NoticeSounding, NoticeWhen } from '../../core/notice.ts'
import { nextStarts, onceSession, PLACE_AHEAD_MS, type NextStart } from '../../core/notice-placing.ts'
import { accepted, refused, type FindingView, type Outcome, type Refusal, type Sentence } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { publish } from '../sessions/plugin.ts'
import { NO_LIVE, NO_SESSION, TOO_FAR, TOO_SOON } from './refusals.ts'

export interface AiringDeps extends ServerDeps {
  /** Null where nothing is played at once. */
  readonly live: Pick<Live, 'begin' | 'end' | 'byId'> | null
}
/** A programme that may sound, and where it is to. */
export interface AirWish {
  /** Begins the ids of sessions that are made: 24 letters at most. */
  readonly id: string
  readonly programme: string
  readonly ms: number
  readonly title: string
  readonly targets: Targets
  readonly when: NoticeWhen
  /** Order among colliding priority items; absent = the first. */
  readonly order?: number
}
export interface Aired {
  readonly soundings: readonly NoticeSounding[]
  readonly skipped: readonly Skipped[]
  readonly warnings: readonly (Sentence | FindingView)[]
}

const CHIME = { key: 'chime:nhac-hieu', id: 'nhac-hieu', name: 'Nhạc hiệu' }
const MAX_AHEAD_MS = 366 * 86_400_000

/** Who hears it; refuses words that mean nothing, and nobody. */
export function audienceFor({ access }: Pick<ServerDeps, 'access'>, targets: Targets): Outcome<readonly string[]> {
  const { clusters, unknown } = access.audience(targets)
  const [first] = unknown
  if (first) return unknownTarget(first)
  return clusters.length === 0 ? NO_CLUSTERS : accepted(clusters)
}

/** What keeps somebody from having it sound there then, before it is made; the rules of hours come when it is placed. */
export function airRefusal(deps: AiringDeps, who: Identity, { targets, when }: Pick<AirWish, 'targets' | 'when'>): Refusal | null {
  const audience = audienceFor(deps, targets)
  if (!audience.ok) return audience.refusal
  const right = when === 'now' ? 'live.speak' : 'timetable.publish'
  const refusal = deps.access.refusal(who, right, deps.access.areasOfTargets(targets))
  if (refusal) return refusal
  if (when === 'now') return deps.live ? null : NO_LIVE
  if (when === 'next-session') return startsOf(deps, audience.value).length > 0 ? null : NO_SESSION
  const ahead = when.at - deps.clock.wall()
  return ahead < PLACE_AHEAD_MS ? TOO_SOON : ahead > MAX_AHEAD_MS ? TOO_FAR : null
}

const startsOf = ({ stores, clock, access }: ServerDeps, clusters: readonly string[]): NextStart[] =>
  nextStarts(stores.sessions.all(), clusters, { now: clock.wall(), audience: (targets) => access.audience(targets).clusters })

/** Has it sound: plays it at once, or publishes sessions of its own for it. Within the rules: what they forbid is answered with their reason. */
export function air(deps: AiringDeps, who: Identity, wish: AirWish): Outcome<Aired> {
  const wrong = airRefusal(deps, who, wish)
  if (wrong) return refused(wrong)
  return wish.when === 'now' ? playNow(deps, who, wish) : place(deps, who, wish)
}

function playNow({ live }: AiringDeps, who: Identity, { programme, targets, title }: AirWish): Outcome<Aired> {
  if (!live) return refused(NO_LIVE)
  const begun = live.begin({ title, targets, sound: { kind: 'programme', programme }, chime: true, authority: 1, actor: who.actor })
  if (!begun.ok) return begun
  const { broadcast, skipped, warnings } = begun.value
  const { id, at, to, clusters } = broadcast
  return accepted({ soundings: [{ kind: 'live', id, at, to, clusters }], skipped, warnings })
}

function place(deps: AiringDeps, who: Identity, wish: AirWish): Outcome<Aired> {
  const audience = audienceFor(deps, wish.targets)
  if (!audience.ok) return audience
  const starts = typeof wish.when === 'object' ? [{ at: wish.when.at, clusters: audience.value }] : startsOf(deps, audience.value)
  const made = starts.map((start, n) => sessionFor(deps, wish, { start, id: n === 0 ? wish.id : `${wish.id}-${n + 1}`, isAll: start.clusters.length === audience.value.length }))
  const published = publish(deps, who, {
    kind: 'session', title: wish.title, unusualMeant: true, changes: made.map(({ session }) => ({ session: session.id, doc: session })),
    audit: { action: 'notice.place', subject: wish.id, detail: made.map(({ session }) => session) },
  })
  if (!published.ok) return published
  const names = new Map(deps.access.directory().clusters.map(({ id, name }) => [id, name]))
  const reached = new Set(starts.flatMap(({ clusters }) => clusters))
  const skipped = audience.value.filter((id) => !reached.has(id)).map((id) => ({ cluster: id, name: names.get(id) ?? id, because: NO_SESSION }))
  return accepted({ soundings: made.map(({ sounding }) => sounding), skipped: skipped.map(({ because: { status: _, ...because }, ...row }) => ({ ...row, because })), warnings: published.value.warnings })
}

function sessionFor({ stores }: ServerDeps, wish: AirWish, { start, id, isAll }: { readonly start: NextStart; readonly id: string; readonly isAll: boolean }): { readonly session: Session; readonly sounding: NoticeSounding } {
  const chime = stores.programmes.byKey(CHIME.key)
  const said = { class: 'priority', order: wish.order ?? 0 } as const
  const items: Item[] = [...(chime ? [{ chime: CHIME.id, name: CHIME.name, ...said }] : []), { file: wish.programme, name: wish.title.slice(0, 120), ...said }]
  const ms = wish.ms + (chime?.ms ?? 0)
  const session = onceSession({ id, name: wish.title, at: start.at, ms, targets: isAll ? wish.targets : { clusters: [...start.clusters] }, items })
  return { session, sounding: { kind: 'session', id, at: start.at, to: endOf(start.at, ms), clusters: start.clusters } }
}
const endOf = (at: WallMs, ms: number): WallMs => wallMs(at + Math.ceil(ms / 1_000) * 1_000)

/**
 * Sessions that were made under a name and come round still: a server that ended between placing something and noting it finds them here,
 * and does not place it twice. `prefix`: of the ids.
 */
export function placedUnder({ stores, access, clock }: Pick<ServerDeps, 'stores' | 'access' | 'clock'>, prefix: string): NoticeSounding[] {
  const now = clock.wall()
  return stores.sessions.all().filter(({ id }) => id.startsWith(prefix)).flatMap((session) => {
    const [next] = occurrencesBetween(session, now, wallMs(now + MAX_AHEAD_MS))
    return next ? [{ kind: 'session' as const, id: session.id, at: next.start, to: next.end, clusters: access.audience(session.targets).clusters }] : []
  })
}

/** Takes back what has not ended: a broadcast ends now, a session that was made for it is removed. */
export function takeBack(deps: AiringDeps, who: Identity, { title, soundings }: { readonly title: string; readonly soundings: readonly NoticeSounding[] }): Outcome<null> {
  const now = deps.clock.wall()
  for (const { kind, id, to } of soundings) {
    if (kind !== 'live' || to <= now || !deps.live?.byId(id)) continue
    const ended = deps.live.end(id, { at: null, actor: who.actor })
    if (!ended.ok) return ended
  }
  const sessions = soundings.filter(({ kind, id, to }) => kind === 'session' && to > now && deps.stores.sessions.byId(id))
  if (sessions.length === 0) return accepted(null)
  const published = publish(deps, who, {
    kind: 'session', title, unusualMeant: true, changes: sessions.map(({ id }) => ({ session: id, doc: null })), audit: { action: 'notice.take-back', subject: sessions[0]?.id ?? '', detail: sessions.map(({ id }) => id) },
  })
  return published.ok ? accepted(null) : published
}
