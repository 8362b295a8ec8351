import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import { createAttemptLimit } from '../../core/attempt-limit.ts'
import type { Visitor } from '../../core/door.ts'
import { csrfToken, SESSION_IDLE_MS, SESSION_LIFE_MS } from '../../core/person-cookie.ts'
import { nameKey, phoneOf, plainKey, tidyName } from '../../core/person-name.ts'
import { passwordRefusal } from '../../core/person-password.ts'
import { actorOf, identityOf, type LinkPurpose, type Person, type PersonLink, type PersonSession } from '../../core/person-store.ts'
import { accepted, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { endSession, endSessions } from '../../core/session-end.ts'
import { nameRefusal } from './name-refusal.ts'
import { BUSY, DISABLED, LINK_EXPIRED, LINK_USED, NAME_FIXED, NAME_NEEDED, NO_LINK, tooManyAttempts, WRONG_LOGIN } from './refusals.ts'

export type EntryDeps = Pick<ServerDeps, 'stores' | 'decide' | 'clock' | 'crypto' | 'secretBytes' | 'passwords' | 'log'>

/** From where somebody comes in. */
export interface Browser {
  readonly address: string
  readonly agent: string
}
/** Who came in, and the token of the cookie. */
export interface Entered {
  readonly token: string
  readonly visitor: Visitor
}
export interface LinkUse {
  readonly token: string
  readonly password: string
  readonly name?: string
  readonly phone?: string
}
export interface EntryHandlers {
  signIn(order: { readonly login: string; readonly password: string }, browser: Browser): Promise<Outcome<Entered>>
  /** Whom a link is for, before it is used. */
  look(token: string, browser: Browser): Outcome<{ readonly purpose: LinkPurpose; readonly name: string | null; readonly expiresAt: WallMs }>
  use(order: LinkUse, browser: Browser): Promise<Outcome<Entered>>
}

/**
 * Wrong passwords: from one address for one account, for one account from everywhere, and from one address for everything.
 * A success does not count, so that an office behind one address is not held up.
 */
const LIMITS = { pair: [5, 30_000], account: [20, 30_000], address: [30, 5_000] } as const
/** Sessions of one person; the one used longest ago gives way. */
const MAX_SESSIONS = 20
const MAX_AGENT = 120

export function createEntryHandlers(deps: EntryDeps): EntryHandlers {
  const { stores, clock } = deps
  const [pairs, accounts, addresses] = [createAttemptLimit(...LIMITS.pair), createAttemptLimit(...LIMITS.account), createAttemptLimit(...LIMITS.address)]
  const buckets = (account: string | null, { address }: Browser) =>
    account === null ? ([[addresses, address]] as const) : ([[pairs, `${address} ${account}`], [accounts, account], [addresses, address]] as const)
  /** Takes one attempt from every bucket; a refusal takes none. */
  const held = (account: string | null, browser: Browser): Refusal | null => {
    const at = clock.mono()
    const waitMs = Math.max(...buckets(account, browser).map(([limit, key]) => limit.waitMs(key, at)))
    if (waitMs > 0) return tooManyAttempts(Math.ceil(waitMs / 1_000))
    buckets(account, browser).forEach(([limit, key]) => limit.take(key, at))
    return null
  }
  const giveBack = (account: string | null, browser: Browser): void => buckets(account, browser).forEach(([limit, key]) => limit.giveBack(key))

  return {
    async signIn({ login, password }, browser) {
      const account = phoneOf(login) ?? nameKey(login)
      const limited = held(account, browser)
      if (limited) return refused(limited)
      if (deps.passwords.busy()) return refused(BUSY)
      const person = personCalled(deps, login)
      const stored = person ? stores.people.passwordOf(person.id) : null
      const right = await deps.passwords.verify(stored, password)
      if (!person || stored === null || !right) {
        deps.log.warn({ person: person?.id ?? null, address: browser.address }, 'a sign-in was refused')
        return refused(WRONG_LOGIN)
      }
      giveBack(account, browser)
      // told only to whoever knows the password
      if (person.disabledAt !== null) return refused(DISABLED)
      const stronger = deps.passwords.isStale(stored) ? await deps.passwords.hash(password) : null
      return accepted(
        deps.decide({ actor: actorOf(person), action: 'person.sign-in', subject: person.id }, () => {
          // not over one that was set in the meantime
          if (stronger !== null && stores.people.passwordOf(person.id) === stored) stores.people.setPassword(person.id, stronger)
          return beginSession(deps, person, browser)
        }),
      )
    },
    look(token, browser) {
      const limited = held(null, browser)
      if (limited) return refused(limited)
      const found = openLink(deps, token)
      if (!found.ok) return found
      giveBack(null, browser)
      const { purpose, person, expiresAt } = found.value
      return accepted({ purpose, name: person === null ? null : (stores.people.byId(person)?.name ?? null), expiresAt })
    },
    async use(order, browser) {
      const limited = held(null, browser)
      if (limited) return refused(limited)
      const found = openLink(deps, order.token)
      if (!found.ok) return found
      giveBack(null, browser)
      return useLink(deps, { order, link: found.value, browser })
    },
  }
}

/** By telephone number, by name, and by a name without its marks where only one person has it. */
function personCalled({ stores: { people } }: EntryDeps, login: string): Person | null {
  const phone = phoneOf(login)
  if (phone !== null) return people.byPhone(phone)
  const exact = people.byName(nameKey(login))
  const alike = exact ? [] : people.byPlainName(plainKey(login))
  return exact ?? (alike.length === 1 ? (alike[0] ?? null) : null)
}

function openLink({ stores, crypto, clock }: EntryDeps, token: string): Outcome<PersonLink> {
  const link = stores.people.links.byToken(crypto.sha256(utf8(token)))
  if (!link) return refused(NO_LINK)
  if (link.usedAt !== null) return refused(LINK_USED)
  return clock.wall() >= link.expiresAt ? refused(LINK_EXPIRED) : accepted(link)
}

interface Using {
  readonly order: LinkUse
  readonly link: PersonLink
  readonly browser: Browser
}

/** The person whom a link is for, as they are or as they will be. */
function personFor(deps: EntryDeps, { order, link }: Using): Outcome<Omit<Person, 'hasPassword'>> {
  const { people } = deps.stores
  if (link.person !== null) {
    const person = people.byId(link.person)
    if (order.name !== undefined || order.phone !== undefined) return refused(NAME_FIXED)
    if (!person) return refused(NO_LINK)
    return person.disabledAt === null ? accepted(person) : refused(DISABLED)
  }
  if (order.name === undefined) return refused(NAME_NEEDED)
  const wrong = nameRefusal(people, order)
  if (wrong) return refused(wrong)
  const phone = order.phone === undefined ? null : phoneOf(order.phone)
  return accepted({ id: toBase64Url(deps.secretBytes(9)), name: tidyName(order.name), phone, grants: [{ role: 'administrator', areas: 'all' }], createdAt: deps.clock.wall(), disabledAt: null })
}

const DONE: Readonly<Record<LinkPurpose, string>> = { first: 'person.first', invite: 'person.accept', password: 'person.password' }

/** One transaction: the link is used, the password set and the session begun, or none of it. */
async function useLink(deps: EntryDeps, using: Using): Promise<Outcome<Entered>> {
  const { order, link, browser } = using
  const before = personFor(deps, using)
  if (!before.ok) return before
  const weak = passwordRefusal(order.password, before.value)
  if (weak) return refused(weak)
  if (deps.passwords.busy()) return refused(BUSY)
  const stored = await deps.passwords.hash(order.password)
  // somebody else may have been quicker while the password was hashed
  const still = openLink(deps, order.token)
  if (!still.ok) return still
  const now = personFor(deps, using)
  if (!now.ok) return now
  const person: Person = { ...now.value, hasPassword: true }
  const { people } = deps.stores
  const detail = link.purpose === 'first' ? { name: person.name } : { name: person.name, purpose: link.purpose }
  return accepted(
    deps.decide({ actor: actorOf(person), action: DONE[link.purpose], subject: person.id, detail }, () => {
      people.links.use(link.tokenSha256, deps.clock.wall())
      if (link.person === null) people.insert(person)
      people.setPassword(person.id, stored)
      // whoever came in by the old password is out
      endSessions(deps.stores, person.id)
      return beginSession(deps, person, browser)
    }),
  )
}

/** Begins a session for somebody who was let in by something other than a password or a link of theirs. */
export const enterAs = (deps: EntryDeps, person: Person, browser: Browser): Entered =>
  deps.decide({ actor: actorOf(person), action: 'person.sign-in', subject: person.id }, () => beginSession(deps, person, browser))

/** Within a decision. */
function beginSession(deps: EntryDeps, person: Person, { address, agent }: Browser): Entered {
  const { sessions } = deps.stores.people
  const now = deps.clock.wall()
  const token = toBase64Url(deps.secretBytes(24))
  const session: PersonSession = {
    id: toBase64Url(deps.secretBytes(9)), tokenSha256: deps.crypto.sha256(utf8(token)), person: person.id, level: 'password',
    createdAt: now, lastUsedAt: now, agent: agent.slice(0, MAX_AGENT), address,
  }
  sessions.prune(wallMs(now - SESSION_IDLE_MS), wallMs(now - SESSION_LIFE_MS))
  for (const over of sessions.ofPerson(person.id).slice(MAX_SESSIONS - 1)) endSession(deps.stores, over)
  sessions.insert(session)
  return { token, visitor: { who: identityOf(person), session, csrf: csrfToken(deps.crypto, token) } }
}
