import type { WallMs } from '../../shared/core/clock.ts'
import type { Grant, Identity } from './identity.ts'

/** Somebody with an account. Never deleted: the audit log names them. */
export interface Person {
  readonly id: string
  /** Unique, capitals and spaces aside. */
  readonly name: string
  /** `+84…`; null where they sign in by name. */
  readonly phone: string | null
  readonly grants: readonly Grant[]
  readonly createdAt: WallMs
  /** Since when they may not come in; null = they may. */
  readonly disabledAt: WallMs | null
  /** False until they have used their first link. */
  readonly hasPassword: boolean
}

/** `first`: makes the first administrator. `invite`: a new person's first password. `password`: a forgotten one's successor. */
export type LinkPurpose = 'first' | 'invite' | 'password'
export interface PersonLink {
  readonly tokenSha256: Uint8Array
  readonly purpose: LinkPurpose
  /** null for `first`: the person is made when it is used. */
  readonly person: string | null
  readonly createdAt: WallMs
  readonly expiresAt: WallMs
  readonly usedAt: WallMs | null
}

/** What somebody has shown of themselves; a second factor will be above it. */
export type SessionLevel = 'password'
export interface PersonSession {
  /** Names it in lists; opens nothing. */
  readonly id: string
  readonly tokenSha256: Uint8Array
  readonly person: string
  readonly level: SessionLevel
  readonly createdAt: WallMs
  /** To the hour. */
  readonly lastUsedAt: WallMs
  /** What the browser calls itself, shortened, and from which address it came. */
  readonly agent: string
  readonly address: string
}

export interface PeopleStore {
  /** In order of name. */
  all(): Person[]
  byId(id: string): Person | null
  byPhone(phone: string): Person | null
  /** By `nameKey`. */
  byName(key: string): Person | null
  /** By `plainKey`; several people can share one. */
  byPlainName(key: string): Person[]
  insert(person: Omit<Person, 'hasPassword'>): void
  /** Whom an invitation under this key has made. */
  byInviteKey(key: string): Person | null
  /** Unique: the same key twice is one invitation. */
  noteInviteKey(id: string, key: string): void
  /** Name, phone, grants and whether they may come in. */
  update(person: Omit<Person, 'hasPassword'>): void
  /** As `Passwords` stored it; null where there is none. */
  passwordOf(id: string): string | null
  setPassword(id: string, stored: string): void
  readonly links: PersonLinkStore
  readonly sessions: PersonSessionStore
}
export interface PersonLinkStore {
  byToken(tokenSha256: Uint8Array): PersonLink | null
  /** The newest that can still be used; null where there is none. */
  openOf(person: string, at: WallMs): PersonLink | null
  insert(link: Omit<PersonLink, 'usedAt'>): void
  use(tokenSha256: Uint8Array, at: WallMs): void
  /** Takes back what was not used: links of a person, or (null) those for a first administrator. */
  withdraw(person: string | null): void
}
export interface PersonSessionStore {
  byToken(tokenSha256: Uint8Array): PersonSession | null
  /** The newest use first. */
  ofPerson(person: string): PersonSession[]
  insert(session: PersonSession): void
  noteUse(id: string, at: WallMs): void
  end(id: string): void
  /** All of a person but `keep`; answers how many. */
  endAll(person: string, keep?: string): number
  /** Forgets those last used before `idle`, or begun before `oldest`. */
  prune(idle: WallMs, oldest: WallMs): void
}

export const actorOf = (person: Pick<Person, 'id'>): string => `person:${person.id}`

/** On whose behalf a person acts. */
export const identityOf = (person: Person): Identity => ({ kind: 'person', actor: actorOf(person), name: person.name, grants: person.grants })

/** One who can put everything right, also next year. */
export const isLastingAdministrator = ({ grants, disabledAt }: Pick<Person, 'grants' | 'disabledAt'>): boolean =>
  disabledAt === null && grants.some(({ role, areas, until }) => role === 'administrator' && areas === 'all' && until === undefined)
