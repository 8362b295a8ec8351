import type { Migration } from '../migrate.ts'

export const bulletins: Migration = { version: 13, name: 'bulletins', up: '' }
