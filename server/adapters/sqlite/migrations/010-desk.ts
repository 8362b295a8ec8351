import type { Migration } from '../migrate.ts'

/** Drafts of the timetable, what was published and what it replaced, templates, pauses and openings, links to calendars. */
export const desk: Migration = {
  version: 10,
  name: 'desk',
  up: `
CREATE TABLE timetable_draft (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, area TEXT, owner TEXT NOT NULL, owner_name TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, base_rev INTEGER NOT NULL, version INTEGER NOT NULL,
  state TEXT NOT NULL, publication INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX timetable_draft_by_state ON timetable_draft(state, updated_at);
CREATE TABLE timetable_draft_change (
  draft TEXT NOT NULL REFERENCES timetable_draft(id), session TEXT NOT NULL, doc TEXT, base TEXT, PRIMARY KEY (draft, session)
) STRICT, WITHOUT ROWID;

CREATE TABLE publication (
  n INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, actor_name TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
  draft TEXT, undoes INTEGER, undone_by INTEGER, idempotency TEXT UNIQUE, areas TEXT NOT NULL, clusters INTEGER NOT NULL, communes INTEGER NOT NULL
) STRICT;
CREATE INDEX publication_by_at ON publication(at);
CREATE TABLE publication_change (
  n INTEGER NOT NULL REFERENCES publication(n), session TEXT NOT NULL, before TEXT, after TEXT, PRIMARY KEY (n, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX publication_change_by_session ON publication_change(session, n);

CREATE TABLE session_template (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, area TEXT, owner TEXT NOT NULL, created_at INTEGER NOT NULL, sessions TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dated_span (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, areas TEXT NOT NULL, clusters TEXT NOT NULL, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL,
  reason TEXT NOT NULL, actor TEXT NOT NULL, actor_name TEXT NOT NULL, created_at INTEGER NOT NULL, ended_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX dated_span_by_end ON dated_span(to_ms);

CREATE TABLE calendar_link (
  id TEXT PRIMARY KEY, token_sha256 BLOB NOT NULL UNIQUE, area TEXT NOT NULL, actor TEXT NOT NULL, created_at INTEGER NOT NULL, revoked_at INTEGER
) STRICT, WITHOUT ROWID;
`,
}
