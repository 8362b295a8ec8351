import type { Migration } from '../migrate.ts'

/** Tables whose state is kept in memory until it changes: whatever changes them gives their generation another value, and a rollback takes that back. */
const WATCHED: readonly (readonly [generation: string, table: string, update: string])[] = [
  ['places', 'area', 'UPDATE'],
  ['places', 'grp', 'UPDATE'],
  ['places', 'membership', 'UPDATE'],
  ['places', 'cluster', 'UPDATE OF name, revoked_at'],
]
const triggers = WATCHED.flatMap(([generation, table, update]) =>
  ['INSERT', update, 'DELETE'].map(
    (event, n) => `CREATE TRIGGER ${table}_generation_${n} AFTER ${event} ON ${table} BEGIN UPDATE generation SET value = random() >> 11 WHERE what = '${generation}'; END;`,
  ),
).join('\n')

/** Accounts, the links that open them, who is signed in, and ways into the audit log. */
export const people: Migration = {
  version: 8,
  name: 'people',
  up: `
CREATE TABLE person (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, plain_key TEXT NOT NULL, phone TEXT UNIQUE,
  grants TEXT NOT NULL, created_at INTEGER NOT NULL, disabled_at INTEGER, password TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX person_by_plain_key ON person(plain_key);
CREATE TABLE person_link (
  token_sha256 BLOB PRIMARY KEY, purpose TEXT NOT NULL, person TEXT REFERENCES person(id), created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX person_link_by_person ON person_link(person);
CREATE TABLE person_session (
  token_sha256 BLOB PRIMARY KEY, id TEXT NOT NULL UNIQUE, person TEXT NOT NULL REFERENCES person(id), level TEXT NOT NULL,
  created_at INTEGER NOT NULL, last_used_at INTEGER NOT NULL, agent TEXT NOT NULL, address TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX person_session_by_person ON person_session(person);
CREATE INDEX audit_by_actor ON audit(actor, n);
CREATE INDEX audit_by_subject ON audit(subject, n);
CREATE INDEX audit_by_time ON audit(at);
CREATE TABLE generation (what TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO generation (what, value) VALUES ('places', 0);
${triggers}
`,
}
