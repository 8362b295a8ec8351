import { civilDayNumber, dateOfDayNumber, dayNumberOf, secondOfDay } from '../../../shared/core/civil.ts'
import { durationMs } from '../../../shared/core/durations.ts'
import { itemName, mediaRefOf } from '../../../shared/core/layout.ts'
import { rhythmOf, spanSeconds } from '../../../shared/core/recurrence.ts'
import type { Days, Exception, Item, Session } from '../../../shared/core/timetable.ts'
import { placeItem, type TimedItem } from '../../core/clash-item.ts'
import { freeId, placeSession, type ClashAnswer } from '../../core/clash-place.ts'
import { splitByDays } from '../../core/clash-split.ts'
import type { Identity } from '../../core/identity.ts'
import { notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { withChanges } from '../../core/timetable-merge.ts'
import type { SessionChange, SessionTemplate } from '../../core/timetable-store.ts'
import type { DraftDesk, OpenDraft } from './draft-desk.ts'
import { itemThere, noSuchDate, notInSession, notPlaced, notThatDay, NOTHING_TO_COPY, SESSION } from './refusals.ts'
import type { Edited } from './views.ts'
import type { CopyWish, ExceptWish, ExtendWish, PlaceItemWish } from './work-views.ts'

export interface DraftWork {
  /** Puts a session at its time; where it clashes, by the answer. */
  placeSession(who: Identity, id: string, wish: { readonly session: Session; readonly answer?: ClashAnswer; readonly version: number | null }): Outcome<Edited>
  /** Puts an item into a session at a time of day; with a date, on that day only. */
  placeItem(who: Identity, id: string, wish: PlaceItemWish & { readonly version: number | null }): Outcome<Edited>
  /** Lets the days from `to` on have what the days from `from` on have. */
  copy(who: Identity, id: string, wish: CopyWish & { readonly version: number | null }): Outcome<Edited>
  apply(who: Identity, id: string, wish: { readonly template: SessionTemplate; readonly days: Days; readonly answer?: ClashAnswer; readonly version: number | null }): Outcome<Edited>
  except(who: Identity, id: string, wish: ExceptWish & { readonly version: number | null }): Outcome<Edited>
  extend(who: Identity, id: string, wish: ExtendWish & { readonly version: number | null }): Outcome<Edited>
}

/** Sessions that come into a draft one after another, each among those before it. */
function placeAll(context: { readonly desk: DraftDesk; readonly who: Identity; readonly open: OpenDraft }, sessions: readonly Session[], answer: ClashAnswer | null): Outcome<SessionChange[]> {
  const { desk, who, open } = context
  const world = desk.world(who, open)
  const changes = new Map<string, SessionChange>()
  let { merged } = open
  for (const session of sessions) {
    const others = merged.filter(({ id }) => id !== session.id)
    const placed = placeSession(session, { ...world, sessions: others }, answer)
    if (!placed.ok) return notPlaced(placed, others)
    const given = [...placed.changes, { session: session.id, doc: placed.placed }]
    for (const change of given) changes.set(change.session, change)
    merged = withChanges(merged, given)
  }
  return { ok: true, value: [...changes.values()] }
}

/** The sessions of the draft's area that come round on the first days and not at the same time on the later ones, as sessions of those dates. */
function copiesOf(open: OpenDraft, mine: (session: Session) => boolean, span: { readonly from: number; readonly to: number; readonly days: number }): Session[] {
  const taken = new Set(open.merged.map(({ id }) => id))
  return open.merged.filter(mine).flatMap((session): Session[] => {
    const rhythm = rhythmOf(session)
    const offsets = Array.from({ length: span.days }, (_, n) => n).filter((n) => {
      const [there, here] = [rhythm.on(span.from + n), rhythm.on(span.to + n)]
      return there !== null && here?.firstSecond !== there.firstSecond
    })
    if (offsets.length === 0) return []
    const id = freeId(session.id, (one) => taken.has(one))
    taken.add(id)
    const { except: _except, extend = [], ...plain } = session
    const longer = offsets.flatMap((n) => extend.filter((e) => dayNumberOf(e.date) === span.from + n).map((e) => ({ ...e, date: dateOfDayNumber(span.to + n) })))
    return [{ ...plain, id, days: { once: offsets.map((n) => dateOfDayNumber(span.to + n)) }, ...(longer.length > 0 ? { extend: longer } : {}) }]
  })
}

const sameException = (a: Exception, b: Exception): boolean => JSON.stringify(a) === JSON.stringify(b)

export function createDraftWork(deps: ServerDeps, desk: DraftDesk): DraftWork {
  const timed = (item: Item): TimedItem => {
    if ('relay' in item) return { item, ms: durationMs(item.length) || 0 }
    const ms = deps.mediaMs(mediaRefOf(item))
    return { item, ms: typeof ms === 'number' ? ms : 0 }
  }
  const place = (who: Identity, open: OpenDraft, sessions: readonly Session[], answer: ClashAnswer | null): Outcome<Edited> => {
    const placed = placeAll({ desk, who, open }, sessions, answer)
    return placed.ok ? desk.write(who, open, placed.value) : placed
  }
  const change = (who: Identity, id: string, wish: { readonly session: string; readonly version: number | null }, edit: (session: Session, open: OpenDraft) => Outcome<SessionChange[]>): Outcome<Edited> => {
    const opened = desk.forEdit(who, id, wish.version)
    if (!opened.ok) return opened
    const session = opened.value.merged.find((one) => one.id === wish.session)
    if (!session) return notFound(SESSION, wish.session)
    const edited = edit(session, opened.value)
    return edited.ok ? desk.write(who, opened.value, edited.value) : edited
  }
  const into = (session: Session, wish: PlaceItemWish): Outcome<Session> => {
    const span = spanSeconds(session.at, session.until)
    const offset = (secondOfDay(wish.at) - secondOfDay(session.at) + 86_400) % 86_400
    if (Number.isNaN(offset) || offset >= span) return refused(notInSession(session.name))
    const placed = placeItem(session.items.map(timed), timed(wish.item), offset * 1000, wish.answer ?? null)
    if (!placed.ok) return refused(itemThere(itemName(session.items[placed.index] as Item), wish.at))
    return { ok: true, value: { ...session, items: [...placed.items] } }
  }

  return {
    placeSession(who, id, { session, answer, version }) {
      const opened = desk.forEdit(who, id, version)
      return opened.ok ? place(who, opened.value, [session], answer ?? null) : opened
    },
    placeItem: (who, id, wish) =>
      change(who, id, { session: wish.into, version: wish.version }, (session, open) => {
        const filled = into(session, wish)
        if (!filled.ok) return filled
        if (wish.date === undefined) return { ok: true, value: [{ session: session.id, doc: filled.value }] }
        const day = dayNumberOf(wish.date)
        if (Number.isNaN(day)) return refused(noSuchDate(wish.date, '/date'))
        if (rhythmOf(session).on(day) === null) return refused(notThatDay(session.name, wish.date))
        const split = splitByDays(session, [day], { forEver: false, today: Math.min(day, civilDayNumber(deps.clock.wall())) })
        if (!split?.rest) return { ok: true, value: [{ session: session.id, doc: filled.value }] }
        const other = freeId(session.id, (one) => open.merged.some((known) => known.id === one))
        return { ok: true, value: [{ session: session.id, doc: split.rest }, { session: other, doc: { ...split.these, id: other, items: filled.value.items } }] }
      }),
    copy(who, id, { from, to, days, answer, version }) {
      const opened = desk.forEdit(who, id, version)
      if (!opened.ok) return opened
      for (const [field, text] of [['/from', from], ['/to', to]] as const) if (Number.isNaN(dayNumberOf(text))) return refused(noSuchDate(text, field))
      const copies = copiesOf(opened.value, desk.mayTouch(who, opened.value.draft), { from: dayNumberOf(from), to: dayNumberOf(to), days })
      return copies.length === 0 ? refused(NOTHING_TO_COPY) : place(who, opened.value, copies, answer ?? null)
    },
    apply(who, id, { template, days, answer, version }) {
      const opened = desk.forEdit(who, id, version)
      if (!opened.ok) return opened
      const taken = new Set(opened.value.merged.map((one) => one.id))
      const sessions = template.sessions.map((session) => {
        const own = taken.has(session.id) ? freeId(session.id, (one) => taken.has(one)) : session.id
        taken.add(own)
        const { except: _except, extend: _extend, ...plain } = session
        return { ...plain, id: own, days }
      })
      return place(who, opened.value, sessions, answer ?? null)
    },
    except(who, id, { sessions, when, again, version }) {
      const opened = desk.forEdit(who, id, version)
      if (!opened.ok) return opened
      const mine = desk.mayTouch(who, opened.value.draft)
      const chosen = sessions === undefined ? opened.value.merged.filter(mine) : opened.value.merged.filter((one) => sessions.includes(one.id))
      const lost = sessions?.find((one) => !chosen.some((session) => session.id === one))
      if (lost !== undefined) return notFound(SESSION, lost)
      const changes = chosen.map((session): SessionChange => {
        const { except = [], ...plain } = session
        const others = except.filter((one) => !sameException(one, when))
        const next = again === true ? others : [...others, when]
        return { session: session.id, doc: next.length > 0 ? { ...plain, except: next } : plain }
      })
      return desk.write(who, opened.value, changes)
    },
    extend: (who, id, { session: wanted, date, until, reason, version }) =>
      change(who, id, { session: wanted, version }, (session) => {
        const day = dayNumberOf(date)
        if (Number.isNaN(day)) return refused(noSuchDate(date, '/date'))
        if (rhythmOf(session).on(day) === null) return refused(notThatDay(session.name, date))
        const extend = [...(session.extend ?? []).filter((e) => e.date !== date), { date, until, reason: reason.normalize('NFC').trim() }]
        return { ok: true, value: [{ session: session.id, doc: { ...session, extend } }] }
      }),
  }
}
