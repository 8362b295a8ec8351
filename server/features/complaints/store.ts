import type { Database } from 'better-sqlite3'
import type { Complaint, ComplaintStore, PoleCodeStore } from '../../core/incident-care.ts'

interface Doc {
  readonly doc: string
}
const complaintOf = ({ doc }: Doc): Complaint => JSON.parse(doc) as Complaint
const valuesOf = (complaint: Complaint): Record<string, unknown> => {
  const { id, n, cluster, reportedAt, heardAt, state } = complaint
  return { id, n, cluster, reportedAt, heardAt, state, doc: JSON.stringify(complaint) }
}

export function createComplaintStore(db: Database): ComplaintStore {
  const last = db.prepare<[], { n: number | null }>('SELECT max(n) AS n FROM complaint')
  const insert = db.prepare('INSERT INTO complaint (id, n, cluster, reported_at, heard_at, state, doc, key) VALUES (@id, @n, @cluster, @reportedAt, @heardAt, @state, @doc, @key)')
  const save = db.prepare('UPDATE complaint SET state = @state, doc = @doc WHERE id = @id')
  const byId = db.prepare<[string], Doc>('SELECT doc FROM complaint WHERE id = ?')
  const byKey = db.prepare<[string], Doc>('SELECT doc FROM complaint WHERE key = ?')
  const list = db.prepare<[string | null, string | null, string | null, string | null, number], Doc>(
    'SELECT doc FROM complaint WHERE (? IS NULL OR state = ?) AND (? IS NULL OR cluster IN (SELECT value FROM json_each(?))) ORDER BY n DESC LIMIT ?',
  )
  const between = db.prepare<[number, number], Doc>('SELECT doc FROM complaint WHERE reported_at >= ? AND reported_at < ? ORDER BY n')
  return {
    nextNumber: () => (last.get()?.n ?? 0) + 1,
    insert: (complaint, key) => void insert.run({ ...valuesOf(complaint), key }),
    save: (complaint) => void save.run(valuesOf(complaint)),
    byId(id) {
      const row = byId.get(id)
      return row ? complaintOf(row) : null
    },
    byKey(key) {
      const row = byKey.get(key)
      return row ? complaintOf(row) : null
    },
    list({ state = null, clusters, limit }) {
      const among = clusters === undefined ? null : JSON.stringify(clusters)
      return list.all(state, state, among, among, limit).map(complaintOf)
    },
    between: (from, to) => between.all(from, to).map(complaintOf),
  }
}

export function createPoleCodeStore(db: Database): PoleCodeStore {
  const of = db.prepare<[string], { code: string }>('SELECT code FROM pole_code WHERE cluster = ?')
  const clusterOf = db.prepare<[string], { cluster: string }>('SELECT cluster FROM pole_code WHERE code = ?')
  const put = db.prepare<[string, string]>('INSERT INTO pole_code (cluster, code) VALUES (?, ?) ON CONFLICT (cluster) DO UPDATE SET code = excluded.code')
  const drop = db.prepare<[string]>('DELETE FROM pole_code WHERE cluster = ?')
  const handOver = db.prepare<[string, string]>('UPDATE pole_code SET cluster = ? WHERE cluster = ?')
  return {
    of: (cluster) => of.get(cluster)?.code ?? null,
    clusterOf: (code) => clusterOf.get(code)?.cluster ?? null,
    put: (cluster, code) => void put.run(cluster, code),
    handOver(from, to) {
      if (!of.get(from)) return
      drop.run(to)
      handOver.run(to, from)
    },
  }
}
