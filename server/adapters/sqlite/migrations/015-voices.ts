import type { Migration } from '../migrate.ts'

export const voices: Migration = { version: 15, name: 'voices', up: '' }
