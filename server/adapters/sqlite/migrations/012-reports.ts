import type { Migration } from '../migrate.ts'

/**
 * What reports stand on. `evidence_change`: which civil day of which cluster has changed, `n` counting up, so that summaries
 * follow what arrives, however late. `evidence_rung`: what was heard or confirmed beyond the cluster's own word. `nature`: what
 * kind of content a slot was when it was due, JSON; programmes change and go, reports do not. `day`: under which civil day it is
 * counted, that on which its session began.
 */
export const reports: Migration = {
  version: 12,
  name: 'reports',
  up: `
ALTER TABLE evidence_planned ADD COLUMN nature TEXT;

CREATE TABLE evidence_change (cluster TEXT NOT NULL, day INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (cluster, day)) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_change_by_n ON evidence_change(n);
INSERT INTO evidence_change (cluster, day, n) SELECT cluster, day, row_number() OVER () FROM (
  SELECT cluster, (due + 25200000) / 86400000 AS day FROM evidence_planned UNION SELECT cluster, (due + 25200000) / 86400000 FROM evidence_row
);
ALTER TABLE evidence_planned ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE evidence_row ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
UPDATE evidence_planned SET day = (due + 25200000) / 86400000;
UPDATE evidence_row SET day = (due + 25200000) / 86400000;
DROP INDEX evidence_planned_by_cluster;
DROP INDEX evidence_row_by_due;
CREATE INDEX evidence_planned_by_day ON evidence_planned(cluster, day);
CREATE INDEX evidence_row_by_day ON evidence_row(cluster, day);

CREATE TABLE evidence_rung (
  cluster TEXT NOT NULL, slot TEXT NOT NULL, rung TEXT NOT NULL, day INTEGER NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, note TEXT,
  PRIMARY KEY (cluster, day, slot, rung)
) STRICT, WITHOUT ROWID;

CREATE TABLE report_heading (area TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE report_share (
  id TEXT PRIMARY KEY, token_sha256 BLOB NOT NULL UNIQUE, area TEXT NOT NULL, from_day INTEGER NOT NULL, to_day INTEGER NOT NULL,
  name TEXT NOT NULL, purpose TEXT NOT NULL, created_at INTEGER NOT NULL, created_by TEXT NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE session_result (
  occurrence INTEGER NOT NULL, session TEXT NOT NULL, area TEXT NOT NULL, doc TEXT NOT NULL, made_at INTEGER NOT NULL,
  PRIMARY KEY (occurrence, session, area)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_result_by_session ON session_result(session, occurrence);
`,
}
