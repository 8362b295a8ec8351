import type { Migration } from '../migrate.ts'

/** What sounded where it was not the slot's own file, and how much of a stream never came. */
export const evidenceOfStreams: Migration = {
  version: 6,
  name: 'evidence of streams',
  up: 'ALTER TABLE evidence_row ADD COLUMN via TEXT; ALTER TABLE evidence_row ADD COLUMN lost INTEGER;',
}
