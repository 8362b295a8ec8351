import type { Migration } from '../migrate.ts'

export const reports: Migration = { version: 12, name: 'reports', up: '' }
