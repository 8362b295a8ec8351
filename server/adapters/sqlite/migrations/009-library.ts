import type { Migration } from '../migrate.ts'

/**
 * The library: what belongs to a programme beside its sound, its versions with their approval, whom it is shared with,
 * its words for the search, and the rules of areas. What a station had until now was its own work, approved by itself.
 */
export const library: Migration = {
  version: 9,
  name: 'library',
  up: `
ALTER TABLE programme ADD COLUMN area TEXT;
ALTER TABLE programme ADD COLUMN language TEXT NOT NULL DEFAULT 'vi';
ALTER TABLE programme ADD COLUMN author TEXT NOT NULL DEFAULT 'server';
ALTER TABLE programme ADD COLUMN author_name TEXT NOT NULL DEFAULT '';
ALTER TABLE programme ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE programme ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE programme ADD COLUMN class TEXT NOT NULL DEFAULT 'normal';
ALTER TABLE programme ADD COLUMN source TEXT NOT NULL DEFAULT 'own';
ALTER TABLE programme ADD COLUMN origin TEXT;
ALTER TABLE programme ADD COLUMN valid_from TEXT;
ALTER TABLE programme ADD COLUMN valid_to TEXT;
ALTER TABLE programme ADD COLUMN text TEXT;
ALTER TABLE programme ADD COLUMN state TEXT NOT NULL DEFAULT 'approved';
ALTER TABLE programme ADD COLUMN airs INTEGER NOT NULL DEFAULT 1;
ALTER TABLE programme ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE programme ADD COLUMN aired_at INTEGER;
UPDATE programme SET updated_at = created_at;
UPDATE programme SET source = 'relay' WHERE kind = 'recording' AND folder LIKE 'tiep-am/%';
UPDATE programme SET source = 'live' WHERE kind = 'recording' AND folder NOT LIKE 'tiep-am/%';

CREATE TABLE programme_version (
  programme TEXT NOT NULL REFERENCES programme(id), n INTEGER NOT NULL, language TEXT NOT NULL, state TEXT NOT NULL,
  sha TEXT NOT NULL, bytes INTEGER NOT NULL, ms INTEGER NOT NULL, lufs REAL, true_peak REAL, peaks BLOB NOT NULL,
  original TEXT, trim TEXT, full_ms INTEGER, text TEXT, voice TEXT, speed INTEGER,
  author TEXT NOT NULL, author_name TEXT NOT NULL, created_at INTEGER NOT NULL,
  decided_by TEXT, decided_name TEXT, decided_at INTEGER, reason TEXT, PRIMARY KEY (programme, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX programme_version_by_language ON programme_version(programme, language, state);
CREATE INDEX programme_version_by_sha ON programme_version(sha);
CREATE INDEX programme_version_by_original ON programme_version(original) WHERE original IS NOT NULL;
CREATE UNIQUE INDEX programme_version_on_air ON programme_version(programme, language) WHERE state = 'approved';
CREATE UNIQUE INDEX programme_version_in_work ON programme_version(programme, language) WHERE state IN ('draft', 'pending', 'returned');
INSERT INTO programme_version (programme, n, language, state, sha, bytes, ms, lufs, true_peak, peaks, author, author_name, created_at, decided_by, decided_name, decided_at)
  SELECT id, 1, 'vi', 'approved', sha, bytes, ms, lufs, true_peak, peaks, 'server', '', created_at, 'server', '', created_at FROM programme;

CREATE TABLE programme_share (
  programme TEXT NOT NULL REFERENCES programme(id), target TEXT NOT NULL, until INTEGER, made_by TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (programme, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX programme_share_by_target ON programme_share(target);

CREATE TABLE programme_entry (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, area TEXT, folder TEXT NOT NULL, tags TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
  state TEXT NOT NULL, airs INTEGER NOT NULL, valid_from TEXT, valid_to TEXT, updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX programme_entry_newest ON programme_entry(updated_at DESC, id);
CREATE VIRTUAL TABLE programme_words USING fts5(name, tags, folder, body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0', prefix='1 2 3');

CREATE TABLE spoken_text (
  key TEXT PRIMARY KEY, area TEXT, author TEXT NOT NULL, author_name TEXT NOT NULL, approved_by TEXT, approved_name TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE rotation (
  session TEXT NOT NULL, folder TEXT NOT NULL, shift INTEGER NOT NULL, episodes TEXT NOT NULL, PRIMARY KEY (session, folder)
) STRICT, WITHOUT ROWID;

CREATE TABLE area_rule (area TEXT PRIMARY KEY, self_approval INTEGER, original_days INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE approval_link (
  id TEXT PRIMARY KEY, token_sha256 BLOB NOT NULL UNIQUE, programme TEXT NOT NULL, version INTEGER NOT NULL,
  person TEXT NOT NULL, person_name TEXT NOT NULL, made_by TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER
) STRICT, WITHOUT ROWID;
`,
}
