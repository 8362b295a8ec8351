import type { Migration } from '../migrate.ts'

/** Orders that are signed ahead, the phones that may start them, and the warnings of other systems that have come. */
export const standingOrders: Migration = {
  version: 5,
  name: 'standing',
  up: `
CREATE TABLE standing_set (id TEXT PRIMARY KEY, doc TEXT NOT NULL, armed_at INTEGER, updated_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE standing_key (key TEXT PRIMARY KEY, name TEXT NOT NULL, areas TEXT NOT NULL, ends_at INTEGER NOT NULL, added_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE cap_message (
  key TEXT PRIMARY KEY, kind TEXT NOT NULL, emergencies TEXT NOT NULL, doc TEXT, begins_at INTEGER, received_at INTEGER NOT NULL, forget_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cap_message_by_begin ON cap_message(begins_at) WHERE begins_at IS NOT NULL;
`,
}
