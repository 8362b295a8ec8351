import type { Migration } from '../migrate.ts'

/** Emergencies that wait, or waited, for a second person. `doc` never changes; `course` is what was decided, `made` the sound that was prepared meanwhile. */
export const secondPerson: Migration = {
  version: 19,
  name: 'second person for emergencies',
  up: `
CREATE TABLE emergency_ask (
  id TEXT PRIMARY KEY, doc TEXT NOT NULL, course TEXT NOT NULL, made TEXT NOT NULL, state TEXT NOT NULL, asked_at INTEGER NOT NULL, request_key TEXT UNIQUE
) STRICT, WITHOUT ROWID;
CREATE INDEX emergency_ask_waiting ON emergency_ask (asked_at) WHERE state = 'waiting';
`,
}
