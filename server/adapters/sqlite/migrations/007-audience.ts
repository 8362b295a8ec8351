import type { Migration } from '../migrate.ts'

/**
 * In which languages a cluster's listeners understand: JSON, NULL = as its area says. And plans are told apart by the hash of
 * their body, which neighbours share.
 */
export const audience: Migration = { version: 7, name: 'audience', up: 'ALTER TABLE cluster ADD COLUMN languages TEXT; ALTER TABLE plan DROP COLUMN body_hash;' }
