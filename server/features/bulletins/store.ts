import type { Database } from 'better-sqlite3'
import type { Bulletin, BulletinInCommune, BulletinReader, BulletinStore } from '../../core/bulletin.ts'

interface Doc {
  readonly doc: string
}
const bulletinOf = ({ doc }: Doc): Bulletin => JSON.parse(doc) as Bulletin
const rowOf = ({ doc }: Doc): BulletinInCommune => JSON.parse(doc) as BulletinInCommune
const valuesOf = (b: Bulletin): Record<string, unknown> => ({
  id: b.id, sender: b.sender, external: b.external, version: b.version, class: b.class, receivedAt: b.receivedAt, deadline: b.deadline, withdrawnAt: b.withdrawnAt, programme: b.programme, doc: JSON.stringify(b),
})

export function createBulletinStore(db: Database): BulletinStore {
  const insert = db.prepare(
    `INSERT INTO bulletin (id, sender, external, version, class, received_at, deadline, withdrawn_at, programme, doc)
     VALUES (@id, @sender, @external, @version, @class, @receivedAt, @deadline, @withdrawnAt, @programme, @doc)`,
  )
  const save = db.prepare('UPDATE bulletin SET version = @version, class = @class, deadline = @deadline, withdrawn_at = @withdrawnAt, programme = @programme, doc = @doc WHERE id = @id')
  const saveCommune = db.prepare(
    `INSERT INTO bulletin_commune (bulletin, commune, doc, aired_at, reminded_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (bulletin, commune) DO UPDATE SET doc = excluded.doc, aired_at = excluded.aired_at, reminded_at = excluded.reminded_at`,
  )
  const byId = db.prepare<[string], Doc>('SELECT doc FROM bulletin WHERE id = ?')
  const byExternal = db.prepare<[string, string], Doc>('SELECT doc FROM bulletin WHERE sender = ? AND external = ?')
  const list = db.prepare<[number], Doc>('SELECT doc FROM bulletin ORDER BY received_at DESC, id LIMIT ?')
  const communes = db.prepare<[string], Doc>('SELECT doc FROM bulletin_commune WHERE bulletin = ? ORDER BY commune')
  const commune = db.prepare<[string, string], Doc>('SELECT doc FROM bulletin_commune WHERE bulletin = ? AND commune = ?')
  const unaired = db.prepare<[number], Doc>('SELECT c.doc FROM bulletin b JOIN bulletin_commune c ON c.bulletin = b.id WHERE b.received_at >= ? AND b.withdrawn_at IS NULL AND c.aired_at IS NULL')
  const unread = db.prepare<[number, number], Doc>(
    `SELECT c.doc FROM bulletin b JOIN bulletin_commune c ON c.bulletin = b.id WHERE b.deadline >= ? AND b.deadline < ? AND b.withdrawn_at IS NULL AND c.reminded_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM bulletin_reader r WHERE r.bulletin = c.bulletin AND r.commune = c.commune)`,
  )
  const noteReader = db.prepare('INSERT INTO bulletin_reader (bulletin, commune, person, name, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
  const dropReaders = db.prepare('DELETE FROM bulletin_reader WHERE bulletin = ?')
  const dropCommunes = db.prepare('DELETE FROM bulletin_commune WHERE bulletin = ?')
  const readers = db.prepare<[string], BulletinReader>('SELECT commune, person, name, at FROM bulletin_reader WHERE bulletin = ? ORDER BY at, person')
  const putCommune = (row: BulletinInCommune): void => void saveCommune.run(row.bulletin, row.commune, JSON.stringify(row), row.airedAt, row.remindedAt)
  return {
    insert(bulletin, rows) {
      insert.run(valuesOf(bulletin))
      rows.forEach(putCommune)
    },
    save: (bulletin) => void save.run(valuesOf(bulletin)),
    saveCommune: putCommune,
    forgetCommunes(bulletin) {
      dropReaders.run(bulletin)
      dropCommunes.run(bulletin)
    },
    byId(id) {
      const row = byId.get(id)
      return row ? bulletinOf(row) : null
    },
    byExternal(sender, external) {
      const row = byExternal.get(sender, external)
      return row ? bulletinOf(row) : null
    },
    list: (most) => list.all(most).map(bulletinOf),
    communes: (bulletin) => communes.all(bulletin).map(rowOf),
    commune(bulletin, code) {
      const row = commune.get(bulletin, code)
      return row ? rowOf(row) : null
    },
    unaired: (since) => unaired.all(since).map(rowOf).filter(({ soundings }) => soundings.length > 0),
    unread: (from, to) => unread.all(from, to).map(rowOf),
    noteReader: (bulletin, { commune: code, person, name, at }) => noteReader.run(bulletin, code, person, name, at).changes > 0,
    readers: (bulletin) => readers.all(bulletin),
  }
}
