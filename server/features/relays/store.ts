import type { Database } from 'better-sqlite3'
import type { Relay } from '../../../shared/core/timetable.ts'
import type { RelayCheck } from '../../core/relay-check.ts'
import type { RelayStore } from '../../core/stores.ts'

interface Doc {
  readonly doc: string
}
const CHECKS_KEPT = 100

/** The catalogue of relays, and what was found when they were checked. */
export function createRelayStore(db: Database): RelayStore {
  const all = db.prepare<[], Doc>('SELECT doc FROM relay ORDER BY id')
  const byId = db.prepare<[string], Doc>('SELECT doc FROM relay WHERE id = ?')
  const put = db.prepare<[string, string]>('INSERT INTO relay (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc')
  const remove = db.prepare<[string]>('DELETE FROM relay WHERE id = ?')
  const insertCheck = db.prepare<[string, number, string]>('INSERT INTO relay_check (relay, at, doc) VALUES (?, ?, ?)')
  const prune = db.prepare<[string, string]>(
    `DELETE FROM relay_check WHERE relay = ? AND n NOT IN (SELECT n FROM relay_check WHERE relay = ? ORDER BY at DESC, n DESC LIMIT ${CHECKS_KEPT})`,
  )
  const checks = db.prepare<[string, number], Doc>('SELECT doc FROM relay_check WHERE relay = ? ORDER BY at DESC, n DESC LIMIT ?')
  const noteCheck = db.transaction((check: RelayCheck) => {
    insertCheck.run(check.relay, check.at, JSON.stringify(check))
    prune.run(check.relay, check.relay)
  })
  return {
    all: () => all.all().map(({ doc }) => JSON.parse(doc) as Relay),
    byId(id) {
      const row = byId.get(id)
      return row ? (JSON.parse(row.doc) as Relay) : null
    },
    put: (relay) => void put.run(relay.id, JSON.stringify(relay)),
    remove: (id) => void remove.run(id),
    noteCheck: (check) => void noteCheck.immediate(check),
    checks: (relay, most) => checks.all(relay, most).map(({ doc }) => JSON.parse(doc) as RelayCheck),
  }
}
