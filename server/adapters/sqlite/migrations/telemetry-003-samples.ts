import type { Migration } from '../migrate.ts'

export const samples: Migration = { version: 3, name: 'samples', up: '' }
