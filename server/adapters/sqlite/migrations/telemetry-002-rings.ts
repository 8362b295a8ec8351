import type { Migration } from '../migrate.ts'

export const rings: Migration = { version: 2, name: 'rings', up: '' }
