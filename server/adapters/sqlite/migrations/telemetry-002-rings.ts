import type { Migration } from '../migrate.ts'

/**
 * Hours of beats know whether they have been rolled up; health documents leave their figures in the same hour, and only the
 * newest stays whole. `hour_ring`: the hours of a civil day; `day_ring`: 32 civil days.
 */
export const rings: Migration = {
  version: 2,
  name: 'rings',
  up: `
DROP INDEX beat_by_hour;
ALTER TABLE beat ADD COLUMN vitals BLOB;
ALTER TABLE beat ADD COLUMN rolled INTEGER NOT NULL DEFAULT 0;
CREATE INDEX beat_due ON beat(hour) WHERE rolled = 0;
DROP TABLE health;
CREATE TABLE hour_ring (cluster TEXT NOT NULL, day INTEGER NOT NULL, packed BLOB NOT NULL, PRIMARY KEY (cluster, day)) STRICT, WITHOUT ROWID;
CREATE TABLE day_ring (cluster TEXT NOT NULL, block INTEGER NOT NULL, packed BLOB NOT NULL, PRIMARY KEY (cluster, block)) STRICT;
CREATE TABLE cell_seen (
  cluster TEXT NOT NULL, operator TEXT NOT NULL, cell TEXT NOT NULL, band TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (cluster, operator, cell)
) STRICT, WITHOUT ROWID;
`,
}
