import type { Database } from 'better-sqlite3'
import { wallMs } from '../../../shared/core/clock.ts'
import type { Programme, ProgrammeKind, ProgrammeStore } from '../../core/stores.ts'

interface ProgrammeRow {
  readonly id: string
  readonly name: string
  readonly folder: string
  readonly sha: string
  readonly bytes: number
  readonly ms: number
  readonly lufs: number | null
  readonly true_peak: number | null
  readonly peaks: Uint8Array
  readonly kind: string
  readonly music: number
  readonly key: string | null
  readonly created_at: number
  readonly deleted_at: number | null
}

const programmeOf = (row: ProgrammeRow): Programme => ({
  id: row.id,
  name: row.name,
  folder: row.folder,
  sha: row.sha,
  bytes: row.bytes,
  ms: row.ms,
  lufs: row.lufs,
  truePeak: row.true_peak,
  peaks: row.peaks,
  kind: row.kind as ProgrammeKind,
  music: row.music === 1,
  key: row.key,
  createdAt: wallMs(row.created_at),
  deletedAt: row.deleted_at === null ? null : wallMs(row.deleted_at),
})

const INSERT = `INSERT INTO programme (id, name, folder, sha, bytes, ms, lufs, true_peak, peaks, kind, music, key, created_at)
  VALUES (@id, @name, @folder, @sha, @bytes, @ms, @lufs, @truePeak, @peaks, @kind, @music, @key, @createdAt)`

export function createProgrammeStore(db: Database): ProgrammeStore {
  const all = db.prepare<[], ProgrammeRow>('SELECT * FROM programme WHERE deleted_at IS NULL ORDER BY folder, name, id')
  const byId = db.prepare<[string], ProgrammeRow>('SELECT * FROM programme WHERE id = ? AND deleted_at IS NULL')
  // the audio of a deleted programme may still be planned, or named by evidence
  const bySha = db.prepare<[string], ProgrammeRow>('SELECT * FROM programme WHERE sha = ? ORDER BY deleted_at IS NOT NULL, created_at LIMIT 1')
  const byKey = db.prepare<[string], ProgrammeRow>('SELECT * FROM programme WHERE key = ? AND deleted_at IS NULL')
  const inFolder = db.prepare<[string], ProgrammeRow>('SELECT * FROM programme WHERE folder = ? AND deleted_at IS NULL ORDER BY name, id')
  const insert = db.prepare(INSERT)
  const remove = db.prepare('UPDATE programme SET deleted_at = ?, key = NULL WHERE id = ?')
  const one = (row: ProgrammeRow | undefined): Programme | null => (row ? programmeOf(row) : null)
  return {
    all: () => all.all().map(programmeOf),
    byId: (id) => one(byId.get(id)),
    bySha: (sha) => one(bySha.get(sha)),
    byKey: (key) => one(byKey.get(key)),
    inFolder: (folder) => inFolder.all(folder).map(programmeOf),
    insert: (programme) => void insert.run({ ...programme, music: programme.music ? 1 : 0 }),
    remove: (id, at) => void remove.run(at, id),
  }
}
