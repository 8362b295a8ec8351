import { createAttemptLimit } from '../../core/attempt-limit.ts'
import type { Visitor } from '../../core/door.ts'
import { passwordRefusal } from '../../core/person-password.ts'
import type { Person, PersonSession } from '../../core/person-store.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { endSession, endSessions } from '../../core/session-end.ts'
import { BUSY, NOT_A_PERSON, SESSION, tooManyAttempts, WRONG_PASSWORD } from './refusals.ts'
import { meView, sessionView, type Me, type SessionView } from './views.ts'

export interface OwnHandlers {
  me(visitor: Visitor): Me
  /** Ends this session, and messages to this browser: those that were turned on in this session, and those to `endpoint`. */
  signOut(visitor: Visitor, endpoint?: string): Outcome<{ ended: number }>
  /** thoát mọi thiết bị; messages to them end too */
  signOutEverywhere(visitor: Visitor): Outcome<{ ended: number }>
  sessions(visitor: Visitor): Outcome<SessionView[]>
  endSession(visitor: Visitor, id: string): Outcome<{ ended: number }>
  /** Ends all other sessions. */
  changePassword(visitor: Visitor, order: { readonly current: string; readonly password: string }): Promise<Outcome<{ ended: number }>>
}

const WRONG = { burst: 5, refillMs: 30_000 }

export function createOwnHandlers(deps: ServerDeps): OwnHandlers {
  const { people } = deps.stores
  const limit = createAttemptLimit(WRONG.burst, WRONG.refillMs)
  const self = ({ session }: Visitor): { readonly person: Person; readonly session: PersonSession } | null => {
    const person = session && people.byId(session.person)
    return person ? { person, session } : null
  }
  const ending = (visitor: Visitor, action: string, end: (session: PersonSession) => number): Outcome<{ ended: number }> => {
    const { session } = visitor
    if (!session) return refused(NOT_A_PERSON)
    return accepted({ ended: deps.decide({ actor: visitor.who.actor, action, subject: session.person }, () => end(session)) })
  }
  return {
    me: (visitor) => meView(visitor, self(visitor)?.person.phone ?? null, deps.clock.wall()),
    signOut: (visitor, endpoint) =>
      ending(visitor, 'person.sign-out', (session) => {
        endSession(deps.stores, session, endpoint)
        return 1
      }),
    signOutEverywhere: (visitor) => ending(visitor, 'person.sign-out-everywhere', ({ person }) => endSessions(deps.stores, person)),
    sessions: ({ session }) => (session ? accepted(people.sessions.ofPerson(session.person).map((one) => sessionView(one, session))) : refused(NOT_A_PERSON)),
    endSession(visitor, id) {
      const { session } = visitor
      if (!session) return refused(NOT_A_PERSON)
      if (!people.sessions.ofPerson(session.person).some((one) => one.id === id)) return notFound(SESSION, id)
      return ending(visitor, 'person.sign-out', ({ person }) => {
        endSession(deps.stores, { id, person })
        return 1
      })
    },
    async changePassword(visitor, { current, password }) {
      const own = self(visitor)
      if (!own) return refused(NOT_A_PERSON)
      const { person, session } = own
      const now = deps.clock.mono()
      const waitMs = limit.waitMs(person.id, now)
      if (waitMs > 0) return refused(tooManyAttempts(Math.ceil(waitMs / 1_000)))
      limit.take(person.id, now)
      if (deps.passwords.busy()) return refused(BUSY)
      const stored = people.passwordOf(person.id)
      if (!(await deps.passwords.verify(stored, current))) return refused(WRONG_PASSWORD)
      limit.giveBack(person.id)
      const weak = passwordRefusal(password, person)
      if (weak) return refused(weak)
      const fresh = await deps.passwords.hash(password)
      return ending(visitor, 'person.password', () => {
        people.setPassword(person.id, fresh)
        people.links.withdraw(person.id)
        return endSessions(deps.stores, person.id, session.id)
      })
    },
  }
}
