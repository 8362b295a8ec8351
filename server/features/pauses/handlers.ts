import { civilDayNumber, DAY_MS, dayNumberOf, isoWithOffset, startOfDayNumber } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { occurrencesBetween } from '../../../shared/core/recurrence.ts'
import { reachOfClusters } from '../../core/difference.ts'
import type { Identity } from '../../core/identity.ts'
import { instantOf } from '../../core/instant.ts'
import type { Action } from '../../core/permissions.ts'
import { MAX_DATED_SPANS } from '../../core/plan.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { concerns, placesAt } from '../../core/timetable-dated.ts'
import type { SpanRecord } from '../../core/timetable-store.ts'
import { BACKWARDS, badInstant, NOWHERE, OPENING_TOO_FAR, OVER, tooFar, tooLong, TOO_MANY, unknownArea, unknownCluster } from './refusals.ts'
import type { NewMourning, NewSpan, SpanView } from './routes.ts'

type Kind = SpanRecord['kind']
type Spanned = Pick<SpanRecord, 'areas' | 'clusters' | 'from' | 'to' | 'reason'>

export interface SpanHandlers {
  /** Under way and to come; with `since` also what ended after that civil date. */
  list(who: Identity, kind: Kind, since?: string): Outcome<SpanView[]>
  pause(who: Identity, wish: NewSpan): Outcome<SpanView>
  open(who: Identity, wish: NewSpan & { readonly to: string }): Outcome<SpanView>
  mourn(who: Identity, wish: NewMourning): Outcome<SpanView>
  /** Ends it now; one that has not begun never does. */
  end(who: Identity, kind: Kind, id: string): Outcome<SpanView>
}

const RIGHTS: Readonly<Record<Kind, Action>> = { pause: 'pause.set', opening: 'opening.set', mourning: 'policy.write' }
const NAMES: Readonly<Record<Kind, { readonly en: string; readonly vi: string }>> = {
  pause: { en: 'pause', vi: 'lần tạm ngừng phát' },
  opening: { en: 'opening', vi: 'lần mở giờ đặc biệt' },
  mourning: { en: 'day of mourning', vi: 'ngày quốc tang' },
}
const MAX_PAUSE_DAYS = 31
const MAX_AHEAD_DAYS = 366
const MAX_OPENING_MS = 12 * 3_600_000
const MAX_SILENCED_SHOWN = 20
/** More clusters than these, and everything is planned in one go. */
const ONE_BY_ONE = 100

export function createSpanHandlers(deps: ServerDeps): SpanHandlers {
  const { stores, clock, access } = deps

  const affected = (span: Pick<SpanRecord, 'areas' | 'clusters'>): string[] => {
    const places = placesAt(stores, clock.wall())
    return stores.clusters.active().map(({ id }) => id).filter((id) => concerns(span, id, places))
  }
  const areasOf = (span: Pick<SpanRecord, 'areas' | 'clusters'>): readonly string[] | 'all' => access.areasOfTargets({ areas: [...span.areas], clusters: [...span.clusters] })

  const viewOf = (span: SpanRecord): SpanView => {
    const clusters = affected(span)
    const now = clock.wall()
    const { en, vi, ...reach } = reachOfClusters(clusters, access.areasOfCluster, access.book())
    return {
      id: span.id, kind: span.kind, areas: [...span.areas], reason: span.reason, by: span.actorName,
      clusters: span.clusters.map((id) => ({ id, name: stores.clusters.byId(id)?.name ?? id })),
      from: isoWithOffset(span.from), to: isoWithOffset(span.to),
      state: span.endedBy !== null ? 'ended' : now >= span.to ? 'over' : now < span.from ? 'upcoming' : 'running',
      reach: { clusters: reach.clusters, communes: [...reach.communes], en, vi },
      ...(span.kind === 'pause' ? { silences: silenced(span, clusters) } : {}),
    }
  }
  const silenced = ({ from, to }: SpanRecord, clusters: readonly string[]): NonNullable<SpanView['silences']> => {
    const here = new Set(clusters)
    const now = clock.wall()
    const heard = stores.sessions.all().filter(({ targets }) => access.audience(targets).clusters.some((id) => here.has(id)))
    return heard
      .flatMap(({ id, name, ...session }) => occurrencesBetween({ id, name, ...session }, wallMs(Math.max(from, now)), to).map((o) => ({ session: id, name, start: o.start })))
      .sort((a, b) => a.start - b.start)
      .slice(0, MAX_SILENCED_SHOWN)
      .map(({ session, name, start }) => ({ session, name, at: isoWithOffset(start) }))
  }
  const tell = (span: SpanRecord): void => {
    const clusters = affected(span)
    if (clusters.length > ONE_BY_ONE) deps.listener.timetableChanged()
    else for (const id of clusters) deps.listener.clusterChanged(id)
    const areas = areasOf(span)
    deps.events.tell({ kind: `${span.kind}.changed`, at: clock.wall(), areas: areas === 'all' ? [] : areas, subject: span.id, detail: { from: span.from, to: span.to, reason: span.reason } })
  }

  const unknown = ({ areas, clusters }: Spanned): Refusal | null => {
    if (areas.length + clusters.length === 0) return NOWHERE
    const book = access.book()
    const area = areas.findIndex((code) => book.on(book.merged(code)) === undefined)
    if (area >= 0) return unknownArea(areas[area] as string, area)
    const active = new Set(stores.clusters.active().map(({ id }) => id))
    const cluster = clusters.findIndex((id) => !active.has(id))
    return cluster >= 0 ? unknownCluster(clusters[cluster] as string, cluster) : null
  }
  const isFull = (kind: Kind, span: Spanned): boolean => {
    const places = placesAt(stores, clock.wall())
    const others = stores.spans.endingAfter(clock.wall()).filter((one) => one.kind === kind && one.to > one.from)
    return affected(span).some((id) => others.filter((one) => concerns(one, id, places)).length >= MAX_DATED_SPANS)
  }
  const add = (who: Identity, kind: Kind, wish: Spanned): Outcome<SpanView> => {
    const wrong = unknown(wish) ?? access.refusal(who, RIGHTS[kind], areasOf(wish))
    if (wrong) return refused(wrong)
    if (isFull(kind, wish)) return refused(TOO_MANY)
    const span: SpanRecord = { ...wish, id: newId(deps), kind, reason: wish.reason.normalize('NFC').trim(), actor: who.actor, actorName: who.name, createdAt: clock.wall(), endedBy: null }
    deps.decide({ actor: who.actor, action: `${kind}.set`, subject: span.id, detail: { ...wish } }, () => stores.spans.insert(span))
    tell(span)
    return accepted(viewOf(span))
  }

  return {
    list(who, kind, since) {
      const concerned = access.concerns(who, 'station.read')
      const from = since === undefined ? clock.wall() : startOfDayNumber(dayNumberOf(since))
      if (Number.isNaN(from)) return refused(badInstant('since'))
      const found = stores.spans.endingAfter(from).filter((span) => span.kind === kind && (since !== undefined || span.to > span.from) && concerned(areasOf(span)))
      return accepted(found.map(viewOf))
    },
    pause(who, { areas = [], clusters = [], reason, ...wish }) {
      const span = spanOf(wish, clock.wall())
      if (!span.ok) return span
      const { from, to } = span.value
      if (to - from > MAX_PAUSE_DAYS * DAY_MS) return refused(tooLong(MAX_PAUSE_DAYS))
      return add(who, 'pause', { areas, clusters, reason, from, to })
    },
    open(who, { areas = [], clusters = [], reason, ...wish }) {
      const span = spanOf(wish, clock.wall())
      if (!span.ok) return span
      const { from, to } = span.value
      if (to - clock.wall() > MAX_OPENING_MS) return refused(OPENING_TOO_FAR)
      return add(who, 'opening', { areas, clusters, reason, from, to })
    },
    mourn(who, { areas, date, until, reason }) {
      const [first, last] = [dayNumberOf(date), dayNumberOf(until ?? date)]
      if (Number.isNaN(first)) return refused(badInstant('/date'))
      if (Number.isNaN(last)) return refused(badInstant('/until'))
      const [from, to] = [startOfDayNumber(first), startOfDayNumber(last + 1)]
      if (to <= from || to <= clock.wall()) return refused({ ...BACKWARDS, field: '/until' })
      if (to - from > MAX_PAUSE_DAYS * DAY_MS) return refused({ ...tooLong(MAX_PAUSE_DAYS), field: '/until' })
      if (from - clock.wall() > MAX_AHEAD_DAYS * DAY_MS) return refused({ ...tooFar(MAX_AHEAD_DAYS), field: '/date' })
      return add(who, 'mourning', { areas, clusters: [], reason, from, to })
    },
    end(who, kind, id) {
      const span = stores.spans.byId(id)
      if (span?.kind !== kind || !access.concerns(who, 'station.read')(areasOf(span))) return notFound(NAMES[kind], id)
      const wrong = access.refusal(who, RIGHTS[kind], areasOf(span))
      if (wrong) return refused(wrong)
      const now = clock.wall()
      if (now >= span.to) return refused(OVER)
      deps.decide({ actor: who.actor, action: `${kind}.end`, subject: id, detail: null }, () => stores.spans.end(id, now, who.actor))
      const ended = stores.spans.byId(id) ?? span
      // those that were silent under it are told, wherever its end lies now
      tell(span)
      return accepted(viewOf(ended))
    },
  }
}

const newId = (deps: Pick<ServerDeps, 'secretBytes'>): string => [...deps.secretBytes(6)].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** Without a begin it begins now, without an end it lasts until midnight. */
function spanOf(wish: { readonly from?: string; readonly to?: string }, now: WallMs): Outcome<{ readonly from: WallMs; readonly to: WallMs }> {
  const begin = wish.from === undefined ? now : instantOf(wish.from)
  if (begin === null) return refused(badInstant('/from'))
  const from = wallMs(Math.max(begin, now))
  const to = wish.to === undefined ? startOfDayNumber(civilDayNumber(from) + 1) : instantOf(wish.to)
  if (to === null) return refused(badInstant('/to'))
  if (to <= from) return refused(BACKWARDS)
  return from - now > MAX_AHEAD_DAYS * DAY_MS ? refused(tooFar(MAX_AHEAD_DAYS)) : accepted({ from, to })
}
