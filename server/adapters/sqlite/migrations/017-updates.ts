import type { Migration } from '../migrate.ts'

/** Releases of the agent, and how far each has come on each cluster. */
export const updates: Migration = {
  version: 17,
  name: 'updates',
  up: `
CREATE TABLE agent_release (
  id TEXT PRIMARY KEY, n INTEGER NOT NULL, version TEXT NOT NULL, least TEXT NOT NULL, back INTEGER NOT NULL, made_at INTEGER NOT NULL,
  announced_at INTEGER NOT NULL, actor TEXT NOT NULL, manifest_bytes INTEGER NOT NULL, bytes INTEGER NOT NULL, files TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE rollout (
  id TEXT PRIMARY KEY, release TEXT NOT NULL REFERENCES agent_release (id), actor TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, why TEXT,
  changed_at INTEGER NOT NULL, wave INTEGER NOT NULL, waves INTEGER NOT NULL, healthy_ms INTEGER NOT NULL, through_session INTEGER NOT NULL, spread_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE rollout_cluster (
  rollout TEXT NOT NULL REFERENCES rollout (id), cluster TEXT NOT NULL, wave INTEGER NOT NULL, rev INTEGER NOT NULL, state TEXT NOT NULL, why TEXT,
  since INTEGER NOT NULL, permille INTEGER NOT NULL, before TEXT, excused INTEGER NOT NULL, PRIMARY KEY (rollout, cluster)
) STRICT, WITHOUT ROWID;
CREATE INDEX rollout_cluster_by_cluster ON rollout_cluster (cluster, rev);
`,
}
