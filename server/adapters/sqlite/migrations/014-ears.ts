import type { Migration } from '../migrate.ts'

export const ears: Migration = { version: 14, name: 'ears', up: '' }
