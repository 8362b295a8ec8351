import type { Database, Statement } from 'better-sqlite3'
import type { LibraryItem, ProgrammeStore, Sight } from '../../core/programme-store.ts'
import { folded, MAX_SEARCH_WORDS, searchWords, type SearchQuestion } from '../../core/search-question.ts'
import { itemOf, type ProgrammeRow } from './store-rows.ts'
import { targetText } from './store-shares.ts'

/**
 * What is looked for and filtered by, apart from the programmes themselves, whose rows are wide: their words, and one
 * narrow entry for each.
 */
export interface SearchEntries {
  put(item: LibraryItem): void
  remove(id: string): void
}

/** Enters also what was made before there was a search. */
export function createSearchEntries(db: Database): SearchEntries {
  const entryOf = db.prepare<[string], { n: number }>('SELECT n FROM programme_entry WHERE id = ?')
  const put = db.prepare(`INSERT OR REPLACE INTO programme_entry (n, id, area, folder, tags, kind, source, state, airs, valid_from, valid_to, updated_at)
    VALUES (@n, @id, @area, @folder, @tags, @kind, @source, @state, @airs, @validFrom, @validTo, @updatedAt)`)
  const dropEntry = db.prepare('DELETE FROM programme_entry WHERE n = ?')
  const dropWords = db.prepare('DELETE FROM programme_words WHERE rowid = ?')
  const addWords = db.prepare('INSERT INTO programme_words (rowid, name, tags, folder, body) VALUES (?, ?, ?, ?, ?)')
  const entries: SearchEntries = {
    put(item) {
      const { id, name, tags, folder, description, text } = item
      const known = entryOf.get(id)
      if (known) dropWords.run(known.n)
      const n = put.run({ ...item, n: known?.n ?? null, airs: item.airs ? 1 : 0, tags: JSON.stringify(tags) }).lastInsertRowid
      addWords.run(known?.n ?? n, folded(name), folded(tags.join(' ')), folded(folder), folded(`${description} ${text ?? ''}`))
    },
    remove(id) {
      const known = entryOf.get(id)
      if (!known) return
      dropWords.run(known.n)
      dropEntry.run(known.n)
    },
  }
  const missing = db.prepare<[], ProgrammeRow>('SELECT * FROM programme WHERE deleted_at IS NULL AND id NOT IN (SELECT id FROM programme_entry)')
  const left = missing.all()
  if (left.length > 0) db.transaction(() => left.forEach((row) => entries.put(itemOf(row))))()
  return entries
}

/** With more hits than this the newest come first: to weigh each against the others would take too long, and would say little. */
const MAX_WEIGHED = 400

interface Clause {
  readonly sql: string
  readonly values: readonly (string | number)[]
}
const clause = (sql: string, ...values: (string | number)[]): Clause => ({ sql, values })

const OWN_AREA = "ifnull(p.area, '') IN (SELECT value FROM json_each(?))"

/** What of it somebody may see at all; null = everything. */
function sightClause({ owned, shared, now }: Sight): { readonly isOwn: Clause; readonly seen: Clause } | null {
  if (owned === 'all') return null
  const isOwn = clause(OWN_AREA, JSON.stringify([...owned]))
  const given = clause('p.id IN (SELECT programme FROM programme_share WHERE target IN (SELECT value FROM json_each(?)) AND (until IS NULL OR until > ?))', JSON.stringify(shared.map(targetText)), now)
  return { isOwn, seen: clause(`(${isOwn.sql} OR (p.airs = 1 AND (p.area IS NULL OR ${given.sql})))`, ...isOwn.values, ...given.values) }
}

/** Each word begins a word of the programme; words of our own making only, so that no sign of the query language is in them. */
const matchOf = (text: string): string => searchWords(text).slice(0, MAX_SEARCH_WORDS).map((word) => `"${word}"*`).join(' ')

function clausesOf(question: SearchQuestion, sight: Sight): Clause[] {
  const { state, language, kind, source, area, folder, tag, shared, valid, today } = question
  const limits = sightClause(sight)
  const isOwn = limits?.isOwn ?? clause('1')
  const isValid = '(p.valid_from IS NULL OR p.valid_from <= ?) AND (p.valid_to IS NULL OR p.valid_to >= ?)'
  return [
    clause('1'),
    ...(limits ? [limits.seen] : []),
    // whoever sees only what is on air does not learn that it is being worked on
    ...(state === undefined ? [] : [clause(`CASE WHEN ${isOwn.sql} THEN p.state ELSE 'approved' END = ?`, ...isOwn.values, state)]),
    ...(language === undefined ? [] : [clause("EXISTS (SELECT 1 FROM programme_version v WHERE v.programme = p.id AND v.language = ? AND v.state <> 'replaced')", language)]),
    kind === undefined ? clause("p.kind <> 'chime'") : clause('p.kind = ?', kind),
    ...(source === undefined ? [] : [clause('p.source = ?', source)]),
    ...(area === undefined ? [] : area === 'station' ? [clause('p.area IS NULL')] : [clause('p.area = ?', area)]),
    ...(folder === undefined ? [] : [clause('p.folder = ?', folder)]),
    ...(tag === undefined ? [] : [clause('EXISTS (SELECT 1 FROM json_each(p.tags) WHERE value = ?)', tag)]),
    ...(shared === undefined ? [] : [clause(`(${isOwn.sql}) = ?`, ...isOwn.values, shared ? 0 : 1)]),
    ...(valid === undefined ? [] : [clause(`(${isValid}) = ?`, today, today, valid ? 1 : 0)]),
  ]
}

export function createSearch(db: Database): Pick<ProgrammeStore, 'search' | 'folders' | 'areas'> {
  const prepared = new Map<string, Statement<(string | number)[], unknown>>()
  // as many as there are ways to combine what is asked for
  const ask = <T>(sql: string, values: readonly (string | number)[]): T[] => {
    const statement = prepared.get(sql) ?? db.prepare<(string | number)[], unknown>(sql)
    prepared.set(sql, statement)
    return statement.all(...values) as T[]
  }
  const areas = db.prepare<[], { area: string | null }>('SELECT DISTINCT area FROM programme_entry')
  const byId = db.prepare<[string], ProgrammeRow>('SELECT * FROM programme WHERE id = ?')
  return {
    search(question, sight) {
      const match = question.words === undefined ? '' : matchOf(question.words)
      if (question.words !== undefined && question.words.trim() !== '' && match === '') return { total: 0, items: [] }
      const clauses = clausesOf(question, sight)
      const values = clauses.flatMap((one) => one.values)
      const where = clauses.map(({ sql }) => sql).join(' AND ')
      const from = match === '' ? 'programme_entry p' : 'programme_words w JOIN programme_entry p ON p.n = w.rowid'
      const matching = match === '' ? where : `programme_words MATCH ? AND ${where}`
      const all = match === '' ? values : [match, ...values]
      const total = ask<{ total: number }>(`SELECT count(*) AS total FROM ${from} WHERE ${matching}`, all)[0]?.total ?? 0
      // a hit in the name says more than one in the words
      const order = match === '' || total > MAX_WEIGHED ? '' : 'bm25(programme_words, 8, 4, 2, 1), '
      const ids = ask<{ id: string }>(`SELECT p.id FROM ${from} WHERE ${matching} ORDER BY ${order}p.updated_at DESC, p.id LIMIT ? OFFSET ?`, [...all, question.limit, question.offset])
      return { total, items: ids.flatMap(({ id }) => byId.get(id) ?? []).map(itemOf) }
    },
    folders(sight) {
      const limits = sightClause(sight)
      const rows = ask<{ area: string | null; folder: string; programmes: number; airing: number }>(
        `SELECT p.area, p.folder, count(*) AS programmes, sum(p.airs) AS airing FROM programme_entry p WHERE p.folder <> ''${limits ? ` AND ${limits.seen.sql}` : ''} GROUP BY p.area, p.folder ORDER BY p.area, p.folder LIMIT 2000`,
        limits?.seen.values ?? [],
      )
      return rows
    },
    areas: () => areas.all().map(({ area }) => area),
  }
}

