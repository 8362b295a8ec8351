import { createHash } from 'node:crypto'
import { closeSync, copyFileSync, existsSync, fsyncSync, linkSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import { PRACTICE_FOLDER } from '../core/practice.ts'
import { backupInstant, backupName, backupsToForget, MANIFEST_NAME, type BackupFailure, type BackupFile, type BackupManifest, type BackupRecord } from '../core/backup.ts'

/** Copies take time and hold the disk: a thread of its own or a command makes them, never the thread that carries sound. */
export interface BackupOrder {
  /** The station's data folder; it may be in use. */
  readonly from: string
  /** Folder of all copies. */
  readonly to: string
  readonly now: WallMs
  readonly version: string
}

const HALF = '.half'
/** A part of the room stays free for what goes on meanwhile. */
const ROOM_LEFT_BYTES = 268_435_456
const COPY_BYTES = 1_048_576

/** Of the databases a copy is made by SQLite; the rest is the running server's own, or work in progress. */
const isLeftOut = (path: string): boolean => /\.db(-wal|-shm|-journal)?$|^server\.lock|^media\/tmp\/|^uploads\/|^reports\/|\.log$/.test(path)
const isDatabase = (path: string): boolean => /^[^/]+\.db$/.test(path)

/** Ordinary files below a folder, with `/`; what vanishes meanwhile is not there. */
export function filesOf(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
    // comes and goes at any moment, and is nothing of the station's
    if (path === PRACTICE_FOLDER) return []
    return entry.isDirectory() ? filesOf(folder, path) : entry.isFile() ? [path] : []
  })
}

/** Of a file's whole content, hexadecimal. */
export function shaOfFile(path: string): string {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(COPY_BYTES)
  const file = openSync(path, 'r')
  try {
    for (let n = readSync(file, piece); n > 0; n = readSync(file, piece)) hash.update(piece.subarray(0, n))
  } finally {
    closeSync(file)
  }
  return hash.digest('hex')
}

function onDisk(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Copies with what is needed to know it again; null where the file has gone meanwhile. */
function copied(from: string, to: string, path: string): BackupFile | null {
  const target = join(to, path)
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
  try {
    const { mtimeMs } = statSync(join(from, path))
    copyFileSync(join(from, path), target)
    onDisk(target)
    return { path, bytes: statSync(target).size, mtimeMs, sha: shaOfFile(target) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** The whole database as it is at one moment, while others write. */
function databaseCopied(from: string, to: string, path: string): BackupFile {
  const source = new Sqlite(join(from, path), { readonly: true, timeout: 30_000 })
  try {
    source.prepare('VACUUM INTO ?').run(join(to, path))
  } finally {
    source.close()
  }
  onDisk(join(to, path))
  return { path, bytes: statSync(join(to, path)).size, mtimeMs: 0, sha: shaOfFile(join(to, path)) }
}

/** An unchanged file is one with its copy of before, where the disk can do that: it takes no room of its own. */
function linked(before: string, to: string, file: BackupFile): boolean {
  const target = join(to, file.path)
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
  try {
    linkSync(join(before, file.path), target)
    return true
  } catch (error) {
    if (!['EPERM', 'EXDEV', 'EMLINK', 'ENOENT', 'ENOTSUP', 'EOPNOTSUPP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    return false
  }
}

/** What a copy says of itself; null for a folder that is none. */
export function manifestOf(folder: string): BackupManifest | null {
  try {
    const read = JSON.parse(readFileSync(join(folder, MANIFEST_NAME), 'utf8')) as BackupManifest
    return read.v === 1 && Array.isArray(read.files) ? read : null
  } catch (error) {
    if (error instanceof SyntaxError || ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** Whole copies, the newest first. */
export function listBackups(folder: string): BackupRecord[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap((name) => {
      const at = backupInstant(name)
      const manifest = at === null ? null : manifestOf(join(folder, name))
      return at === null || !manifest ? [] : [{ name, at, bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0), files: manifest.files.length }]
    })
    .sort((a, b) => b.at - a.at)
}

/** Makes a copy of a station that may be running, and lets go of those that are too many. What is half made is never taken for one. */
export function makeBackup({ from, to, now, version }: BackupOrder): Result<BackupRecord, BackupFailure> {
  if (!existsSync(join(from, 'tieng-lang.db'))) return refuse('no-station', `There is no station in ${from}: set TL_DATA to the folder of one. · Thư mục này không có dữ liệu của đài.`)
  try {
    mkdirSync(to, { recursive: true, mode: 0o700 })
    for (const left of readdirSync(to)) if (left.endsWith(HALF)) rmSync(join(to, left), { recursive: true, force: true })
    return copyAll({ from, to, now, version })
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(code)) return refuse('no-room', noRoom(to))
    if (['EACCES', 'EROFS', 'ENOTDIR', 'EEXIST', 'SQLITE_CANTOPEN'].includes(code)) return refuse('unusable-folder', `Copies cannot be kept in ${to} (${code}): make it writable for this user, or set TL_BACKUPS to another folder. · Không ghi được bản sao lưu vào thư mục này.`)
    throw error
  }
}

const noRoom = (folder: string): string => `The disk of ${folder} is too full for another copy: free some space, or set TL_BACKUPS to a folder on another disk. · Ổ đĩa để bản sao lưu đã đầy.`

function copyAll({ from, to, now, version }: BackupOrder): Result<BackupRecord, BackupFailure> {
  const name = backupName(now)
  const [half, whole] = [join(to, `${name}${HALF}`), join(to, name)]
  const [newest] = listBackups(to)
  const known = new Map(newest === undefined ? [] : manifestOf(join(to, newest.name))?.files.map((file) => [file.path, file]))
  const plain = filesOf(from).filter((path) => !isLeftOut(path))
  const isKnown = (path: string): boolean => {
    const [before, there] = [known.get(path), lstatSync(join(from, path), { throwIfNoEntry: false })]
    return before !== undefined && there !== undefined && before.bytes === there.size && before.mtimeMs === there.mtimeMs
  }
  const { bavail, bsize } = statfsSync(to)
  const needed = [...readdirSync(from).filter(isDatabase), ...plain.filter((path) => !isKnown(path))].reduce((sum, path) => sum + (statSync(join(from, path), { throwIfNoEntry: false })?.size ?? 0), ROOM_LEFT_BYTES)
  if (bavail * bsize < needed) return refuse('no-room', noRoom(to))
  mkdirSync(half, { mode: 0o700 })
  // the databases first: what they name is then among the files
  const files: BackupFile[] = readdirSync(from).filter(isDatabase).map((path) => databaseCopied(from, half, path))
  for (const path of plain) {
    const before = isKnown(path) ? known.get(path) : undefined
    const kept = before && newest && linked(join(to, newest.name), half, before) ? before : copied(from, half, path)
    if (kept) files.push(kept)
  }
  const manifest: BackupManifest = { v: 1, at: now, version, files }
  writeFileSync(join(half, MANIFEST_NAME), JSON.stringify(manifest), { mode: 0o600 })
  onDisk(join(half, MANIFEST_NAME))
  rmSync(whole, { recursive: true, force: true })
  renameSync(half, whole)
  onDisk(to)
  for (const old of backupsToForget(readdirSync(to))) rmSync(join(to, old), { recursive: true, force: true })
  return ok({ name, at: now, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), files: files.length })
}
