import type { Migration } from '../migrate.ts'

export const library: Migration = { version: 9, name: 'library', up: '' }
