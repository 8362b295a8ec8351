import type { Database } from 'better-sqlite3'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'

/** One numbered step of a schema. Numbers count up from 1 without a gap; a released step is never edited. */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly up: string
}

const versionOf = (db: Database): number => db.pragma('user_version', { simple: true }) as number

/**
 * Brings a database to the newest schema, each step in a transaction of its own with its number, so that a crash
 * leaves the old schema or the new one. Refuses a database that a newer program has already changed.
 */
export function migrate(db: Database, migrations: readonly Migration[]): Result<number, 'newer-database'> {
  const newest = migrations.length
  const found = versionOf(db)
  if (found > newest) {
    return refuse(
      'newer-database',
      `The database ${db.name} was made by a newer version of this program (schema ${found}, this one knows ${newest}). Install that version or a later one, or restore a backup that is older.`,
    )
  }
  for (const step of migrations.slice(found)) {
    db.transaction(() => {
      db.exec(step.up)
      db.pragma(`user_version = ${step.version}`)
    }).immediate()
  }
  return ok(newest)
}
