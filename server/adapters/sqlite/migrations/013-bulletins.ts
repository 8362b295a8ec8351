import type { Migration } from '../migrate.ts'

/** Notices and their templates; bulletins with what became of them in each commune; source systems and what is sent to them. */
export const bulletins: Migration = {
  version: 13,
  name: 'bulletins',
  up: `
CREATE TABLE notice_template (
  id TEXT NOT NULL, version INTEGER NOT NULL, area TEXT, retired INTEGER NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE notice (
  id TEXT PRIMARY KEY, key TEXT UNIQUE, programme TEXT NOT NULL, state TEXT NOT NULL, created_at INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_by_programme ON notice(programme);
CREATE INDEX notice_newest ON notice(created_at DESC, id);

CREATE TABLE source_system (
  id TEXT PRIMARY KEY, token_sha256 BLOB NOT NULL UNIQUE, created_at INTEGER NOT NULL, revoked_at INTEGER, doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE bulletin (
  id TEXT PRIMARY KEY, sender TEXT NOT NULL, external TEXT NOT NULL, version INTEGER NOT NULL, class TEXT NOT NULL, received_at INTEGER NOT NULL,
  deadline INTEGER, withdrawn_at INTEGER, programme TEXT, doc TEXT NOT NULL, UNIQUE (sender, external)
) STRICT, WITHOUT ROWID;
CREATE INDEX bulletin_newest ON bulletin(received_at DESC, id);
CREATE INDEX bulletin_by_deadline ON bulletin(deadline) WHERE deadline IS NOT NULL AND withdrawn_at IS NULL;
CREATE TABLE bulletin_commune (
  bulletin TEXT NOT NULL REFERENCES bulletin(id), commune TEXT NOT NULL, doc TEXT NOT NULL, aired_at INTEGER, reminded_at INTEGER, PRIMARY KEY (bulletin, commune)
) STRICT, WITHOUT ROWID;
CREATE INDEX bulletin_of_commune ON bulletin_commune(commune);
CREATE TABLE bulletin_reader (
  bulletin TEXT NOT NULL REFERENCES bulletin(id), commune TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (bulletin, commune, person)
) STRICT, WITHOUT ROWID;
CREATE TABLE source_post (
  n INTEGER PRIMARY KEY, source TEXT NOT NULL REFERENCES source_system(id), kind TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
  attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, created_at INTEGER NOT NULL, settled_at INTEGER, problem TEXT
) STRICT;
CREATE INDEX source_post_due ON source_post(next_at) WHERE state = 'waiting';
`,
}
