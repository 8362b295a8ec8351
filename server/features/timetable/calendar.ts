import { civilDayNumber, isoWithOffset, startOfDayNumber } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { itemName } from '../../../shared/core/layout.ts'
import { occurrencesBetween } from '../../../shared/core/recurrence.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import { calendarText, type CalendarEvent } from '../../core/ics.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { newId } from './identities.ts'
import { unknownArea } from './refusals.ts'
import type { LinkMade, LinkView } from './calendar-views.ts'

export interface CalendarHandlers {
  /** The area's sessions of the coming sixty days as RFC 5545. */
  ofArea(who: Identity, area: string): Outcome<string>
  /** The same, for whoever holds the link. */
  ofLink(token: string): Outcome<string>
  links(who: Identity): LinkView[]
  /** The token is told once. */
  makeLink(who: Identity, area: string): Outcome<LinkMade>
  revoke(who: Identity, id: string): Outcome<{ id: string }>
}

const DAYS_MS = 60 * 86_400_000
const MAX_EVENTS = 5_000
const LINK = { en: 'link', vi: 'đường dẫn' }
const GONE: Refusal = { status: 404, code: 'not-found', en: 'This calendar link is not known or was withdrawn: ask the station for a new one.', vi: 'Đường dẫn lịch không đúng hoặc đã bị thu hồi: xin hỏi lại đài truyền thanh.' }

export function createCalendarHandlers(deps: ServerDeps): CalendarHandlers {
  const { stores, access, clock, crypto } = deps
  const { calendarLinks } = stores.desk

  /** Only what stands in the timetable: no name of a person, no cluster. */
  const eventsOf = (area: string, now: WallMs): CalendarEvent[] => {
    const here = new Set(access.audience({ areas: [area] }).clusters)
    const location = access.book().on(access.book().merged(area))?.name ?? area
    const book = access.book()
    const heard = stores.sessions.all().filter(({ targets }) => {
      const areas = access.areasOfTargets(targets)
      return access.audience(targets).clusters.some((id) => here.has(id)) || areas === 'all' || areas.some((code) => book.within(area, code))
    })
    return heard
      .flatMap((session) =>
        occurrencesBetween(session, startOfDayNumber(civilDayNumber(now)), wallMs(now + DAYS_MS)).map(({ start, end, date }, n, all): CalendarEvent => {
          // the round of its day, so that an event that is moved is the same event
          const round = n - all.findIndex((o) => o.date === date)
          return { uid: `${session.id}.${date}.${round}.${area}@tieng-lang`, start, end, summary: session.name, location, description: session.items.map(itemName).join('\n') }
        }),
      )
      .sort((a, b) => a.start - b.start || (a.uid < b.uid ? -1 : 1))
      .slice(0, MAX_EVENTS)
  }
  const textOf = (area: string): string => {
    const now = clock.wall()
    const name = access.book().on(access.book().merged(area))?.name ?? area
    return calendarText(`Lịch phát thanh ${name}`, eventsOf(area, now), now)
  }
  const isKnown = (area: string): boolean => access.book().on(access.book().merged(area)) !== undefined

  return {
    ofArea(who, area) {
      if (!isKnown(area)) return refused({ ...unknownArea(area, 'code'), status: 404 })
      const wrong = access.concerns(who, 'station.read')([area]) ? null : access.refusal(who, 'station.read', [area])
      return wrong ? refused(wrong) : accepted(textOf(area))
    },
    ofLink(token) {
      const link = calendarLinks.byToken(crypto.sha256(utf8(token)))
      return link && isKnown(link.area) ? accepted(textOf(link.area)) : refused(GONE)
    },
    links: (who) => {
      const sees = access.sees(who, 'timetable.publish')
      return calendarLinks.all().filter(({ area }) => sees(area)).map(({ id, area, createdAt }) => ({ id, area, createdAt: isoWithOffset(createdAt) }))
    },
    makeLink(who, area) {
      if (!isKnown(area)) return refused(unknownArea(area))
      const wrong = access.refusal(who, 'timetable.publish', [area])
      if (wrong) return refused(wrong)
      const token = toBase64Url(deps.secretBytes(24))
      const link = { id: newId(deps), area, actor: who.actor, createdAt: clock.wall() }
      deps.decide({ actor: who.actor, action: 'calendar.link', subject: link.id, detail: { area } }, () => calendarLinks.insert({ ...link, tokenSha256: crypto.sha256(utf8(token)) }))
      return accepted({ id: link.id, area, createdAt: isoWithOffset(link.createdAt), path: `/api/v1/timetable/calendar/${token}` })
    },
    revoke(who, id) {
      const link = calendarLinks.byId(id)
      if (link?.revokedAt !== null || !access.sees(who, 'timetable.publish')(link.area)) return notFound(LINK, id)
      deps.decide({ actor: who.actor, action: 'calendar.revoke', subject: id, detail: { area: link.area } }, () => calendarLinks.revoke(id, clock.wall()))
      return accepted({ id })
    },
  }
}
