import type { Database } from 'better-sqlite3'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { LibraryItem, NewVersion, ProgrammeStore, Verdict, Version } from '../../core/programme-store.ts'
import { versionOf, type VersionRow } from './store-rows.ts'

type VersionStore = Pick<ProgrammeStore, 'versions' | 'version' | 'addVersion' | 'decideVersion' | 'dropWork' | 'dropLanguage' | 'withOriginal' | 'forgetOriginal'> & {
  /** Approved ones of a programme, one per language. */
  approved(programme: string): Version[]
}

const INSERT = `INSERT INTO programme_version (programme, n, language, state, sha, bytes, ms, lufs, true_peak, peaks, original, trim, full_ms, text, voice, speed,
    author, author_name, created_at, decided_by, decided_name, decided_at)
  VALUES (@programme, @n, @language, @state, @sha, @bytes, @ms, @lufs, @truePeak, @peaks, @original, @trim, @fullMs, @text, @voice, @speed,
    @author, @authorName, @createdAt, @decidedBy, @decidedName, @decidedAt)`

/** `settle` brings the programme's own row in line with its versions. */
export function createVersionStore(db: Database, settle: (programme: string, at: WallMs) => void): VersionStore {
  const all = db.prepare<[string], VersionRow>('SELECT * FROM programme_version WHERE programme = ? ORDER BY n')
  const one = db.prepare<[string, number], VersionRow>('SELECT * FROM programme_version WHERE programme = ? AND n = ?')
  const approved = db.prepare<[string], VersionRow>("SELECT * FROM programme_version WHERE programme = ? AND state = 'approved' ORDER BY n")
  const newest = db.prepare<[string], { n: number | null }>('SELECT max(n) AS n FROM programme_version WHERE programme = ?')
  const insert = db.prepare(INSERT)
  const overtake = db.prepare("UPDATE programme_version SET state = 'replaced' WHERE programme = ? AND language = ? AND n <> ? AND state IN ('draft', 'pending', 'returned')")
  const unseat = db.prepare("UPDATE programme_version SET state = 'replaced' WHERE programme = ? AND language = ? AND n <> ? AND state = 'approved'")
  const drop = db.prepare("UPDATE programme_version SET state = 'replaced' WHERE programme = ? AND language = ?")
  const decide = db.prepare('UPDATE programme_version SET state = ?, decided_by = ?, decided_name = ?, decided_at = ?, reason = ? WHERE programme = ? AND n = ?')
  const reopen = db.prepare('UPDATE programme_version SET state = ? WHERE programme = ? AND n = ?')
  const withOriginal = db.prepare<[], Pick<VersionRow, 'programme' | 'n' | 'original' | 'created_at' | 'state'>>('SELECT programme, n, original, created_at, state FROM programme_version WHERE original IS NOT NULL ORDER BY created_at')
  const forget = db.prepare('UPDATE programme_version SET original = NULL WHERE original = ?')

  const addVersion = (programme: string, version: NewVersion): number => {
    const n = (newest.get(programme)?.n ?? 0) + 1
    overtake.run(programme, version.language, n)
    if (version.state === 'approved') unseat.run(programme, version.language, n)
    const isApproved = version.state === 'approved'
    insert.run({
      original: null, fullMs: null, text: null, voice: null, speed: null,
      ...version,
      programme, n,
      trim: version.trim ? JSON.stringify(version.trim) : null,
      decidedBy: isApproved ? version.author : null,
      decidedName: isApproved ? version.authorName : null,
      decidedAt: isApproved ? version.createdAt : null,
    })
    settle(programme, version.createdAt)
    return n
  }
  const decideVersion = (programme: string, n: number, { state, by, name, at, reason }: Verdict): void => {
    const found = one.get(programme, n)
    if (!found) return
    // taken off the air: what was being worked on beside it stays, and this one is history
    if (state === 'approved') unseat.run(programme, found.language, n)
    else if (found.state === 'approved') overtake.run(programme, found.language, n)
    if (state === 'approved' || state === 'returned') decide.run(state, by, name, at, reason ?? null, programme, n)
    else reopen.run(state, programme, n)
    settle(programme, at)
  }
  return {
    versions: (programme) => all.all(programme).map(versionOf),
    version(programme, n) {
      const row = one.get(programme, n)
      return row ? versionOf(row) : null
    },
    approved: (programme) => approved.all(programme).map(versionOf),
    addVersion,
    decideVersion,
    dropWork(programme, language, at) {
      if (approved.all(programme).some((version) => version.language === language)) overtake.run(programme, language, -1)
      settle(programme, at)
    },
    dropLanguage(programme, language, at) {
      drop.run(programme, language)
      settle(programme, at)
    },
    withOriginal: () => withOriginal.all().map(({ programme, n, original, created_at, state }) => ({ programme, n, original, createdAt: wallMs(created_at), state: state as Version['state'] })),
    forgetOriginal: (sha) => void forget.run(sha),
  }
}

/** Brings what a programme's row says of its sound in line with its versions. */
export function createSettle(db: Database): (programme: string, at: WallMs) => void {
  const versions = db.prepare<[string], Pick<VersionRow, 'n' | 'language' | 'state'>>('SELECT n, language, state FROM programme_version WHERE programme = ? ORDER BY n')
  const languageOf = db.prepare<[string], { language: string }>('SELECT language FROM programme WHERE id = ?')
  const mirror = db.prepare(`UPDATE programme SET (sha, bytes, ms, lufs, true_peak, peaks, text) =
      (SELECT sha, bytes, ms, lufs, true_peak, peaks, text FROM programme_version WHERE programme = @id AND n = @n),
    state = @state, airs = @airs, updated_at = @at WHERE id = @id`)
  return (id, at) => {
    const all = versions.all(id)
    const own = all.filter(({ language }) => language === languageOf.get(id)?.language)
    const standing = own.find(({ state }) => state === 'approved') ?? own.findLast(({ state }) => state !== 'replaced') ?? own.at(-1)
    if (!standing) return
    const states = new Set(all.map(({ state }) => state))
    const state: LibraryItem['state'] = states.has('pending') ? 'pending' : states.has('returned') ? 'returned' : states.has('draft') ? 'draft' : 'approved'
    mirror.run({ id, n: standing.n, state, airs: states.has('approved') ? 1 : 0, at })
  }
}
