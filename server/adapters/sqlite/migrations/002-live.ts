import type { Migration } from '../migrate.ts'

/** Live broadcasts belong to the immediate state of a cluster. */
export const liveBroadcasts: Migration = { version: 2, name: 'live', up: 'ALTER TABLE cluster ADD COLUMN now_live TEXT;' }
