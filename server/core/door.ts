import type { Clock } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import { utf8 } from '../../shared/protocol/wire.ts'
import { NOT_YOURS } from './access.ts'
import { createAdministratorCheck, NO_TOKEN, sameBytes, WRONG_TOKEN } from './administrator.ts'
import { ADMINISTRATOR_IDENTITY, type Identity } from './identity.ts'
import { areasWhere, type Action } from './permissions.ts'
import { csrfToken, SESSION_IDLE_MS, SESSION_LIFE_MS, sessionToken } from './person-cookie.ts'
import { identityOf, type PersonSession } from './person-store.ts'
import { accepted, refused, type Outcome, type Refusal } from './refusal.ts'
import type { Stores } from './stores.ts'

/** What the door looks at of a request. */
export interface DoorRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly query: unknown
  /** As the client sees it, `HOST` or `HOST:PORT`. */
  readonly host: string
  readonly protocol: string
}

/**
 * Whom a feature knows by something other than the administrator's token or a session, such as an inspector's link or a
 * higher level's key. null = nothing of its kind in the request; a refusal = of its kind, and not good.
 */
export type Identify = (request: DoorRequest) => Outcome<Identity> | null

/** What a route asks of whoever calls it: see the config of routes. */
export interface RouteRight {
  readonly open?: boolean
  readonly known?: boolean
  readonly action?: Action
  readonly wholeStation?: boolean
}

export interface Visitor {
  readonly who: Identity
  /** Of somebody who signed in; null for tokens and links. */
  readonly session: PersonSession | null
  /** What this session's pages send back; null where there is no session. */
  readonly csrf: string | null
}

export interface Door {
  /** null where a route is open to everybody. */
  enter(request: DoorRequest, right: RouteRight): Outcome<Visitor | null>
}

export interface DoorDeps {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly stores: Pick<Stores, 'people'>
  readonly administratorSha256: Uint8Array
  readonly identify?: readonly Identify[]
  /** This is a practice station; absent = it is real. */
  readonly practising?: unknown
}

const SIGNED_OUT: Refusal = {
  status: 401,
  code: 'signed-out',
  en: 'You are signed out: sign in again.',
  vi: 'Phiên đăng nhập đã kết thúc: xin đăng nhập lại.',
}
const WRONG_ORIGIN: Refusal = {
  status: 403,
  code: 'wrong-origin',
  en: 'This page does not belong to the station: open it at the station’s own address.',
  vi: 'Trang này không thuộc đài: xin mở tại địa chỉ của đài.',
}
const NO_CSRF: Refusal = {
  status: 403,
  code: 'no-csrf-token',
  en: 'The header x-csrf-token is missing or old: load the page again (GET /api/v1/me tells it).',
  vi: 'Trang đã cũ: xin tải lại trang rồi thử lại.',
}

/** Last use is noted to the hour: not a write for every request. */
const NOTE_EVERY_MS = 3_600_000
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

const header = (request: DoorRequest, name: string): string | undefined => {
  const value = request.headers[name]
  return typeof value === 'string' ? value : value?.[0]
}
/** Pages of other sites can send requests here too: the browser says where they come from. */
function isForeign(request: DoorRequest): boolean {
  const origin = header(request, 'origin')
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === request.host)
}
/** A web socket is opened by GET and can do anything then. */
const changesSomething = (request: DoorRequest): boolean => !SAFE.has(request.method) || header(request, 'upgrade') !== undefined

/** The one door: who is there, and whether they hold the right that a route names. Where they hold it, the handler asks `Access`. */
export function createDoor(deps: DoorDeps): Door {
  const { clock, crypto, stores } = deps
  const whyNotAdministrator = createAdministratorCheck(deps)
  const identified = (request: DoorRequest): Outcome<Identity> | null => {
    for (const identify of deps.identify ?? []) {
      const known = identify(request)
      if (known) return known
    }
    return null
  }
  const without = (who: Identity): Outcome<Visitor> => accepted({ who, session: null, csrf: null })

  const bySession = (request: DoorRequest, token: string): Outcome<Visitor> => {
    const session = stores.people.sessions.byToken(crypto.sha256(utf8(token)))
    const now = clock.wall()
    if (!session || now >= session.lastUsedAt + SESSION_IDLE_MS || now >= session.createdAt + SESSION_LIFE_MS) return refused(SIGNED_OUT)
    const person = stores.people.byId(session.person)
    if (!person || person.disabledAt !== null) return refused(SIGNED_OUT)
    const csrf = csrfToken(crypto, token)
    if (changesSomething(request) && isForeign(request)) return refused(WRONG_ORIGIN)
    if (!SAFE.has(request.method) && !sameBytes(utf8(header(request, 'x-csrf-token') ?? ''), utf8(csrf))) return refused(NO_CSRF)
    if (now - session.lastUsedAt >= NOTE_EVERY_MS) stores.people.sessions.noteUse(session.id, now)
    return accepted({ who: identityOf(person), session, csrf })
  }
  const whoIsThere = (request: DoorRequest): Outcome<Visitor> => {
    const bearer = /^Bearer +\S/i.test(header(request, 'authorization') ?? '')
    if (bearer && whyNotAdministrator({ headers: { authorization: header(request, 'authorization') } }) === null) return without(ADMINISTRATOR_IDENTITY)
    const other = identified(request)
    if (other) return other.ok ? without(other.value) : other
    if (bearer) return refused(WRONG_TOKEN)
    const token = sessionToken(header(request, 'cookie'), { secure: request.protocol === 'https', practice: deps.practising !== undefined })
    return token === null ? refused(NO_TOKEN) : bySession(request, token)
  }

  return {
    enter(request, { open, known, action, wholeStation }) {
      // also where nobody is asked: a page elsewhere must not sign people in here
      if (open === true) return changesSomething(request) && isForeign(request) && header(request, 'upgrade') === undefined ? refused(WRONG_ORIGIN) : accepted(null)
      const there = whoIsThere(request)
      if (!there.ok || known === true) return there
      if (action === undefined) return refused(NOT_YOURS)
      const granted = areasWhere(there.value.who, action, clock.wall())
      return granted === 'all' || (wholeStation !== true && granted.size > 0) ? there : refused(NOT_YOURS)
    },
  }
}
