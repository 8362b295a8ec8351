import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { EntryKind, Incident, IncidentCluster, IncidentEntry, IncidentFilter, IncidentStore } from '../../core/incident.ts'

interface DocRow {
  readonly doc: string
}
const incidentOf = ({ doc }: DocRow): Incident => JSON.parse(doc) as Incident

interface ClusterRow {
  readonly incident: string
  readonly cluster: string
  readonly fell_at: number
  readonly since: number
  readonly healed_at: number | null
  readonly en: string
  readonly vi: string
  readonly figure: number | null
}
const clusterOf = (row: ClusterRow): IncidentCluster => ({
  incident: row.incident,
  cluster: row.cluster,
  fellAt: wallMs(row.fell_at),
  since: wallMs(row.since),
  healedAt: row.healed_at === null ? null : wallMs(row.healed_at),
  en: row.en,
  vi: row.vi,
  figure: row.figure,
})

interface EntryRow {
  readonly n: number
  readonly incident: string
  readonly at: number
  readonly actor: string
  readonly kind: string
  readonly detail: string
}
const entryOf = (row: EntryRow): IncidentEntry => ({
  n: row.n,
  incident: row.incident,
  at: wallMs(row.at),
  actor: row.actor,
  kind: row.kind as EntryKind,
  detail: JSON.parse(row.detail) as IncidentEntry['detail'],
})

const PUT_CLUSTER = `INSERT INTO incident_cluster (incident, cluster, fell_at, since, healed_at, en, vi, figure)
  VALUES (@incident, @cluster, @fellAt, @since, @healedAt, @en, @vi, @figure)
  ON CONFLICT (incident, cluster) DO UPDATE SET fell_at = excluded.fell_at, since = excluded.since, healed_at = excluded.healed_at,
    en = excluded.en, vi = excluded.vi, figure = excluded.figure`

function listSql({ state = 'all', kind, clusters, before }: IncidentFilter): { readonly sql: string; readonly values: (string | number)[] } {
  const where = ['merged_into IS NULL']
  const values: (string | number)[] = []
  if (state === 'open') where.push('closed_at IS NULL')
  if (state === 'closed') where.push('closed_at IS NOT NULL')
  if (kind !== undefined) {
    where.push('kind = ?')
    values.push(kind)
  }
  if (clusters !== undefined) {
    where.push('id IN (SELECT incident FROM incident_cluster WHERE cluster IN (SELECT value FROM json_each(?)))')
    values.push(JSON.stringify(clusters))
  }
  if (before !== undefined) {
    where.push('n < ?')
    values.push(before)
  }
  return { sql: `SELECT doc FROM incident WHERE ${where.join(' AND ')} ORDER BY n DESC LIMIT ?`, values }
}

const valuesOf = (incident: Incident): Record<string, unknown> => {
  const { id, n, kind, state, openedAt, closedAt, mergedInto } = incident
  return { id, n, kind, state, openedAt, closedAt, mergedInto, doc: JSON.stringify(incident) }
}

/** Incidents with their clusters and their history. */
export function createIncidentStore(db: Database): IncidentStore {
  const last = db.prepare<[], { n: number | null }>('SELECT max(n) AS n FROM incident')
  const insert = db.prepare('INSERT INTO incident (id, n, kind, state, opened_at, closed_at, merged_into, doc) VALUES (@id, @n, @kind, @state, @openedAt, @closedAt, @mergedInto, @doc)')
  const save = db.prepare('UPDATE incident SET kind = @kind, state = @state, closed_at = @closedAt, merged_into = @mergedInto, doc = @doc WHERE id = @id')
  const byId = db.prepare<[string], DocRow>('SELECT doc FROM incident WHERE id = ?')
  const open = db.prepare<[], DocRow>('SELECT doc FROM incident WHERE closed_at IS NULL ORDER BY n DESC')
  const closedSince = db.prepare<[number], DocRow>('SELECT doc FROM incident WHERE closed_at >= ? AND merged_into IS NULL ORDER BY closed_at DESC')
  const between = db.prepare<[number, number], DocRow>('SELECT doc FROM incident WHERE opened_at < ? AND (closed_at IS NULL OR closed_at >= ?) AND merged_into IS NULL ORDER BY n')
  return {
    nextNumber: () => (last.get()?.n ?? 0) + 1,
    insert: (incident) => void insert.run(valuesOf(incident)),
    save: (incident) => void save.run(valuesOf(incident)),
    byId(id) {
      const row = byId.get(id)
      return row ? incidentOf(row) : null
    },
    open: () => open.all().map(incidentOf),
    closedSince: (at) => closedSince.all(at).map(incidentOf),
    list(filter) {
      const { sql, values } = listSql(filter)
      return db.prepare<unknown[], DocRow>(sql).all(...values, filter.limit).map(incidentOf)
    },
    between: (from, to) => between.all(to, from).map(incidentOf),
    ...createParts(db),
  }
}

function createParts(db: Database): Pick<IncidentStore, 'clustersOf' | 'openClusters' | 'putCluster' | 'heal' | 'addEntry' | 'entries'> {
  const clustersOf = db.prepare<[string], ClusterRow>('SELECT * FROM incident_cluster WHERE incident = ? ORDER BY fell_at, cluster')
  const openClusters = db.prepare<[], ClusterRow>('SELECT c.* FROM incident_cluster c JOIN incident i ON i.id = c.incident WHERE i.closed_at IS NULL')
  const putCluster = db.prepare(PUT_CLUSTER)
  const heal = db.prepare<[number, string, string]>('UPDATE incident_cluster SET healed_at = ? WHERE incident = ? AND cluster = ? AND healed_at IS NULL')
  const addEntry = db.prepare<[string, number, string, string, string]>('INSERT INTO incident_entry (incident, at, actor, kind, detail) VALUES (?, ?, ?, ?, ?)')
  const entries = db.prepare<[string], EntryRow>('SELECT * FROM incident_entry WHERE incident = ? ORDER BY n')
  return {
    clustersOf: (incident) => clustersOf.all(incident).map(clusterOf),
    openClusters: () => openClusters.all().map(clusterOf),
    putCluster: (cluster) => void putCluster.run(cluster),
    heal: (incident, clusters, at) => clusters.forEach((cluster) => heal.run(at, incident, cluster)),
    addEntry: ({ incident, at, actor, kind, detail }) => void addEntry.run(incident, at, actor, kind, JSON.stringify(detail)),
    entries: (incident) => entries.all(incident).map(entryOf),
  }
}
