import type { Migration } from '../migrate.ts'

/**
 * Emergencies, what each cluster was last told of them, and what it answered. `doc` is the order as it was accepted and never
 * changes; `course` is how far the station has come with it. `until`: from then on no cluster is told of it any more.
 */
export const emergencies: Migration = {
  version: 3,
  name: 'emergencies',
  up: `
CREATE TABLE emergency (
  id TEXT PRIMARY KEY, doc TEXT NOT NULL, course TEXT NOT NULL, accepted_at INTEGER NOT NULL, start_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, until INTEGER NOT NULL, ended_at INTEGER, ended_because TEXT,
  origin TEXT UNIQUE, request_key TEXT UNIQUE
) STRICT, WITHOUT ROWID;
CREATE INDEX emergency_by_until ON emergency(until);
CREATE INDEX emergency_by_accepted ON emergency(accepted_at);

CREATE TABLE emergency_cluster (
  emergency TEXT NOT NULL REFERENCES emergency(id), cluster TEXT NOT NULL, rev INTEGER NOT NULL,
  stopped_at INTEGER, stopped_by TEXT, stopped_reason TEXT,
  state TEXT, state_at INTEGER, state_rev INTEGER, level REAL, why TEXT, corrected_at INTEGER,
  PRIMARY KEY (emergency, cluster)
) STRICT, WITHOUT ROWID;
CREATE INDEX emergency_cluster_by_cluster ON emergency_cluster(cluster);

CREATE TABLE emergency_delivery (
  emergency TEXT NOT NULL, cluster TEXT NOT NULL, slot TEXT NOT NULL, rev INTEGER NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL,
  level REAL, why TEXT, received_at INTEGER NOT NULL, PRIMARY KEY (emergency, cluster, slot, rev, state, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE pinned_clip (programme TEXT PRIMARY KEY REFERENCES programme(id), language TEXT NOT NULL, area TEXT) STRICT, WITHOUT ROWID;
`,
}
