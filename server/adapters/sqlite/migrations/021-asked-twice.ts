import type { Migration } from '../migrate.ts'

/** An invitation and a complaint whose answer was lost are found again by the key they came with. */
export const askedTwice: Migration = {
  version: 21,
  name: 'asked-twice',
  up: `
ALTER TABLE person ADD COLUMN invite_key TEXT;
CREATE UNIQUE INDEX person_by_invite_key ON person(invite_key) WHERE invite_key IS NOT NULL;
ALTER TABLE complaint ADD COLUMN key TEXT;
CREATE UNIQUE INDEX complaint_by_key ON complaint(key) WHERE key IS NOT NULL;
`,
}
