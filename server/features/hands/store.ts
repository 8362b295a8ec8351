import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import { blockCount, blockLength } from '../../../shared/protocol/blocks.ts'
import type { Served, Service } from '../../../shared/protocol/messages/service.ts'
import type { HandsStore, ServiceRecord } from '../../core/hands-store.ts'

interface Row {
  readonly id: string
  readonly cluster: string
  readonly kind: string
  readonly detail: string
  readonly actor: string
  readonly at: number
  readonly expires_at: number
  readonly state: string
  readonly served: string | null
  readonly whole: number
}
const recordOf = (row: Row): ServiceRecord => ({
  id: row.id, cluster: row.cluster, kind: row.kind as Service, detail: JSON.parse(row.detail) as ServiceRecord['detail'], actor: row.actor,
  at: wallMs(row.at), expiresAt: wallMs(row.expires_at), state: row.state as ServiceRecord['state'], served: row.served === null ? null : (JSON.parse(row.served) as Served), hasFile: row.whole === 1,
})
const OPEN = "state IN ('ordered', 'taken') AND expires_at >"
/** A file is looked for among so many answers of its cluster. */
const LOOKED_AT = 20

/** Acts of service, and what came back of them. */
export function createHandsStore(db: Database): HandsStore {
  const insert = db.prepare<[Record<string, unknown>]>('INSERT INTO service_order (id, cluster, kind, detail, actor, at, expires_at, state, whole) VALUES (@id, @cluster, @kind, @detail, @actor, @at, @expiresAt, @state, 0)')
  const byId = db.prepare<[string], Row>('SELECT * FROM service_order WHERE id = ?')
  const ofCluster = db.prepare<[string, number], Row>('SELECT * FROM service_order WHERE cluster = ? ORDER BY at DESC, id LIMIT ?')
  const open = db.prepare<[number], Row>(`SELECT * FROM service_order WHERE ${OPEN} ? ORDER BY at, id`)
  const openOf = db.prepare<[number, string], Row>(`SELECT * FROM service_order WHERE ${OPEN} ? AND cluster = ? ORDER BY at, id`)
  const count = db.prepare<[string, string, number], { n: number }>('SELECT count(*) AS n FROM service_order WHERE cluster = ? AND kind = ? AND at > ?')
  const note = db.prepare<[string, string, number, string]>('UPDATE service_order SET state = ?, served = ?, said_at = ? WHERE id = ?')
  const late = db.prepare<[number], Row>("SELECT * FROM service_order WHERE state IN ('ordered', 'taken') AND expires_at <= ?")
  const setState = db.prepare<[string, string]>('UPDATE service_order SET state = ? WHERE id = ?')
  const putPiece = db.prepare<[string, number, Uint8Array]>('INSERT INTO service_piece (id, n, bytes) VALUES (?, ?, ?) ON CONFLICT (id, n) DO UPDATE SET bytes = excluded.bytes')
  const pieces = db.prepare<[string], { n: number; bytes: Buffer }>('SELECT n, bytes FROM service_piece WHERE id = ? ORDER BY n')
  const pieceCount = db.prepare<[string], { n: number }>('SELECT count(*) AS n FROM service_piece WHERE id = ?')
  const setWhole = db.prepare<[number, string]>('UPDATE service_order SET whole = ? WHERE id = ?')
  const dropPieces = db.prepare<[string]>('DELETE FROM service_piece WHERE id = ?')
  const pruneFiles = db.prepare<[number]>('DELETE FROM service_piece WHERE id IN (SELECT id FROM service_order WHERE at < ?)')
  const pruneWhole = db.prepare<[number]>('UPDATE service_order SET whole = 0 WHERE at < ?')
  const prune = db.prepare<[number]>('DELETE FROM service_order WHERE at < ?')
  const one = (id: string): ServiceRecord | null => {
    const row = byId.get(id)
    return row ? recordOf(row) : null
  }
  const file = (id: string): Uint8Array => new Uint8Array(Buffer.concat(pieces.all(id).map(({ bytes }) => bytes)))
  return {
    insert: ({ served: _, hasFile: _whole, ...record }) => void insert.run({ ...record, detail: JSON.stringify(record.detail) }),
    byId: one,
    ofCluster: (cluster, most) => ofCluster.all(cluster, most).map(recordOf),
    open: (now, cluster) => (cluster === undefined ? open.all(now) : openOf.all(now, cluster)).map(recordOf),
    countSince: (cluster, kind, since) => count.get(cluster, kind, since)?.n ?? 0,
    note: (cluster, served, at) => {
      const known = one(served.id)
      if (known?.cluster !== cluster) return null
      if (known.state !== 'ordered' && known.state !== 'taken') return null
      note.run(served.st, JSON.stringify(served), at, served.id)
      return one(served.id)
    },
    putPiece: (cluster, sha, index, bytes) => {
      const record = ofCluster.all(cluster, LOOKED_AT).map(recordOf).find(({ served, hasFile }) => served?.file?.sha === sha && !hasFile)
      const announced = record?.served?.file
      if (!record || !announced || blockLength(announced.bytes, index) !== bytes.length) return null
      putPiece.run(record.id, index, bytes)
      if ((pieceCount.get(record.id)?.n ?? 0) < blockCount(announced.bytes)) return null
      setWhole.run(1, record.id)
      return one(record.id)
    },
    file: (id) => (one(id)?.hasFile === true ? file(id) : null),
    dropFile: (id) => {
      dropPieces.run(id)
      setWhole.run(0, id)
    },
    expire: (now) =>
      late.all(now).map((row) => {
        setState.run('expired', row.id)
        return { ...recordOf(row), state: 'expired' as const }
      }),
    prune: (filesBefore, recordsBefore) => {
      pruneFiles.run(filesBefore)
      pruneWhole.run(filesBefore)
      prune.run(recordsBefore)
    },
  }
}
