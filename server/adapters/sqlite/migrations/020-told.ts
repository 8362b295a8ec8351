import type { Migration } from '../migrate.ts'

/** Who was told of what is not over, one row each; it was one list of 2,000 before, from which the oldest fell out while they still mattered. */
export const told: Migration = {
  version: 20,
  name: 'told',
  up: `
CREATE TABLE notify_told (subject TEXT NOT NULL, actor TEXT NOT NULL, PRIMARY KEY (subject, actor)) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO notify_told (subject, actor)
  SELECT json_extract(one.value, '$[1]'), json_extract(one.value, '$[0]') FROM json_each((SELECT value FROM meta WHERE key = 'notify-told')) AS one;
DELETE FROM meta WHERE key = 'notify-told';
CREATE INDEX notify_queue_by_way ON notify_queue(channel, due) WHERE state = 'waiting';
`,
}
