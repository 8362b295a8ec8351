import type { Session } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type FindingView, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { sameSession } from '../../core/timetable-merge.ts'
import { publish, type Publishing } from './publish.ts'

/** What was stored, and what deserves a look although it was. */
export interface StoredSession {
  readonly session: Session
  readonly warnings: FindingView[]
}
export interface SessionHandlers {
  list(who: Identity): Session[]
  one(who: Identity, id: string): Outcome<Session>
  create(who: Identity, session: Session): Outcome<StoredSession>
  replace(who: Identity, id: string, session: Session): Outcome<StoredSession>
  remove(who: Identity, id: string): Outcome<{ id: string }>
}

const SESSION = { en: 'session', vi: 'buổi phát' }

const exists = (id: string): Refusal => ({
  status: 409,
  code: 'exists',
  field: '/id',
  en: `There is already a session ${id}: change that one, or choose another id.`,
  vi: `Đã có buổi phát ${id}: hãy sửa buổi đó, hoặc chọn mã khác.`,
})
const OTHER_ID: Refusal = {
  status: 400,
  code: 'other-id',
  field: '/id',
  en: 'The id in the body is not the one in the address: make them the same, or create a new session.',
  vi: 'Mã trong nội dung khác mã trong địa chỉ: hãy ghi giống nhau, hoặc tạo buổi phát mới.',
}

/** Each of these is a publication of one session. */
export function createSessionHandlers(deps: ServerDeps): SessionHandlers {
  const { sessions } = deps.stores
  const seen = (who: Identity): ((session: Session) => boolean) => {
    const concerned = deps.access.concerns(who, 'station.read')
    return ({ targets }) => concerned(deps.access.areasOfTargets(targets))
  }
  const store = (who: Identity, session: Session, action: 'session.create' | 'session.change'): Outcome<StoredSession> => {
    if (sameSession(sessions.byId(session.id), session)) return accepted({ session, warnings: [] })
    const published = publish(deps, who, { ...ofOne(session.name), changes: [{ session: session.id, doc: session }], audit: { action, subject: session.id, detail: session } })
    if (published.ok) return accepted({ session, warnings: published.value.warnings.map(seenFrom(session.id)) })
    const { refusal } = published
    const { field, findings } = refusal
    return refused({
      ...refusal,
      ...(field === undefined ? {} : { field: shortened(session.id, field) }),
      ...(findings ? { findings: findings.map(seenFrom(session.id)) } : {}),
    })
  }
  return {
    list: (who) => sessions.all().filter(seen(who)),
    one(who, id) {
      const found = sessions.byId(id)
      return found && seen(who)(found) ? accepted(found) : notFound(SESSION, id)
    },
    create: (who, session) => (sessions.byId(session.id) ? refused(exists(session.id)) : store(who, session, 'session.create')),
    replace(who, id, session) {
      if (!sessions.byId(id)) return notFound(SESSION, id)
      return session.id === id ? store(who, session, 'session.change') : refused(OTHER_ID)
    },
    remove(who, id) {
      const found = sessions.byId(id)
      if (!found || !seen(who)(found)) return notFound(SESSION, id)
      const removed = publish(deps, who, { ...ofOne(found.name), changes: [{ session: id, doc: null }], audit: { action: 'session.remove', subject: id, detail: found } })
      return removed.ok ? accepted({ id }) : removed
    },
  }
}

/** Whoever speaks to the API by hand is told of an unusual hour, not asked. */
const ofOne = (name: string): Pick<Publishing, 'kind' | 'title' | 'unusualMeant'> => ({ kind: 'session', title: name, unusualMeant: true })

/** Paths of findings name the session; the writer sees only that one. */
const shortened = (id: string, path: string): string => {
  const place = `/sessions/${id}`
  return path === place || path.startsWith(`${place}/`) ? path.slice(place.length) : path
}
const seenFrom = (id: string) => (finding: FindingView): FindingView => ({ ...finding, path: shortened(id, finding.path) })
