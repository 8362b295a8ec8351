import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { CapRecord, CapStore } from '../../core/cap-store.ts'

interface Row {
  readonly key: string
  readonly kind: string
  readonly emergencies: string
  readonly doc: string | null
  readonly begins_at: number | null
  readonly received_at: number
  readonly forget_at: number
}
const recordOf = (row: Row): CapRecord => ({
  key: row.key,
  kind: row.kind as CapRecord['kind'],
  emergencies: JSON.parse(row.emergencies) as string[],
  doc: row.doc,
  beginsAt: row.begins_at === null ? null : wallMs(row.begins_at),
  receivedAt: wallMs(row.received_at),
  forgetAt: wallMs(row.forget_at),
})

export function createCapStore(db: Database): CapStore {
  const byKey = db.prepare<[string], Row>('SELECT * FROM cap_message WHERE key = ?')
  const put = db.prepare('INSERT OR REPLACE INTO cap_message (key, kind, emergencies, doc, begins_at, received_at, forget_at) VALUES (?, ?, ?, ?, ?, ?, ?)')
  const due = db.prepare<[number], Row>('SELECT * FROM cap_message WHERE begins_at IS NOT NULL AND begins_at <= ? ORDER BY begins_at')
  const next = db.prepare<[], { at: number | null }>('SELECT min(begins_at) AS at FROM cap_message WHERE begins_at IS NOT NULL')
  const prune = db.prepare<[number]>('DELETE FROM cap_message WHERE forget_at <= ?')
  return {
    byKey(key) {
      const row = byKey.get(key)
      return row ? recordOf(row) : null
    },
    put: (r) => void put.run(r.key, r.kind, JSON.stringify(r.emergencies), r.doc, r.beginsAt, r.receivedAt, r.forgetAt),
    due: (at) => due.all(at).map(recordOf),
    nextBegin() {
      const at = next.get()?.at ?? null
      return at === null ? null : wallMs(at)
    },
    prune: (at) => void prune.run(at),
  }
}
