import type { Database } from 'better-sqlite3'
import type { MetaStore } from '../../core/stores.ts'

/** Small facts of the station itself: its name, counters, when it was first started. */
export function createMetaStore(db: Database): MetaStore {
  const get = db.prepare<[string], { value: string }>('SELECT value FROM meta WHERE key = ?')
  const set = db.prepare<[string, string]>('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
  return {
    get: (key) => get.get(key)?.value ?? null,
    set: (key, value) => void set.run(key, value),
  }
}
