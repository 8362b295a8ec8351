import type { Migration } from '../migrate.ts'

const SEEDS = [
  { id: 'vov1', name: 'VOV1 · Thời sự, chính trị, tổng hợp', source: '', language: 'vi' },
  { id: 'vov2', name: 'VOV2 · Văn hóa, đời sống, khoa giáo', source: '', language: 'vi' },
  { id: 'vov4', name: 'VOV4 · Tiếng các dân tộc', source: '', language: 'mul' },
  { id: 'dai-tinh', name: 'Đài phát thanh tỉnh', source: '', language: 'vi' },
]
const seed = SEEDS.map((relay) => `INSERT INTO relay (id, doc) VALUES ('${relay.id}', '${JSON.stringify(relay)}');`).join('\n')

/** The catalogue of relays, with the stations that every commune knows; their addresses are the station's to set. */
export const relays: Migration = {
  version: 4,
  name: 'relays',
  up: `
CREATE TABLE relay (id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE relay_check (n INTEGER PRIMARY KEY, relay TEXT NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
CREATE INDEX relay_check_by_relay ON relay_check(relay, at);
${seed}
`,
}
