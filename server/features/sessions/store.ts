import type { Database } from 'better-sqlite3'
import type { Session } from '../../../shared/core/timetable.ts'
import type { SessionStore } from '../../core/stores.ts'

interface Doc {
  readonly doc: string
}
const sessionOf = (row: Doc): Session => JSON.parse(row.doc) as Session

export function createSessionStore(db: Database): SessionStore {
  const all = db.prepare<[], Doc>('SELECT doc FROM session ORDER BY id')
  const byId = db.prepare<[string], Doc>('SELECT doc FROM session WHERE id = ?')
  const put = db.prepare<[string, string, number]>(
    'INSERT INTO session (id, doc, updated_at) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, updated_at = excluded.updated_at',
  )
  const remove = db.prepare<[string]>('DELETE FROM session WHERE id = ?')
  return {
    all: () => all.all().map(sessionOf),
    byId(id) {
      const row = byId.get(id)
      return row ? sessionOf(row) : null
    },
    put: (session, at) => void put.run(session.id, JSON.stringify(session), at),
    remove: (id) => void remove.run(id),
  }
}
