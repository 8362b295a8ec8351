import { Type, type Static } from 'typebox'
import { civilDayNumber, dayNumberOf } from '../../../shared/core/civil.ts'
import { toBase64Url } from '../../../shared/protocol/wire.ts'
import type { Grant, Identity } from '../../core/identity.ts'
import { phoneOf, tidyName } from '../../core/person-name.ts'
import { isLastingAdministrator, type Person } from '../../core/person-store.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { endSessions } from '../../core/session-end.ts'
import { INVITE_LIFE_MS, makeLink } from './links.ts'
import { nameRefusal } from './name-refusal.ts'
import { dateOver, INVITED_ALREADY, IS_DISABLED, LAST_ADMINISTRATOR, noSuchDate, OTHER_KEY, PERSON, TOO_MANY_PEOPLE, unknownArea } from './refusals.ts'
import { grantOf, Grants, Name, Phone, personView, type GrantText, type MadeLink, type PersonView } from './views.ts'

const strict = { additionalProperties: false } as const
export const Invitation = Type.Object({ name: Name, phone: Type.Optional(Phone), grants: Grants }, strict)
export type Invitation = Static<typeof Invitation>
export const PersonPatch = Type.Object(
  {
    name: Type.Optional(Name),
    phone: Type.Optional(Type.Union([Phone, Type.Null()])),
    /** All of them: what is not written is taken away. */
    grants: Type.Optional(Grants),
    /** true: may not come in any more, and is out at once. */
    disabled: Type.Optional(Type.Boolean()),
  },
  { ...strict, minProperties: 1 },
)
export type PersonPatch = Static<typeof PersonPatch>

/** A province's communes with some people each. */
const MAX_PEOPLE = 5_000

export interface AccountHandlers {
  list(who: Identity): PersonView[]
  one(who: Identity, id: string): Outcome<PersonView>
  /** `base` is the address of this server as the administrator sees it. The same `key` twice is one person, with a new link as long as the first was not used. */
  invite(who: Identity, invitation: Invitation, from: { readonly base: string; readonly key: string | null }): Outcome<{ person: PersonView; link: MadeLink }>
  change(who: Identity, id: string, patch: PersonPatch): Outcome<PersonView>
  /** A new way in, in place of a forgotten password or of a link that got lost. */
  link(who: Identity, id: string, base: string): Outcome<MadeLink>
  signOut(who: Identity, id: string): Outcome<{ ended: number }>
}

/** Where a person is at work: somebody with a right everywhere, or with none, is the whole station's. */
function placeOf(grants: readonly Pick<Grant, 'areas'>[]): readonly string[] | 'all' {
  if (grants.length === 0) return 'all'
  return grants.some(({ areas }) => areas === 'all') ? 'all' : [...new Set(grants.flatMap(({ areas }) => areas as readonly string[]))]
}

export function createAccountHandlers(deps: ServerDeps): AccountHandlers {
  const { people } = deps.stores
  const view = (person: Person): PersonView => personView(person, { sessions: people.sessions.ofPerson(person.id), link: people.links.openOf(person.id, deps.clock.wall()) })
  /** Who is changed, when `who` may: every place of theirs must be within the administrator's. */
  const mine = (who: Identity, id: string): Outcome<Person> => {
    const person = people.byId(id)
    if (!person) return notFound(PERSON, id)
    const refusal = deps.access.refusal(who, 'person.write', placeOf(person.grants))
    return refusal ? refused(refusal) : accepted(person)
  }
  /** Only a hash is kept of a link, so the one whose answer was lost cannot be told again: another takes its place, as anybody who may invite can have it made. */
  const invitedAgain = (who: Identity, { id }: Person, { invitation, base }: { readonly invitation: Invitation; readonly base: string }): Outcome<{ person: PersonView; link: MadeLink }> => {
    const found = mine(who, id)
    if (!found.ok) return found
    if (!isOf(found.value, invitation)) return refused(OTHER_KEY)
    if (found.value.hasPassword || found.value.disabledAt !== null) return refused(INVITED_ALREADY)
    const link = deps.decide({ actor: who.actor, action: 'person.link', subject: id, detail: { purpose: 'invite' } }, () => makeLink(deps, { purpose: 'invite', person: id, lifeMs: INVITE_LIFE_MS, base }))
    return accepted({ person: view(found.value), link })
  }
  return {
    list(who) {
      const sees = deps.access.sees(who, 'person.write')
      const seen = (person: Person): boolean => {
        const place = placeOf(person.grants)
        return place === 'all' ? sees(null) : place.some(sees)
      }
      return people.all().filter(seen).map(view)
    },
    one(who, id) {
      const found = mine(who, id)
      return found.ok ? accepted(view(found.value)) : found
    },
    invite(who, invitation, { base, key: given }) {
      const { name, phone, grants } = invitation
      const key = given === null ? null : `${who.actor} ${given}`
      const known = key === null ? null : people.byInviteKey(key)
      if (known) return invitedAgain(who, known, { invitation, base })
      if (people.all().length >= MAX_PEOPLE) return refused(TOO_MANY_PEOPLE)
      const wrong = grantsRefusal(deps, who, grants) ?? nameRefusal(people, { name, ...(phone === undefined ? {} : { phone }) })
      if (wrong) return refused(wrong)
      const person: Person = {
        id: toBase64Url(deps.secretBytes(9)), name: tidyName(name), phone: phone === undefined ? null : phoneOf(phone),
        grants: grants.map(grantOf), createdAt: deps.clock.wall(), disabledAt: null, hasPassword: false,
      }
      const link = deps.decide({ actor: who.actor, action: 'person.invite', subject: person.id, detail: { name: person.name, phone: person.phone, grants } }, () => {
        people.insert(person)
        if (key !== null) people.noteInviteKey(person.id, key)
        return makeLink(deps, { purpose: 'invite', person: person.id, lifeMs: INVITE_LIFE_MS, base })
      })
      return accepted({ person: view(person), link })
    },
    change(who, id, patch) {
      const found = mine(who, id)
      if (!found.ok) return found
      const before = found.value
      const { name, phone, grants, disabled } = patch
      const wrong = (grants ? grantsRefusal(deps, who, grants) : null) ?? nameRefusal(people, { ...(name === undefined ? {} : { name }), ...(phone === undefined ? {} : { phone }) }, id)
      if (wrong) return refused(wrong)
      const after = changed(before, patch, disabled === true ? (before.disabledAt ?? deps.clock.wall()) : disabled === false ? null : before.disabledAt)
      const others = people.all().filter((person) => person.id !== id)
      if (isLastingAdministrator(before) && !isLastingAdministrator(after) && !others.some((person) => person.hasPassword && isLastingAdministrator(person))) return refused(LAST_ADMINISTRATOR)
      deps.decide({ actor: who.actor, action: 'person.change', subject: id, detail: patch }, () => {
        people.update(after)
        if (after.disabledAt === null) return
        endSessions(deps.stores, id)
        people.links.withdraw(id)
      })
      return accepted(view(after))
    },
    link(who, id, base) {
      const found = mine(who, id)
      if (!found.ok) return found
      if (found.value.disabledAt !== null) return refused(IS_DISABLED)
      const purpose = found.value.hasPassword ? 'password' : 'invite'
      return accepted(deps.decide({ actor: who.actor, action: 'person.link', subject: id, detail: { purpose } }, () => makeLink(deps, { purpose, person: id, lifeMs: INVITE_LIFE_MS, base })))
    },
    signOut(who, id) {
      const found = mine(who, id)
      if (!found.ok) return found
      return accepted({ ended: deps.decide({ actor: who.actor, action: 'person.sign-out-everywhere', subject: id }, () => endSessions(deps.stores, id)) })
    },
  }
}

/** Was this person made by these words? */
const isOf = (person: Person, { name, phone, grants }: Invitation): boolean =>
  person.name === tidyName(name) && person.phone === (phone === undefined ? null : phoneOf(phone)) && JSON.stringify(person.grants) === JSON.stringify(grants.map(grantOf))

const changed = (before: Person, { name, phone, grants }: PersonPatch, disabledAt: Person['disabledAt']): Person => ({
  ...before,
  disabledAt,
  ...(name === undefined ? {} : { name: tidyName(name) }),
  ...(phone === undefined ? {} : { phone: phone === null ? null : phoneOf(phone) }),
  ...(grants === undefined ? {} : { grants: grants.map(grantOf) }),
})

/** Nobody gives what lies beyond their own areas. */
function grantsRefusal(deps: ServerDeps, who: Identity, grants: readonly GrantText[]): Refusal | null {
  const book = deps.access.book()
  const today = civilDayNumber(deps.clock.wall())
  for (const [n, { areas, until }] of grants.entries()) {
    const missing = areas === 'all' ? undefined : areas.find((code) => book.chain(code).length === 0)
    if (missing !== undefined) return unknownArea(missing, n)
    if (until === undefined) continue
    const [day, field] = [dayNumberOf(until), `/grants/${n}/until`]
    if (Number.isNaN(day)) return noSuchDate(until, field)
    if (day < today) return dateOver(until, field)
  }
  return deps.access.refusal(who, 'person.write', placeOf(grants.map(grantOf)))
}
