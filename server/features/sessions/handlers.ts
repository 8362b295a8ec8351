import type { Session } from '../../../shared/core/timetable.ts'
import { ADMINISTRATOR } from '../../core/administrator.ts'
import { accepted, notFound, refused, type FindingView, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { findingsOf, newFindings, refusalFor } from './judge.ts'
import { currentTimetable } from './timetable.ts'

/** What was stored, and what deserves a look although it was. */
export interface StoredSession {
  readonly session: Session
  readonly warnings: FindingView[]
}
export interface SessionHandlers {
  list(): Session[]
  one(id: string): Outcome<Session>
  create(session: Session): Outcome<StoredSession>
  replace(id: string, session: Session): Outcome<StoredSession>
  remove(id: string): Outcome<{ id: string }>
}

/** A timetable holds no more; the plan of a cluster must stay within its limits. */
const MAX_SESSIONS = 500
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
const TOO_MANY: Refusal = {
  status: 422,
  code: 'too-many-sessions',
  en: `A timetable has at most ${MAX_SESSIONS} sessions: remove one that is over.`,
  vi: `Lịch phát có tối đa ${MAX_SESSIONS} buổi: hãy xoá bớt buổi đã hết hạn.`,
}

export function createSessionHandlers(deps: ServerDeps): SessionHandlers {
  const { sessions } = deps.stores
  return {
    list: () => sessions.all(),
    one(id) {
      const found = sessions.byId(id)
      return found ? accepted(found) : notFound(SESSION, id)
    },
    create(session) {
      if (sessions.byId(session.id)) return refused(exists(session.id))
      if (sessions.all().length >= MAX_SESSIONS) return refused(TOO_MANY)
      return store(deps, session, 'session.create')
    },
    replace(id, session) {
      if (!sessions.byId(id)) return notFound(SESSION, id)
      return session.id === id ? store(deps, session, 'session.change') : refused(OTHER_ID)
    },
    remove(id) {
      const found = sessions.byId(id)
      if (!found) return notFound(SESSION, id)
      deps.decide({ actor: ADMINISTRATOR, action: 'session.remove', subject: id, detail: found }, () => sessions.remove(id))
      deps.listener.timetableChanged()
      return accepted({ id })
    },
  }
}

/** Paths of findings name the place in the whole timetable; the writer sees one session. */
const seenFrom = (place: string, finding: FindingView): FindingView =>
  finding.path.startsWith(`${place}/`) || finding.path === place ? { ...finding, path: finding.path.slice(place.length) } : finding

function store(deps: ServerDeps, session: Session, action: 'session.create' | 'session.change'): Outcome<StoredSession> {
  const before = currentTimetable(deps.stores)
  const known = before.sessions.findIndex(({ id }) => id === session.id)
  const at = known < 0 ? before.sessions.length : known
  const others = before.sessions
  const after = { ...before, sessions: [...others.slice(0, at), session, ...others.slice(at + 1)] }
  const place = `/sessions/${at}`
  const all = findingsOf(deps, after)
  const own = all.filter((finding) => finding.path === place || finding.path.startsWith(`${place}/`))
  const elsewhere = newFindings(findingsOf(deps, before), all).filter((finding) => !own.includes(finding))
  const findings = [...own, ...elsewhere].map((finding) => seenFrom(place, finding))
  const refusal = refusalFor(findings)
  if (refusal) return refused(refusal)
  deps.decide({ actor: ADMINISTRATOR, action, subject: session.id, detail: session }, () => deps.stores.sessions.put(session, deps.clock.wall()))
  deps.listener.timetableChanged()
  return accepted({ session, warnings: findings })
}
