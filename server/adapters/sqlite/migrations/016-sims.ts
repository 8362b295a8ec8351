import type { Migration } from '../migrate.ts'

/** What each cluster's SIM gives, and whether its data is spared now. */
export const sims: Migration = {
  version: 16,
  name: 'sims',
  up: `
CREATE TABLE sim_plan (
  cluster TEXT PRIMARY KEY, bytes_per_month INTEGER, start_day INTEGER NOT NULL, expires TEXT, number TEXT, operator TEXT, reserve_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE cluster ADD COLUMN now_frugal INTEGER NOT NULL DEFAULT 0;
`,
}
