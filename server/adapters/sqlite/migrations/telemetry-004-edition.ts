import type { Migration } from '../migrate.ts'

/** Which edition of the orders each agent reads; null = the first. */
export const edition: Migration = { version: 4, name: 'edition', up: 'ALTER TABLE presence ADD COLUMN edition INTEGER;' }
