import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'
import { migrate, type Migration } from './migrate.ts'
import { firstDecisions } from './migrations/001-first.ts'
import { liveBroadcasts } from './migrations/002-live.ts'
import { emergencies } from './migrations/003-emergencies.ts'
import { relays } from './migrations/004-relays.ts'
import { standingOrders } from './migrations/005-standing.ts'
import { evidenceOfStreams } from './migrations/006-evidence-of-streams.ts'
import { audience } from './migrations/007-audience.ts'
import { people } from './migrations/008-people.ts'
import { library } from './migrations/009-library.ts'
import { desk } from './migrations/010-desk.ts'
import { incidents } from './migrations/011-incidents.ts'
import { reports } from './migrations/012-reports.ts'
import { bulletins } from './migrations/013-bulletins.ts'
import { ears } from './migrations/014-ears.ts'
import { voices } from './migrations/015-voices.ts'
import { sims } from './migrations/016-sims.ts'
import { updates } from './migrations/017-updates.ts'
import { draftTexts } from './migrations/018-draft-texts.ts'
import { secondPerson } from './migrations/019-second-person.ts'
import { told } from './migrations/020-told.ts'
import { askedTwice } from './migrations/021-asked-twice.ts'
import { firstTelemetry } from './migrations/telemetry-001-first.ts'
import { rings } from './migrations/telemetry-002-rings.ts'
import { samples } from './migrations/telemetry-003-samples.ts'
import { edition } from './migrations/telemetry-004-edition.ts'

export const DECISION_MIGRATIONS: readonly Migration[] = [
  firstDecisions, liveBroadcasts, emergencies, relays, standingOrders, evidenceOfStreams,
  audience, people, library, desk, incidents, reports, bulletins, ears, voices, sims, updates, draftTexts, secondPerson, told, askedTwice,
]
export const TELEMETRY_MIGRATIONS: readonly Migration[] = [firstTelemetry, rings, samples, edition]

/** A reader of a backup or a report may hold a lock for a moment; ours are all far shorter. */
const BUSY_TIMEOUT_MS = 5_000

export interface Databases {
  /** synchronous=FULL: what was accepted is on the disk before the answer. */
  readonly decisions: Database
  /** synchronous=NORMAL: survives a crash of the process; a power cut may cost its last moments. */
  readonly telemetry: Database
  /** Closes both and lets the next server in. */
  close(): void
}

export type OpenRefusal = 'in-use' | 'newer-database' | 'unusable-folder' | 'damaged-database'

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/**
 * The lock is a transaction that stays open: the operating system takes it away with the process, however that ends,
 * so no stale lock file can keep a station off the air.
 */
export function lockFolder(folder: string): Result<Database, OpenRefusal> {
  const lock = new Sqlite(join(folder, 'server.lock'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return ok(lock)
  } catch (error) {
    lock.close()
    if (!codeOf(error).startsWith('SQLITE_BUSY')) throw error
    return refuse(
      'in-use',
      `Another server is using this data folder (${folder}). Stop that one first, or set TL_DATA to another folder. · Một máy chủ khác đang dùng thư mục dữ liệu này: hãy dừng máy chủ đó, hoặc đặt TL_DATA sang thư mục khác.`,
    )
  }
}

interface OpenOptions {
  readonly file: string
  readonly synchronous: 'FULL' | 'NORMAL'
  readonly migrations: readonly Migration[]
}

function openOne(options: OpenOptions): Result<Database, OpenRefusal> {
  const db = new Sqlite(options.file, { timeout: BUSY_TIMEOUT_MS })
  try {
    db.pragma('journal_mode = WAL')
    db.pragma(`synchronous = ${options.synchronous}`)
    db.pragma('foreign_keys = ON')
    const migrated = migrate(db, options.migrations)
    if (migrated.ok) return ok(db)
    db.close()
    return migrated
  } catch (error) {
    db.close()
    if (!['SQLITE_NOTADB', 'SQLITE_CORRUPT'].includes(codeOf(error))) throw error
    return refuse('damaged-database', `The file ${options.file} is damaged or is no database: move it away and restore it from a backup.`)
  }
}

function openBoth(folder: string, lock: Database): Result<Databases, OpenRefusal> {
  const decisions = openOne({ file: join(folder, 'tieng-lang.db'), synchronous: 'FULL', migrations: DECISION_MIGRATIONS })
  if (!decisions.ok) return decisions
  const telemetry = openOne({ file: join(folder, 'telemetry.db'), synchronous: 'NORMAL', migrations: TELEMETRY_MIGRATIONS })
  if (!telemetry.ok) {
    decisions.value.close()
    return telemetry
  }
  const close = (): void => {
    telemetry.value.close()
    decisions.value.close()
    lock.close()
  }
  return ok({ decisions: decisions.value, telemetry: telemetry.value, close })
}

/** Opens (and makes, when absent) both databases of a data folder, for one server at a time. */
export function openDatabases(folder: string): Result<Databases, OpenRefusal> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const lock = lockFolder(folder)
    if (!lock.ok) return lock
    const both = openBoth(folder, lock.value)
    if (!both.ok) lock.value.close()
    return both
  } catch (error) {
    if (!['EACCES', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC', 'SQLITE_CANTOPEN', 'SQLITE_READONLY', 'SQLITE_FULL'].includes(codeOf(error))) throw error
    return refuse('unusable-folder', `The data folder ${folder} cannot be written (${codeOf(error)}): make it writable for this user, free some space, or set TL_DATA to another folder.`)
  }
}
