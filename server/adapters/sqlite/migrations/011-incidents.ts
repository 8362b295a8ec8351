import type { Migration } from '../migrate.ts'

export const incidents: Migration = { version: 11, name: 'incidents', up: '' }
