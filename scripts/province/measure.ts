import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { addTallies, type Tally } from '../../server/core/report-tally.ts'
import { unpackTally } from '../../server/adapters/report-database.ts'

/** All sums that a station keeps of its days. */
export function readSums(folder: string): Tally {
  const db = new Sqlite(join(folder, 'archive.db'), { readonly: true })
  try {
    return addTallies(db.prepare<[], { doc: Uint8Array }>('SELECT doc FROM report_day ORDER BY day, station').all().map(({ doc }) => unpackTally(doc)))
  } finally {
    db.close()
  }
}

/** Bytes of all databases of a data folder. */
export const sizeOfFolder = (folder: string): number =>
  readdirSync(folder).filter((name) => /\.db(-wal)?$/.test(name)).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
