import type { Migration } from '../migrate.ts'

/** Decisions: all that a person was told is accepted, and the evidence that clusters were told may be forgotten. */
export const firstDecisions: Migration = {
  version: 1,
  name: 'first',
  up: `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  n INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
  detail TEXT NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_never_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TABLE area (code TEXT NOT NULL, from_day TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (code, from_day)) STRICT, WITHOUT ROWID;
CREATE TABLE grp (id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE policy (id TEXT PRIMARY KEY, text TEXT NOT NULL, openings TEXT NOT NULL, pauses TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE cluster (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, public_key BLOB NOT NULL,
  secret_sha256 BLOB NOT NULL, mosquitto_hash TEXT, lat REAL, lon REAL,
  volume INTEGER NOT NULL, stagger INTEGER NOT NULL, budget INTEGER NOT NULL, caps TEXT NOT NULL,
  simulated INTEGER NOT NULL, revoked_at INTEGER,
  now_rev INTEGER NOT NULL, now_volume INTEGER, now_mute INTEGER NOT NULL, now_stop INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE membership (
  cluster TEXT NOT NULL REFERENCES cluster(id), area TEXT NOT NULL, from_day TEXT NOT NULL, to_day TEXT,
  PRIMARY KEY (cluster, from_day)
) STRICT, WITHOUT ROWID;

CREATE TABLE claim (
  token_sha256 BLOB PRIMARY KEY, name TEXT, area TEXT, expires_at INTEGER NOT NULL, used_by TEXT, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE programme (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL, sha TEXT NOT NULL, bytes INTEGER NOT NULL, ms INTEGER NOT NULL,
  lufs REAL, true_peak REAL, peaks BLOB NOT NULL, kind TEXT NOT NULL, music INTEGER NOT NULL, key TEXT UNIQUE,
  created_at INTEGER NOT NULL, deleted_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX programme_by_sha ON programme(sha);
CREATE INDEX programme_by_folder ON programme(folder, name);

CREATE TABLE session (id TEXT PRIMARY KEY, doc TEXT NOT NULL, updated_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE plan (
  cluster TEXT NOT NULL, rev INTEGER NOT NULL, sha TEXT NOT NULL, len INTEGER NOT NULL, horizon INTEGER NOT NULL,
  body_hash TEXT NOT NULL, order_text TEXT NOT NULL, issued_at INTEGER NOT NULL, PRIMARY KEY (cluster, rev)
) STRICT, WITHOUT ROWID;

CREATE TABLE evidence_planned (
  slot TEXT NOT NULL, cluster TEXT NOT NULL, session TEXT NOT NULL, occurrence INTEGER NOT NULL, due INTEGER NOT NULL,
  end INTEGER NOT NULL, item TEXT NOT NULL, media TEXT, stream TEXT, plan_rev INTEGER NOT NULL, PRIMARY KEY (slot, cluster)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_planned_by_due ON evidence_planned(due);
CREATE INDEX evidence_planned_by_cluster ON evidence_planned(cluster, due);

CREATE TABLE evidence_row (
  cluster TEXT NOT NULL, log TEXT NOT NULL, n INTEGER NOT NULL, slot TEXT NOT NULL, due INTEGER NOT NULL, end INTEGER NOT NULL,
  began INTEGER, ms INTEGER NOT NULL, level REAL, underruns INTEGER NOT NULL, clock REAL, radio TEXT, why TEXT,
  received_at INTEGER NOT NULL, PRIMARY KEY (cluster, log, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_row_by_due ON evidence_row(due);
CREATE INDEX evidence_row_by_slot ON evidence_row(cluster, slot);
CREATE TABLE evidence_log (
  cluster TEXT NOT NULL, log TEXT NOT NULL, up_to INTEGER NOT NULL, PRIMARY KEY (cluster, log)
) STRICT, WITHOUT ROWID;
`,
}
