import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import { linesOf } from '../../core/cluster-line.ts'
import type {
  Caretaker, CaretakerStore, CheckStore, CheckTask, CheckTemplate, Replacement, Succession, SuccessionStore, Whereabout, WhereaboutStore,
} from '../../core/incident-care.ts'

export function createCaretakerStore(db: Database): CaretakerStore {
  const of = db.prepare<[string], Caretaker>('SELECT cluster, name, phone FROM caretaker WHERE cluster = ?')
  const all = db.prepare<[], Caretaker>('SELECT cluster, name, phone FROM caretaker ORDER BY cluster')
  const put = db.prepare('INSERT INTO caretaker (cluster, name, phone) VALUES (@cluster, @name, @phone) ON CONFLICT (cluster) DO UPDATE SET name = excluded.name, phone = excluded.phone')
  const remove = db.prepare<[string]>('DELETE FROM caretaker WHERE cluster = ?')
  return {
    of: (cluster) => of.get(cluster) ?? null,
    all: () => all.all(),
    put: (caretaker) => void put.run(caretaker),
    remove: (cluster) => void remove.run(cluster),
  }
}

interface ReplacementRow {
  readonly token_sha256: Uint8Array
  readonly predecessor: string
  readonly actor: string
  readonly expires_at: number
}
const replacementOf = (row: ReplacementRow): Replacement => ({ tokenSha256: row.token_sha256, predecessor: row.predecessor, actor: row.actor, expiresAt: wallMs(row.expires_at) })

export function createSuccessionStore(db: Database): SuccessionStore {
  const predecessor = db.prepare<[string], Succession>('SELECT cluster, predecessor, at FROM succession WHERE cluster = ?')
  const successor = db.prepare<[string], Succession>('SELECT cluster, predecessor, at FROM succession WHERE predecessor = ?')
  const all = db.prepare<[], Succession>('SELECT cluster, predecessor, at FROM succession ORDER BY at')
  const insert = db.prepare('INSERT INTO succession (cluster, predecessor, at) VALUES (@cluster, @predecessor, @at)')
  const promise = db.prepare<[Uint8Array, string, string, number]>('INSERT INTO replacement (token_sha256, predecessor, actor, expires_at) VALUES (?, ?, ?, ?)')
  const promised = db.prepare<[number], ReplacementRow>('SELECT * FROM replacement WHERE expires_at > ?')
  const kept = db.prepare<[Uint8Array]>('DELETE FROM replacement WHERE token_sha256 = ?')
  const pruned = db.prepare<[number]>('DELETE FROM replacement WHERE expires_at <= ?')
  return {
    predecessorOf: (cluster) => predecessor.get(cluster) ?? null,
    successorOf: (cluster) => successor.get(cluster) ?? null,
    lines: () => linesOf(all.all()),
    insert: (succession) => void insert.run(succession),
    promise: ({ tokenSha256, predecessor: old, actor, expiresAt }) => void promise.run(tokenSha256, old, actor, expiresAt),
    promised(now) {
      pruned.run(now)
      return promised.all(now).map(replacementOf)
    },
    keepPromise: (tokenSha256) => void kept.run(tokenSha256),
  }
}

interface WhereRow {
  readonly cluster: string
  readonly what: string
  readonly value: string
  readonly first_at: number
  readonly last_at: number
}
const whereOf = (row: WhereRow): Whereabout => ({ cluster: row.cluster, what: row.what as Whereabout['what'], value: row.value, firstAt: wallMs(row.first_at), lastAt: wallMs(row.last_at) })

export function createWhereaboutStore(db: Database): WhereaboutStore {
  const of = db.prepare<[string], WhereRow>('SELECT * FROM whereabouts WHERE cluster = ?')
  const having = db.prepare<[string, string], WhereRow>('SELECT * FROM whereabouts WHERE what = ? AND value = ?')
  const since = db.prepare<[string, number], WhereRow>('SELECT * FROM whereabouts WHERE what = ? AND first_at > ?')
  const note = db.prepare<[string, string, string, number, number]>(
    'INSERT INTO whereabouts (cluster, what, value, first_at, last_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (cluster, what, value) DO UPDATE SET last_at = excluded.last_at',
  )
  const accept = db.prepare<[number, string]>('UPDATE whereabouts SET first_at = min(first_at, ?) WHERE cluster = ?')
  const prune = db.prepare<[number]>('DELETE FROM whereabouts WHERE last_at < ?')
  const noteAll = db.transaction((seen: Parameters<WhereaboutStore['note']>[0], at: number) => {
    for (const { cluster, what, value } of seen) note.run(cluster, what, value, at, at)
  })
  return {
    of: (cluster) => of.all(cluster).map(whereOf),
    with: (what, value) => having.all(what, value).map(whereOf),
    since: (what, at) => since.all(what, at).map(whereOf),
    note: (seen, at) => void (seen.length > 0 && noteAll.immediate(seen, at)),
    accept: (cluster, at) => void accept.run(at, cluster),
    prune: (before) => void prune.run(before),
  }
}

interface TaskRow {
  readonly id: string
  readonly template: string
  readonly cluster: string
  readonly due: string
  readonly done_at: number | null
  readonly doc: string
}
type TaskDoc = Pick<CheckTask, 'doneBy' | 'findings' | 'note' | 'incident'>
const taskOf = (row: TaskRow): CheckTask => ({
  id: row.id, template: row.template, cluster: row.cluster, due: row.due, doneAt: row.done_at === null ? null : wallMs(row.done_at), ...(JSON.parse(row.doc) as TaskDoc),
})
interface TemplateRow {
  readonly id: string
  readonly doc: string
}
const templateOf = (row: TemplateRow): CheckTemplate => ({ ...(JSON.parse(row.doc) as Omit<CheckTemplate, 'id'>), id: row.id })

const PUT_TASK = `INSERT INTO check_task (id, template, cluster, due, done_at, doc) VALUES (@id, @template, @cluster, @due, @doneAt, @doc)
  ON CONFLICT (id) DO UPDATE SET due = excluded.due, done_at = excluded.done_at, doc = excluded.doc`

export function createCheckStore(db: Database): CheckStore {
  const templates = db.prepare<[], TemplateRow>('SELECT id, doc FROM check_template ORDER BY id')
  const template = db.prepare<[string], TemplateRow>('SELECT id, doc FROM check_template WHERE id = ?')
  const putTemplate = db.prepare<[string, string]>('INSERT INTO check_template (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc')
  const removeTemplate = db.prepare<[string]>('DELETE FROM check_template WHERE id = ?')
  const dropOpen = db.prepare<[string]>('DELETE FROM check_task WHERE template = ? AND done_at IS NULL')
  const task = db.prepare<[string], TaskRow>('SELECT * FROM check_task WHERE id = ?')
  const between = db.prepare<[string, string], TaskRow>('SELECT * FROM check_task WHERE due >= ? AND due <= ? ORDER BY due, cluster')
  const openOf = db.prepare<[string, string], TaskRow>('SELECT * FROM check_task WHERE cluster = ? AND template = ? AND done_at IS NULL ORDER BY due LIMIT 1')
  const putTask = db.prepare(PUT_TASK)
  const removeTask = db.prepare<[string]>('DELETE FROM check_task WHERE id = ?')
  const handOver = db.prepare<[string, string]>('UPDATE check_task SET cluster = ? WHERE cluster = ? AND done_at IS NULL')
  return {
    templates: () => templates.all().map(templateOf),
    template(id) {
      const row = template.get(id)
      return row ? templateOf(row) : null
    },
    putTemplate: ({ id, ...doc }) => void putTemplate.run(id, JSON.stringify(doc)),
    removeTemplate(id) {
      dropOpen.run(id)
      removeTemplate.run(id)
    },
    task(id) {
      const row = task.get(id)
      return row ? taskOf(row) : null
    },
    between: (from, to) => between.all(from, to).map(taskOf),
    openOf(cluster, name) {
      const row = openOf.get(cluster, name)
      return row ? taskOf(row) : null
    },
    putTask: ({ doneBy, findings, note, incident, ...columns }) => void putTask.run({ ...columns, doc: JSON.stringify({ doneBy, findings, note, incident }) }),
    removeTask: (id) => void removeTask.run(id),
    handOver: (from, to) => void handOver.run(to, from),
  }
}
