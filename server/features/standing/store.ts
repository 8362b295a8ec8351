import type { Database } from 'better-sqlite3'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { StandingKey, StandingSet, StandingStore } from '../../core/standing-store.ts'

interface SetRow {
  readonly id: string
  readonly doc: string
  readonly armed_at: number | null
  readonly updated_at: number
}
/** Sets that were written down before they could end have no end. */
type Written = Omit<StandingSet, 'id' | 'armedAt' | 'changedAt' | 'endsAt'> & { readonly endsAt?: WallMs | null }
function setOf(row: SetRow): StandingSet {
  const { endsAt = null, ...written } = JSON.parse(row.doc) as Written
  return { ...written, endsAt, id: row.id, armedAt: row.armed_at === null ? null : wallMs(row.armed_at), changedAt: wallMs(row.updated_at) }
}

interface KeyRow {
  readonly key: string
  readonly name: string
  readonly areas: string
  readonly ends_at: number
  readonly added_at: number
}
const keyOf = (row: KeyRow): StandingKey => ({
  key: row.key,
  name: row.name,
  areas: JSON.parse(row.areas) as string[],
  endsAt: wallMs(row.ends_at),
  addedAt: wallMs(row.added_at),
})

export function createStandingStore(db: Database): StandingStore {
  const sets = db.prepare<[], SetRow>('SELECT id, doc, armed_at, updated_at FROM standing_set ORDER BY id')
  const set = db.prepare<[string], SetRow>('SELECT id, doc, armed_at, updated_at FROM standing_set WHERE id = ?')
  const putSet = db.prepare<[string, string, number | null, number]>(
    'INSERT INTO standing_set (id, doc, armed_at, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, armed_at = excluded.armed_at, updated_at = excluded.updated_at',
  )
  const removeSet = db.prepare<[string]>('DELETE FROM standing_set WHERE id = ?')
  const keys = db.prepare<[], KeyRow>('SELECT * FROM standing_key ORDER BY name, key')
  const putKey = db.prepare<[string, string, string, number, number]>(
    'INSERT INTO standing_key (key, name, areas, ends_at, added_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET name = excluded.name, areas = excluded.areas, ends_at = excluded.ends_at',
  )
  const removeKey = db.prepare<[string]>('DELETE FROM standing_key WHERE key = ?')
  return {
    sets: () => sets.all().map(setOf),
    set(id) {
      const row = set.get(id)
      return row ? setOf(row) : null
    },
    putSet: ({ id, armedAt, changedAt, ...doc }) => void putSet.run(id, JSON.stringify(doc), armedAt, changedAt),
    removeSet: (id) => void removeSet.run(id),
    keys: () => keys.all().map(keyOf),
    putKey: (key) => void putKey.run(key.key, key.name, JSON.stringify(key.areas), key.endsAt, key.addedAt),
    removeKey: (key) => void removeKey.run(key),
  }
}
