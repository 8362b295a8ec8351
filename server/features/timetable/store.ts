import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import type { CalendarLink, CalendarLinkStore, DeskStores, DraftChange, DraftRecord, DraftStore, SessionTemplate, TemplateStore } from '../../core/timetable-store.ts'
import { createPublicationStore } from './publication-store.ts'

const sessionOf = (text: string | null): Session | null => (text === null ? null : (JSON.parse(text) as Session))
const textOf = (session: Session | null): string | null => (session === null ? null : JSON.stringify(session))

interface DraftRow {
  readonly id: string
  readonly name: string
  readonly area: string | null
  readonly owner: string
  readonly owner_name: string
  readonly created_at: number
  readonly updated_at: number
  readonly base_rev: number
  readonly version: number
  readonly state: DraftRecord['state']
  readonly publication: number | null
}
const draftOf = (row: DraftRow): DraftRecord => ({
  id: row.id,
  name: row.name,
  area: row.area,
  owner: row.owner,
  ownerName: row.owner_name,
  createdAt: wallMs(row.created_at),
  updatedAt: wallMs(row.updated_at),
  baseRev: row.base_rev,
  version: row.version,
  state: row.state,
  publication: row.publication,
})

function createDraftStore(db: Database): DraftStore {
  const open = db.prepare<[], DraftRow>("SELECT * FROM timetable_draft WHERE state = 'open' ORDER BY updated_at DESC, id")
  const byId = db.prepare<[string], DraftRow>('SELECT * FROM timetable_draft WHERE id = ?')
  const insert = db.prepare<[DraftRecord]>(
    'INSERT INTO timetable_draft (id, name, area, owner, owner_name, created_at, updated_at, base_rev, version, state, publication) VALUES (@id, @name, @area, @owner, @ownerName, @createdAt, @updatedAt, @baseRev, @version, @state, @publication)',
  )
  const touch = db.prepare<[number, string]>('UPDATE timetable_draft SET updated_at = ?, version = version + 1 WHERE id = ?')
  const rename = db.prepare<[string, string]>('UPDATE timetable_draft SET name = ? WHERE id = ?')
  const close = db.prepare<[string, number | null, string]>('UPDATE timetable_draft SET state = ?, publication = ? WHERE id = ?')
  const changes = db.prepare<[string], { session: string; doc: string | null; base: string | null }>('SELECT session, doc, base FROM timetable_draft_change WHERE draft = ? ORDER BY session')
  const putChange = db.prepare<[string, string, string | null, string | null]>(
    'INSERT INTO timetable_draft_change (draft, session, doc, base) VALUES (?, ?, ?, ?) ON CONFLICT (draft, session) DO UPDATE SET doc = excluded.doc, base = excluded.base',
  )
  const dropChange = db.prepare<[string, string]>('DELETE FROM timetable_draft_change WHERE draft = ? AND session = ?')
  const texts = db.prepare<[string], { key: string; author: string; author_name: string }>('SELECT key, author, author_name FROM timetable_draft_text WHERE draft = ? ORDER BY key')
  const noteText = db.prepare<[string, string, string, string]>('INSERT INTO timetable_draft_text (draft, key, author, author_name) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
  return {
    open: () => open.all().map(draftOf),
    byId(id) {
      const row = byId.get(id)
      return row ? draftOf(row) : null
    },
    insert: (draft) => void insert.run(draft),
    touch: (id, at) => void touch.run(at, id),
    rename: (id, name) => void rename.run(name, id),
    close: (id, state, publication) => void close.run(state, publication, id),
    changes: (id) => changes.all(id).map((row): DraftChange => ({ session: row.session, doc: sessionOf(row.doc), base: sessionOf(row.base) })),
    putChange: (id, { session, doc, base }) => void putChange.run(id, session, textOf(doc), textOf(base)),
    dropChange: (id, session) => void dropChange.run(id, session),
    texts: (id) => texts.all(id).map(({ key, author, author_name }) => ({ key, author, authorName: author_name })),
    noteText: (id, { key, author, authorName }) => void noteText.run(id, key, author, authorName),
  }
}

interface TemplateRow {
  readonly id: string
  readonly name: string
  readonly area: string | null
  readonly owner: string
  readonly created_at: number
  readonly sessions: string
}
const templateOf = (row: TemplateRow): SessionTemplate => ({
  id: row.id,
  name: row.name,
  area: row.area,
  owner: row.owner,
  createdAt: wallMs(row.created_at),
  sessions: JSON.parse(row.sessions) as Session[],
})

function createTemplateStore(db: Database): TemplateStore {
  const all = db.prepare<[], TemplateRow>('SELECT * FROM session_template ORDER BY name, id')
  const byId = db.prepare<[string], TemplateRow>('SELECT * FROM session_template WHERE id = ?')
  const insert = db.prepare<[TemplateRow]>('INSERT INTO session_template (id, name, area, owner, created_at, sessions) VALUES (@id, @name, @area, @owner, @created_at, @sessions)')
  const remove = db.prepare<[string]>('DELETE FROM session_template WHERE id = ?')
  return {
    all: () => all.all().map(templateOf),
    byId(id) {
      const row = byId.get(id)
      return row ? templateOf(row) : null
    },
    insert: ({ createdAt, sessions, ...rest }) => void insert.run({ ...rest, created_at: createdAt, sessions: JSON.stringify(sessions) }),
    remove: (id) => void remove.run(id),
  }
}

interface LinkRow {
  readonly id: string
  readonly area: string
  readonly actor: string
  readonly created_at: number
  readonly revoked_at: number | null
}
const linkOf = (row: LinkRow): CalendarLink => ({
  id: row.id,
  area: row.area,
  actor: row.actor,
  createdAt: wallMs(row.created_at),
  revokedAt: row.revoked_at === null ? null : wallMs(row.revoked_at),
})

function createCalendarLinkStore(db: Database): CalendarLinkStore {
  const columns = 'id, area, actor, created_at, revoked_at'
  const all = db.prepare<[], LinkRow>(`SELECT ${columns} FROM calendar_link WHERE revoked_at IS NULL ORDER BY created_at DESC, id`)
  const byId = db.prepare<[string], LinkRow>(`SELECT ${columns} FROM calendar_link WHERE id = ?`)
  const byToken = db.prepare<[Uint8Array], LinkRow>(`SELECT ${columns} FROM calendar_link WHERE token_sha256 = ? AND revoked_at IS NULL`)
  const insert = db.prepare<[string, Uint8Array, string, string, number]>('INSERT INTO calendar_link (id, token_sha256, area, actor, created_at) VALUES (?, ?, ?, ?, ?)')
  const revoke = db.prepare<[number, string]>('UPDATE calendar_link SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL')
  const one = (row: LinkRow | undefined): CalendarLink | null => (row ? linkOf(row) : null)
  return {
    all: () => all.all().map(linkOf),
    byId: (id) => one(byId.get(id)),
    byToken: (sha) => one(byToken.get(sha)),
    insert: ({ id, tokenSha256, area, actor, createdAt }) => void insert.run(id, tokenSha256, area, actor, createdAt),
    revoke: (id, at) => void revoke.run(at, id),
  }
}

export const createDeskStores = (db: Database): DeskStores => ({
  drafts: createDraftStore(db),
  publications: createPublicationStore(db),
  templates: createTemplateStore(db),
  calendarLinks: createCalendarLinkStore(db),
})
