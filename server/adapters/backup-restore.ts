import { cpSync, existsSync, mkdirSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import Sqlite from 'better-sqlite3'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import type { BackupManifest } from '../core/backup.ts'
import { manifestOf, shaOfFile } from './backup-files.ts'
import { lockFolder } from './sqlite/open.ts'

export type RestoreRefusal = 'no-backup' | 'damaged-backup' | 'in-use' | 'no-room' | 'cannot-move'

/** Reads a copy whole: every file is there as it was written, and the databases hold together. */
export function verifyBackup(folder: string): Result<BackupManifest, 'no-backup' | 'damaged-backup'> {
  const manifest = manifestOf(folder)
  if (!manifest) return refuse('no-backup', `There is no copy in ${folder}: npm run backup -- list shows them. · Thư mục này không phải bản sao lưu.`)
  for (const { path, bytes, sha } of manifest.files) {
    const there = statSync(join(folder, path), { throwIfNoEntry: false })
    if (there?.size !== bytes || shaOfFile(join(folder, path)) !== sha) return damaged(path)
  }
  for (const { path } of manifest.files.filter(({ path }) => /^[^/]+\.db$/.test(path))) {
    const db = new Sqlite(join(folder, path), { readonly: true })
    try {
      if (db.pragma('integrity_check', { simple: true }) !== 'ok') return damaged(path)
    } finally {
      db.close()
    }
  }
  return ok(manifest)
}

const damaged = (path: string): Result<never, 'damaged-backup'> =>
  refuse('damaged-backup', `The copy is damaged (${path}): take another one; npm run backup -- verify NAME looks at one without changing anything. · Bản sao lưu bị hỏng, hãy dùng bản khác.`)

export interface Restored {
  readonly manifest: BackupManifest
  /** Where what was there before lies now; null = there was nothing. */
  readonly before: string | null
}

/**
 * Puts a copy in the place of a data folder that no server uses. What was there is moved aside and never removed; until the last
 * rename nothing has changed. Everybody must sign in anew: what was locked since would be open again.
 */
export function restoreBackup(backup: string, data: string): Result<Restored, RestoreRefusal> {
  const verified = verifyBackup(backup)
  if (!verified.ok) return verified
  const target = resolve(data)
  const [fresh, aside] = [`${target}.restoring`, freeName(`${target}.before`)]
  mkdirSync(dirname(target), { recursive: true })
  const { bavail, bsize } = statfsSync(dirname(target))
  if (bavail * bsize < verified.value.files.reduce((sum, { bytes }) => sum + bytes, 0)) return refuse('no-room', `The disk of ${target} is too full: free some space first. · Ổ đĩa đã đầy.`)
  const isThere = existsSync(target)
  const lock = isThere ? lockFolder(target) : null
  if (lock && !lock.ok) return refuse('in-use', lock.why)
  try {
    rmSync(fresh, { recursive: true, force: true })
    for (const { path } of verified.value.files) cpSync(join(backup, path), join(fresh, path), { preserveTimestamps: true })
    signEverybodyOut(join(fresh, 'tieng-lang.db'))
    if (isThere) renameSync(target, aside)
    renameSync(fresh, target)
    return ok({ manifest: verified.value, before: isThere ? aside : null })
  } catch (error) {
    if (!['EBUSY', 'EXDEV', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    return refuse('cannot-move', `The folder ${target} cannot be moved aside (${String((error as NodeJS.ErrnoException).code)}), perhaps it is a disk of its own: restore into another folder and set TL_DATA to that. · Hãy khôi phục vào thư mục khác rồi đặt TL_DATA sang đó.`)
  } finally {
    lock?.value.close()
  }
}

/** A second restore does not meet what the first one moved aside. */
function freeName(wanted: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}-${n}`
    if (!existsSync(name)) return name
  }
}

function signEverybodyOut(file: string): void {
  const db = new Sqlite(file)
  try {
    db.exec('DELETE FROM person_session')
    db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}
