import { createHash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { Clock } from '../../../shared/core/clock.ts'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'
import type { AuditEntry, AuditHead, Audit, Decide } from '../../core/stores.ts'

interface AuditRow {
  readonly n: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly detail: string
  readonly prev: Uint8Array
  readonly hash: Uint8Array
}

/** What the first row of the chain follows. */
const GENESIS = new Uint8Array(32)

/** SHA-256 over the row before and this row's fields; JSON keeps fields from running into each other. */
const hashOf = (row: Omit<AuditRow, 'hash'>): Uint8Array =>
  createHash('sha256')
    .update(row.prev)
    .update(JSON.stringify([row.n, row.at, row.actor, row.action, row.subject, row.detail]))
    .digest()

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/**
 * The audit log: append-only and hash-chained. A changed, missing or inserted row breaks the chain; a cut-off end is
 * found when the caller gives a head that it learned earlier.
 */
export function createAudit(db: Database, clock: Clock): Audit {
  const last = db.prepare<[], { n: number; hash: Uint8Array }>('SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1')
  const insert = db.prepare<[number, number, string, string, string, string, Uint8Array, Uint8Array]>(
    'INSERT INTO audit (n, at, actor, action, subject, detail, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const all = db.prepare<[], AuditRow>('SELECT * FROM audit ORDER BY n')

  const append = (entry: AuditEntry): void => {
    const before = last.get()
    const row = {
      n: (before?.n ?? 0) + 1,
      at: clock.wall() as number,
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject,
      detail: JSON.stringify(entry.detail ?? null),
      prev: before?.hash ?? GENESIS,
    }
    insert.run(row.n, row.at, row.actor, row.action, row.subject, row.detail, row.prev, hashOf(row))
  }

  const head = (): AuditHead => {
    const row = last.get()
    return { n: row?.n ?? 0, hash: row?.hash ?? GENESIS }
  }

  const verify = (known?: AuditHead): Result<AuditHead, 'audit-broken'> => {
    let prev: Uint8Array = GENESIS
    let n = 0
    for (const row of all.iterate()) {
      n++
      if (row.n !== n || !same(row.prev, prev) || !same(hashOf(row), row.hash)) {
        return refuse('audit-broken', `The audit log was changed at row ${row.n}: keep a copy of the data folder and compare it with a backup.`)
      }
      if (known?.n === n && !same(known.hash, row.hash)) {
        return refuse('audit-broken', `Row ${n} of the audit log is not the one that was there before: compare it with a backup.`)
      }
      prev = row.hash
    }
    if (known && known.n > n) {
      return refuse('audit-broken', `The audit log ends at row ${n} although row ${known.n} was known: rows were cut off, compare it with a backup.`)
    }
    return ok({ n, hash: prev })
  }

  return { append, head, verify }
}

/** One transaction per decision, its audit row inside: both are on the disk when `decide` returns, or neither is. */
export function createDecide(db: Database, audit: Audit): Decide {
  return (entry, change) =>
    db
      .transaction(() => {
        const value = change()
        audit.append(typeof entry === 'function' ? entry(value) : entry)
        return value
      })
      .immediate()
}
