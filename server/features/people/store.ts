import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { Generations } from '../../core/access.ts'
import type { AuditPages, AuditRow } from '../../core/audit-pages.ts'
import type { Grant } from '../../core/identity.ts'
import { nameKey, plainKey } from '../../core/person-name.ts'
import type { LinkPurpose, PeopleStore, Person, PersonLink, PersonLinkStore, PersonSession, PersonSessionStore, SessionLevel } from '../../core/person-store.ts'

interface PersonRow {
  readonly id: string
  readonly name: string
  readonly phone: string | null
  /** JSON. */
  readonly grants: string
  readonly created_at: number
  readonly disabled_at: number | null
  readonly has_password: number
}
const personOf = (row: PersonRow): Person => ({
  id: row.id,
  name: row.name,
  phone: row.phone,
  grants: JSON.parse(row.grants) as Grant[],
  createdAt: wallMs(row.created_at),
  disabledAt: row.disabled_at === null ? null : wallMs(row.disabled_at),
  hasPassword: row.has_password === 1,
})
const valuesOf = (person: Omit<Person, 'hasPassword'>): Record<string, unknown> => ({
  id: person.id, name: person.name, nameKey: nameKey(person.name), plainKey: plainKey(person.name), phone: person.phone,
  grants: JSON.stringify(person.grants), createdAt: person.createdAt, disabledAt: person.disabledAt,
})
// never the password itself: what is not read cannot be shown
const PERSON = 'SELECT id, name, phone, grants, created_at, disabled_at, password IS NOT NULL AS has_password FROM person'

export function createPeopleStore(db: Database): PeopleStore {
  const all = db.prepare<[], PersonRow>(`${PERSON} ORDER BY plain_key, name`)
  const byId = db.prepare<[string], PersonRow>(`${PERSON} WHERE id = ?`)
  const byPhone = db.prepare<[string], PersonRow>(`${PERSON} WHERE phone = ?`)
  const byName = db.prepare<[string], PersonRow>(`${PERSON} WHERE name_key = ?`)
  const byPlain = db.prepare<[string], PersonRow>(`${PERSON} WHERE plain_key = ?`)
  const insert = db.prepare('INSERT INTO person (id, name, name_key, plain_key, phone, grants, created_at, disabled_at) VALUES (@id, @name, @nameKey, @plainKey, @phone, @grants, @createdAt, @disabledAt)')
  const byInviteKey = db.prepare<[string], PersonRow>(`${PERSON} WHERE invite_key = ?`)
  const noteInviteKey = db.prepare<[string, string]>('UPDATE person SET invite_key = ? WHERE id = ?')
  const update = db.prepare('UPDATE person SET name = @name, name_key = @nameKey, plain_key = @plainKey, phone = @phone, grants = @grants, disabled_at = @disabledAt WHERE id = @id')
  const password = db.prepare<[string], { password: string | null }>('SELECT password FROM person WHERE id = ?')
  const setPassword = db.prepare<[string, string]>('UPDATE person SET password = ? WHERE id = ?')
  const one = (row: PersonRow | undefined): Person | null => (row ? personOf(row) : null)
  return {
    all: () => all.all().map(personOf),
    byId: (id) => one(byId.get(id)),
    byPhone: (phone) => one(byPhone.get(phone)),
    byName: (key) => one(byName.get(key)),
    byPlainName: (key) => byPlain.all(key).map(personOf),
    insert: (person) => void insert.run(valuesOf(person)),
    byInviteKey: (key) => one(byInviteKey.get(key)),
    noteInviteKey: (id, key) => void noteInviteKey.run(key, id),
    update: (person) => void update.run(valuesOf(person)),
    passwordOf: (id) => password.get(id)?.password ?? null,
    setPassword: (id, stored) => void setPassword.run(stored, id),
    links: createLinks(db),
    sessions: createSessions(db),
  }
}

interface LinkRow {
  readonly token_sha256: Uint8Array
  readonly purpose: string
  readonly person: string | null
  readonly created_at: number
  readonly expires_at: number
  readonly used_at: number | null
}
const linkOf = (row: LinkRow): PersonLink => ({
  tokenSha256: row.token_sha256,
  purpose: row.purpose as LinkPurpose,
  person: row.person,
  createdAt: wallMs(row.created_at),
  expiresAt: wallMs(row.expires_at),
  usedAt: row.used_at === null ? null : wallMs(row.used_at),
})

function createLinks(db: Database): PersonLinkStore {
  const byToken = db.prepare<[Uint8Array], LinkRow>('SELECT * FROM person_link WHERE token_sha256 = ?')
  const openOf = db.prepare<[string, number], LinkRow>('SELECT * FROM person_link WHERE person = ? AND used_at IS NULL AND expires_at > ? ORDER BY created_at DESC LIMIT 1')
  const insert = db.prepare('INSERT INTO person_link (token_sha256, purpose, person, created_at, expires_at) VALUES (@tokenSha256, @purpose, @person, @createdAt, @expiresAt)')
  const use = db.prepare<[number, Uint8Array]>('UPDATE person_link SET used_at = ? WHERE token_sha256 = ?')
  const withdraw = db.prepare<[string | null]>('DELETE FROM person_link WHERE person IS ? AND used_at IS NULL')
  return {
    byToken(sha) {
      const row = byToken.get(sha)
      return row ? linkOf(row) : null
    },
    openOf(person, at) {
      const row = openOf.get(person, at)
      return row ? linkOf(row) : null
    },
    insert: (link) => void insert.run(link),
    use: (sha, at) => void use.run(at, sha),
    withdraw: (person) => void withdraw.run(person),
  }
}

interface SessionRow {
  readonly token_sha256: Uint8Array
  readonly id: string
  readonly person: string
  readonly level: string
  readonly created_at: number
  readonly last_used_at: number
  readonly agent: string
  readonly address: string
}
const sessionOf = (row: SessionRow): PersonSession => ({
  id: row.id,
  tokenSha256: row.token_sha256,
  person: row.person,
  level: row.level as SessionLevel,
  createdAt: wallMs(row.created_at),
  lastUsedAt: wallMs(row.last_used_at),
  agent: row.agent,
  address: row.address,
})

function createSessions(db: Database): PersonSessionStore {
  const byToken = db.prepare<[Uint8Array], SessionRow>('SELECT * FROM person_session WHERE token_sha256 = ?')
  const ofPerson = db.prepare<[string], SessionRow>('SELECT * FROM person_session WHERE person = ? ORDER BY last_used_at DESC, created_at DESC')
  const insert = db.prepare(
    'INSERT INTO person_session (token_sha256, id, person, level, created_at, last_used_at, agent, address) VALUES (@tokenSha256, @id, @person, @level, @createdAt, @lastUsedAt, @agent, @address)',
  )
  const noteUse = db.prepare<[number, string]>('UPDATE person_session SET last_used_at = ? WHERE id = ?')
  const end = db.prepare<[string]>('DELETE FROM person_session WHERE id = ?')
  const endAll = db.prepare<[string, string]>('DELETE FROM person_session WHERE person = ? AND id <> ?')
  const prune = db.prepare<[number, number]>('DELETE FROM person_session WHERE last_used_at < ? OR created_at < ?')
  return {
    byToken(sha) {
      const row = byToken.get(sha)
      return row ? sessionOf(row) : null
    },
    ofPerson: (person) => ofPerson.all(person).map(sessionOf),
    insert: (session) => void insert.run(session),
    noteUse: (id, at) => void noteUse.run(at, id),
    end: (id) => void end.run(id),
    endAll: (person, keep = '') => endAll.run(person, keep).changes,
    prune: (idle, oldest) => void prune.run(idle, oldest),
  }
}

/** Read by one look-up: what is kept in memory holds while the value is the same, over rollbacks and other connections too. */
export function createGenerations(db: Database): Generations {
  const value = db.prepare<[string], { value: number }>('SELECT value FROM generation WHERE what = ?')
  return { places: () => value.get('places')?.value ?? 0 }
}

interface AuditDbRow {
  readonly n: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly detail: string
}

export function createAuditPages(db: Database): AuditPages {
  return {
    page({ actor, action, subject, from, to, before, most }) {
      const terms: string[] = []
      if (actor !== undefined) terms.push('actor = @actor')
      if (subject !== undefined) terms.push('subject = @subject')
      if (action !== undefined) terms.push("(action = @action OR substr(action, 1, length(@action) + 1) = @action || '.')")
      if (from !== undefined) terms.push('at >= @from')
      if (to !== undefined) terms.push('at < @to')
      if (before !== undefined) terms.push('n < @before')
      const where = terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`
      const rows = db.prepare<[Record<string, unknown>], AuditDbRow>(`SELECT n, at, actor, action, subject, detail FROM audit ${where} ORDER BY n DESC LIMIT @most`)
      return rows.all({ actor, action, subject, from, to, before, most }).map((row): AuditRow => ({ ...row, at: wallMs(row.at), detail: JSON.parse(row.detail) as unknown }))
    },
  }
}
