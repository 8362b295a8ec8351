import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import Sqlite, { type Database } from 'better-sqlite3'
import { BrokenInvariant } from '../../shared/core/result.ts'
import type { Tally } from '../core/report-tally.ts'
import { readTally, writeTally } from '../core/report-tally-text.ts'
import { readLayout, type Layout } from '../core/report-pack.ts'

/** What reports read, and what they keep for themselves. A thread opens its own. */
export interface ReportDatabases {
  readonly decisions: Database
  readonly telemetry: Database
  /** Evidence of days that are over, packed, and the sums of all days. */
  readonly archive: Database
  close(): void
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS content (n INTEGER PRIMARY KEY, doc TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS layout (n INTEGER PRIMARY KEY, sha BLOB NOT NULL UNIQUE, doc BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS pack (day INTEGER NOT NULL, cluster TEXT NOT NULL, packed BLOB NOT NULL, PRIMARY KEY (day, cluster)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS report_day (day INTEGER NOT NULL, station TEXT NOT NULL, doc BLOB NOT NULL, next INTEGER, PRIMARY KEY (day, station)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS report_day_by_next ON report_day(next) WHERE next IS NOT NULL;
CREATE TABLE IF NOT EXISTS report_month (month INTEGER NOT NULL, station TEXT NOT NULL, doc BLOB NOT NULL, PRIMARY KEY (month, station)) STRICT;
CREATE TABLE IF NOT EXISTS link_month (month INTEGER PRIMARY KEY, doc TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS held (cluster TEXT NOT NULL, rev INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (cluster, rev)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS place (cluster TEXT PRIMARY KEY, signature TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`
const BUSY_MS = 5_000

/** The archive is made where it is not; the rows of a day leave the decisions only when they are on its disk. */
export function openReportDatabases(folder: string, mode: 'read' | 'upkeep'): ReportDatabases {
  const archiveFile = join(folder, 'archive.db')
  const archive = new Sqlite(archiveFile, { timeout: BUSY_MS })
  archive.pragma('journal_mode = WAL')
  archive.pragma('synchronous = FULL')
  archive.exec(SCHEMA)
  if (mode === 'read') archive.pragma('query_only = ON')
  const decisions = new Sqlite(join(folder, 'tieng-lang.db'), { timeout: BUSY_MS, ...(mode === 'read' ? { readonly: true } : {}) })
  if (mode === 'upkeep') {
    decisions.pragma('journal_mode = WAL')
    // only rows that the archive holds on its disk are removed here: losing the removal costs nothing
    decisions.pragma('synchronous = NORMAL')
  }
  const telemetry = new Sqlite(join(folder, 'telemetry.db'), { timeout: BUSY_MS, readonly: true })
  return {
    decisions, telemetry, archive,
    close: () => {
      for (const db of [telemetry, decisions, archive]) db.close()
    },
  }
}

/** A tally as it lies in the archive: a third of its text, and within one page of the database. */
export const packTally = (tally: Tally): Buffer => deflateRawSync(writeTally(tally))
export const unpackTally = (doc: Uint8Array): Tally => readTally(inflateRawSync(doc).toString())

export interface Layouts {
  /** The number of a text, which is kept once. */
  numberOf(text: string): number
  of(n: number): Layout
}

/** Bounded: a province's year has some hundred thousand, a report touches a few at a time. */
const KEPT = 5_000
function keep<K, V>(map: Map<K, V>, key: K, value: V): V {
  if (map.size >= KEPT) map.clear()
  map.set(key, value)
  return value
}

type Content = readonly [item: string, media: string | null, stream: string | null, nature: Layout['items'][number][6]]
/** A layout as it lies on the disk: what recurs from day to day is a number. */
type Lean = Omit<Layout, 'items'> & { readonly items: readonly (readonly [slot: string, at: number, ms: number, content: number])[] }

function createContents(archive: Database): { numberOf(content: Content): number; of(n: number): Content } {
  const byText = archive.prepare<[string], { n: number }>('SELECT n FROM content WHERE doc = ?')
  const byNumber = archive.prepare<[number], { doc: string }>('SELECT doc FROM content WHERE n = ?')
  const insert = archive.prepare<[string]>('INSERT INTO content (doc) VALUES (?)')
  const contents = new Map<number, Content>()
  return {
    numberOf: (content) => {
      const doc = JSON.stringify(content)
      return byText.get(doc)?.n ?? Number(insert.run(doc).lastInsertRowid)
    },
    of: (n) => {
      const known = contents.get(n)
      if (known) return known
      const row = byNumber.get(n)
      if (!row) throw new BrokenInvariant(`no content ${n}: the archive is damaged`)
      return keep(contents, n, JSON.parse(row.doc) as Content)
    },
  }
}

export function createLayouts(archive: Database): Layouts {
  const bySha = archive.prepare<[Buffer], { n: number }>('SELECT n FROM layout WHERE sha = ?')
  const byNumber = archive.prepare<[number], { doc: Buffer }>('SELECT doc FROM layout WHERE n = ?')
  const insert = archive.prepare<[Buffer, Buffer]>('INSERT INTO layout (sha, doc) VALUES (?, ?)')
  const contents = createContents(archive)
  const numbers = new Map<string, number>()
  const layouts = new Map<number, Layout>()
  const leanOf = (text: string): string => {
    const layout = readLayout(text)
    const lean: Lean = { ...layout, items: layout.items.map(([slot, at, ms, ...content]) => [slot, at, ms, contents.numberOf(content)]) }
    return JSON.stringify(lean)
  }
  return {
    numberOf: (text) => {
      const known = numbers.get(text)
      if (known !== undefined) return known
      const sha = createHash('sha256').update(text).digest().subarray(0, 16)
      const n = bySha.get(sha)?.n ?? Number(insert.run(sha, deflateRawSync(leanOf(text))).lastInsertRowid)
      return keep(numbers, text, n)
    },
    of: (n) => {
      const known = layouts.get(n)
      if (known !== undefined) return known
      const row = byNumber.get(n)
      if (!row) throw new BrokenInvariant(`no layout ${n}: the archive is damaged`)
      const lean = JSON.parse(inflateRawSync(row.doc).toString()) as Lean
      return keep(layouts, n, { ...lean, items: lean.items.map(([slot, at, ms, content]) => [slot, at, ms, ...contents.of(content)] as const) })
    },
  }
}
