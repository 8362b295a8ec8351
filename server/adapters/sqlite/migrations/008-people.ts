import type { Migration } from '../migrate.ts'

export const people: Migration = { version: 8, name: 'people', up: '' }
