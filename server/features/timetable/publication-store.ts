import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import type { PublicationRecord, PublicationStore, ReplacedSession } from '../../core/timetable-store.ts'

interface Row {
  readonly n: number
  readonly at: number
  readonly actor: string
  readonly actor_name: string
  readonly kind: PublicationRecord['kind']
  readonly title: string
  readonly draft: string | null
  readonly undoes: number | null
  readonly undone_by: number | null
  readonly idempotency: string | null
  readonly areas: string
  readonly clusters: number
  readonly communes: number
}
const publicationOf = (row: Row): PublicationRecord => ({
  n: row.n,
  at: wallMs(row.at),
  actor: row.actor,
  actorName: row.actor_name,
  kind: row.kind,
  title: row.title,
  draft: row.draft,
  undoes: row.undoes,
  undoneBy: row.undone_by,
  key: row.idempotency,
  areas: JSON.parse(row.areas) as string[] | 'all',
  clusters: row.clusters,
  communes: row.communes,
})

interface ChangeRow {
  readonly session: string
  readonly before: string | null
  readonly after: string | null
}
const sessionOf = (text: string | null): Session | null => (text === null ? null : (JSON.parse(text) as Session))
const textOf = (session: Session | null): string | null => (session === null ? null : JSON.stringify(session))
const replacedOf = (row: ChangeRow): ReplacedSession => ({ session: row.session, before: sessionOf(row.before), after: sessionOf(row.after) })

const INSERT = `INSERT INTO publication (at, actor, actor_name, kind, title, draft, undoes, idempotency, areas, clusters, communes)
  VALUES (@at, @actor, @actorName, @kind, @title, @draft, @undoes, @key, @areas, @clusters, @communes)`

/** What was published, and what each publication replaced: never changed, never deleted. */
export function createPublicationStore(db: Database): PublicationStore {
  const last = db.prepare<[], { n: number | null }>('SELECT max(n) AS n FROM publication')
  const insert = db.prepare(INSERT)
  const insertChange = db.prepare<[number, string, string | null, string | null]>('INSERT INTO publication_change (n, session, before, after) VALUES (?, ?, ?, ?)')
  const byN = db.prepare<[number], Row>('SELECT * FROM publication WHERE n = ?')
  const byKey = db.prepare<[string], Row>('SELECT * FROM publication WHERE idempotency = ?')
  const list = db.prepare<[number, number], Row>('SELECT * FROM publication WHERE n < ? ORDER BY n DESC LIMIT ?')
  const changes = db.prepare<[number], ChangeRow>('SELECT session, before, after FROM publication_change WHERE n = ? ORDER BY session')
  const since = db.prepare<[number], ChangeRow & { at: number }>(
    'SELECT c.session, c.before, c.after, p.at FROM publication_change c JOIN publication p ON p.n = c.n WHERE p.at > ? ORDER BY p.n DESC, c.session',
  )
  const newer = db.prepare<[string, number], { n: number | null }>('SELECT max(n) AS n FROM publication_change WHERE session = ? AND n > ?')
  const setUndone = db.prepare<[number, number]>('UPDATE publication SET undone_by = ? WHERE n = ?')
  const one = (row: Row | undefined): PublicationRecord | null => (row ? publicationOf(row) : null)
  return {
    last: () => last.get()?.n ?? 0,
    insert(publication, replaced) {
      const n = Number(insert.run({ ...publication, areas: JSON.stringify(publication.areas) }).lastInsertRowid)
      for (const { session, before, after } of replaced) insertChange.run(n, session, textOf(before), textOf(after))
      return n
    },
    byN: (n) => one(byN.get(n)),
    byKey: (key) => one(byKey.get(key)),
    list: (before, most) => list.all(before, most).map(publicationOf),
    changes: (n) => changes.all(n).map(replacedOf),
    since: (at) => since.all(at).map((row) => ({ ...replacedOf(row), at: wallMs(row.at) })),
    newerTouching: (session, n) => newer.get(session, n)?.n ?? null,
    setUndone: (n, by) => void setUndone.run(by, n),
  }
}
