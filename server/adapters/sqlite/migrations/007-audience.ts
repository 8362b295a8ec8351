import type { Migration } from '../migrate.ts'

/** In which languages a cluster's listeners understand: JSON, NULL = as its area says. */
export const audience: Migration = { version: 7, name: 'audience', up: 'ALTER TABLE cluster ADD COLUMN languages TEXT;' }
