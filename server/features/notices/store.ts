import type { Database } from 'better-sqlite3'
import type { NoticeRecord, NoticeTemplate } from '../../core/notice.ts'
import type { NoticeStore } from '../../core/notice-store.ts'

interface Doc {
  readonly doc: string
}
const read = <T>({ doc }: Doc): T => JSON.parse(doc) as T
const vietnamese = new Intl.Collator('vi')

export function createNoticeStore(db: Database): NoticeStore {
  const newest = db.prepare<[], Doc>('SELECT doc FROM notice_template AS t WHERE retired = 0 AND version = (SELECT max(version) FROM notice_template WHERE id = t.id)')
  const versions = db.prepare<[string], Doc>('SELECT doc FROM notice_template WHERE id = ? ORDER BY version')
  const addTemplate = db.prepare('INSERT INTO notice_template (id, version, area, retired, at, doc) VALUES (@id, @version, @area, @retired, @at, @doc) ON CONFLICT DO NOTHING')
  const insert = db.prepare('INSERT INTO notice (id, key, programme, state, created_at, doc) VALUES (@id, @key, @programme, @state, @createdAt, @doc)')
  const save = db.prepare('UPDATE notice SET state = @state, doc = @doc WHERE id = @id')
  const byId = db.prepare<[string], Doc>('SELECT doc FROM notice WHERE id = ?')
  const byKey = db.prepare<[string], Doc>('SELECT doc FROM notice WHERE key = ?')
  const byProgramme = db.prepare<[string], Doc>('SELECT doc FROM notice WHERE programme = ? ORDER BY created_at, id')
  const waiting = db.prepare<[], Doc>("SELECT doc FROM notice WHERE state = 'waiting' ORDER BY created_at, id")
  const list = db.prepare<[number], Doc>('SELECT doc FROM notice ORDER BY created_at DESC, id LIMIT ?')
  const one = (row: Doc | undefined): NoticeRecord | null => (row ? read<NoticeRecord>(row) : null)
  const templateVersions = (id: string): NoticeTemplate[] => versions.all(id).map((row) => read<NoticeTemplate>(row))
  return {
    templates: () => newest.all().map((row) => read<NoticeTemplate>(row)).sort((a, b) => vietnamese.compare(a.name, b.name)),
    template: (id) => templateVersions(id).at(-1) ?? null,
    templateVersions,
    addTemplate: (template) => void addTemplate.run({ id: template.id, version: template.version, area: template.area, retired: template.retired ? 1 : 0, at: template.at, doc: JSON.stringify(template) }),
    insert: (notice) => void insert.run({ id: notice.id, key: notice.key, programme: notice.programme, state: notice.state, createdAt: notice.createdAt, doc: JSON.stringify(notice) }),
    save: (notice) => void save.run({ id: notice.id, state: notice.state, doc: JSON.stringify(notice) }),
    byId: (id) => one(byId.get(id)),
    byKey: (key) => one(byKey.get(key)),
    byProgramme: (programme) => byProgramme.all(programme).map((row) => read<NoticeRecord>(row)),
    waiting: () => waiting.all().map((row) => read<NoticeRecord>(row)),
    list: (most) => list.all(most).map((row) => read<NoticeRecord>(row)),
  }
}
