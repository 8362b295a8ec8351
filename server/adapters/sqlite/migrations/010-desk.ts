import type { Migration } from '../migrate.ts'

export const desk: Migration = { version: 10, name: 'desk', up: '' }
