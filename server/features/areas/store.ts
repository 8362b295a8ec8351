import type { Database } from 'better-sqlite3'
import type { DatedSpan } from '../../../shared/core/policy.ts'
import type { Area, Group, PolicyText } from '../../../shared/core/timetable.ts'
import type { AreaStore, GroupStore, PolicyRecord, PolicyStore } from '../../core/stores.ts'

interface Doc {
  readonly doc: string
}
const parsed = <T>(row: Doc): T => JSON.parse(row.doc) as T

/** Areas are never deleted: codes of communes that merged stay known, with the day on which they ended. */
export function createAreaStore(db: Database): AreaStore {
  const all = db.prepare<[], Doc>('SELECT doc FROM area ORDER BY code, from_day')
  const byCode = db.prepare<[string], Doc>('SELECT doc FROM area WHERE code = ? ORDER BY from_day')
  const put = db.prepare<[string, string, string]>(
    'INSERT INTO area (code, from_day, doc) VALUES (?, ?, ?) ON CONFLICT (code, from_day) DO UPDATE SET doc = excluded.doc',
  )
  return {
    all: () => all.all().map((row) => parsed<Area>(row)),
    byCode: (code) => byCode.all(code).map((row) => parsed<Area>(row)),
    put: (area) => void put.run(area.code, area.from ?? '', JSON.stringify(area)),
  }
}

export function createGroupStore(db: Database): GroupStore {
  const all = db.prepare<[], Doc>('SELECT doc FROM grp ORDER BY id')
  const put = db.prepare<[string, string]>('INSERT INTO grp (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc')
  const remove = db.prepare<[string]>('DELETE FROM grp WHERE id = ?')
  return {
    all: () => all.all().map((row) => parsed<Group>(row)),
    put: (group) => void put.run(group.id, JSON.stringify(group)),
    remove: (id) => void remove.run(id),
  }
}

interface PolicyRow {
  readonly id: string
  readonly text: string
  readonly openings: string
  readonly pauses: string
}
const policyOf = (row: PolicyRow): PolicyRecord => ({
  id: row.id,
  text: JSON.parse(row.text) as PolicyText,
  openings: JSON.parse(row.openings) as DatedSpan[],
  pauses: JSON.parse(row.pauses) as DatedSpan[],
})

export function createPolicyStore(db: Database): PolicyStore {
  const all = db.prepare<[], PolicyRow>('SELECT * FROM policy ORDER BY id')
  const byId = db.prepare<[string], PolicyRow>('SELECT * FROM policy WHERE id = ?')
  const remove = db.prepare<[string]>('DELETE FROM policy WHERE id = ?')
  const putText = db.prepare<[string, string]>(
    "INSERT INTO policy (id, text, openings, pauses) VALUES (?, ?, '[]', '[]') ON CONFLICT (id) DO UPDATE SET text = excluded.text",
  )
  const putSpans = db.prepare<[string, string, string]>(
    "INSERT INTO policy (id, text, openings, pauses) VALUES (?, '{}', ?, ?) ON CONFLICT (id) DO UPDATE SET openings = excluded.openings, pauses = excluded.pauses",
  )
  return {
    all: () => all.all().map(policyOf),
    byId(id) {
      const row = byId.get(id)
      return row ? policyOf(row) : null
    },
    remove: (id) => void remove.run(id),
    putText: (id, text) => void putText.run(id, JSON.stringify(text)),
    putSpans: (id, openings, pauses) => void putSpans.run(id, JSON.stringify(openings), JSON.stringify(pauses)),
  }
}
