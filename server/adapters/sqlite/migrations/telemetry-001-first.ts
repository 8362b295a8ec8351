import type { Migration } from '../migrate.ts'

/** Telemetry: what clusters say again anyway. Losing its last second to a power cut costs nobody anything. */
export const firstTelemetry: Migration = {
  version: 1,
  name: 'first',
  up: `
CREATE TABLE beat (cluster TEXT NOT NULL, hour INTEGER NOT NULL, packed BLOB NOT NULL, PRIMARY KEY (cluster, hour)) STRICT, WITHOUT ROWID;
CREATE INDEX beat_by_hour ON beat(hour);
CREATE TABLE latest (
  cluster TEXT PRIMARY KEY, beat TEXT, beat_at INTEGER, health TEXT, health_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE health (cluster TEXT NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (cluster, at)) STRICT, WITHOUT ROWID;
CREATE INDEX health_by_time ON health(at);
CREATE TABLE presence (
  cluster TEXT PRIMARY KEY, online INTEGER NOT NULL, since INTEGER NOT NULL, boot TEXT, conn TEXT, plan_rev INTEGER NOT NULL,
  now_rev INTEGER NOT NULL, held INTEGER NOT NULL, due_files INTEGER NOT NULL, plan_to INTEGER NOT NULL, playing TEXT,
  refused TEXT NOT NULL, last_seen INTEGER NOT NULL, agent TEXT, clock TEXT
) STRICT, WITHOUT ROWID;
`,
}
