import type { Migration } from '../migrate.ts'

/**
 * `heard`: what the box's own ear made of a stretch, as it said it. `service_order`: what a technician asked of a box and what
 * came of it, as the box said it; `service_piece`: an attachment such as a log bundle or ten seconds of sound.
 */
export const ears: Migration = {
  version: 14,
  name: 'ears',
  up: `
ALTER TABLE evidence_row ADD COLUMN heard TEXT;
CREATE TABLE service_order (
  id TEXT PRIMARY KEY, cluster TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL, actor TEXT NOT NULL,
  at INTEGER NOT NULL, expires_at INTEGER NOT NULL, state TEXT NOT NULL, said_at INTEGER, served TEXT, whole INTEGER NOT NULL
) STRICT;
CREATE INDEX service_order_of_cluster ON service_order (cluster, at);
CREATE TABLE service_piece (id TEXT NOT NULL REFERENCES service_order (id) ON DELETE CASCADE, n INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (id, n)) STRICT;
`,
}
