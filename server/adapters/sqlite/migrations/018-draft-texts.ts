import type { Migration } from '../migrate.ts'

/** Who wrote the words that a draft wants to have spoken: whoever publishes it is somebody else, or approves nothing by it. */
export const draftTexts: Migration = {
  version: 18,
  name: 'draft-texts',
  up: `
CREATE TABLE timetable_draft_text (
  draft TEXT NOT NULL REFERENCES timetable_draft (id), key TEXT NOT NULL, author TEXT NOT NULL, author_name TEXT NOT NULL, PRIMARY KEY (draft, key)
) STRICT, WITHOUT ROWID;
`,
}
