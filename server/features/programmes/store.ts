import type { Database } from 'better-sqlite3'
import { civilDate } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import { DEFAULT_LANGUAGES, variantFor, type LanguageCode } from '../../../shared/core/languages.ts'
import type { Episode } from '../../core/programme-rotation.ts'
import { folderOf, isValidOn, type LibraryItem, type NewProgramme, type ProgrammeStore, type Version } from '../../core/programme-store.ts'
import { byEpisodeName } from '../../core/search-question.ts'
import { itemOf, soundOf, type ProgrammeRow, type VersionRow } from './store-rows.ts'
import { createSearch, createSearchEntries } from './store-search.ts'
import { createShareStore } from './store-shares.ts'
import { createSettle, createVersionStore } from './store-versions.ts'

const INSERT = `INSERT INTO programme (id, name, folder, sha, bytes, ms, lufs, true_peak, peaks, kind, music, key, created_at,
    area, language, author, author_name, description, tags, class, source, origin, valid_from, valid_to, text, updated_at)
  VALUES (@id, @name, @folder, @sha, @bytes, @ms, @lufs, @truePeak, @peaks, @kind, @music, @key, @createdAt,
    @area, @language, @author, @authorName, @description, @tags, @class, @source, @origin, @validFrom, @validTo, @text, @createdAt)`
const UPDATE = `UPDATE programme SET name = @name, folder = @folder, music = @music, area = @area, language = @language, author = @author, author_name = @authorName,
  description = @description, tags = @tags, class = @class, source = @source, origin = @origin, valid_from = @validFrom, valid_to = @validTo, updated_at = @at WHERE id = @id`

/** Recordings of relays lie below this folder. */
const RELAYED = 'tiep-am/'

/** What is not said of a new programme. */
function whole(programme: NewProgramme): NewProgramme & LibraryItemDefaults {
  const isRelayed = programme.folder.startsWith(RELAYED)
  const source = programme.kind !== 'recording' ? 'own' : isRelayed ? 'relay' : 'live'
  return {
    area: null, language: 'vi', author: 'server', authorName: '', description: '', tags: [], class: 'normal', source,
    origin: programme.kind === 'recording' && isRelayed ? programme.folder.slice(RELAYED.length) : null,
    validFrom: null, validTo: null, text: null,
    // what people said live was let on the air once, not again
    state: (programme.source ?? source) === 'live' ? 'draft' : 'approved',
    ...programme,
  }
}
type LibraryItemDefaults = Required<Pick<NewProgramme, 'area' | 'language' | 'author' | 'authorName' | 'description' | 'tags' | 'class' | 'source' | 'origin' | 'validFrom' | 'validTo' | 'text' | 'state'>>

export function createProgrammeStore(db: Database): ProgrammeStore {
  const all = db.prepare<[], ProgrammeRow>('SELECT * FROM programme WHERE deleted_at IS NULL ORDER BY folder, name, id')
  const ofKind = db.prepare<[string], ProgrammeRow>('SELECT * FROM programme WHERE kind = ? AND deleted_at IS NULL ORDER BY folder, name, id')
  const byId = db.prepare<[string], ProgrammeRow>('SELECT * FROM programme WHERE id = ? AND deleted_at IS NULL')
  const evenDeleted = db.prepare<[string], ProgrammeRow>('SELECT * FROM programme WHERE id = ?')
  // the audio of a deleted programme, or of an old version, may still be planned, or named by evidence
  const bySha = db.prepare<[string], VersionRow>(
    "SELECT v.* FROM programme_version v JOIN programme p ON p.id = v.programme WHERE v.sha = ? ORDER BY p.deleted_at IS NOT NULL, v.state <> 'approved', v.created_at LIMIT 1",
  )
  const byKey = db.prepare<[string], ProgrammeRow>('SELECT * FROM programme WHERE key = ? AND deleted_at IS NULL')
  const inFolder = db.prepare<[string, string | null], ProgrammeRow>('SELECT * FROM programme WHERE folder = ? AND area IS ? AND deleted_at IS NULL')
  const insert = db.prepare(INSERT)
  const update = db.prepare(UPDATE)
  const remove = db.prepare('UPDATE programme SET deleted_at = ?, key = NULL WHERE id = ?')
  const aired = db.prepare('UPDATE programme SET aired_at = min(ifnull(aired_at, @at), @at) WHERE id = @id')
  const sounded = db.prepare<[number, number, string], { n: number }>(`SELECT 1 AS n FROM evidence_planned p JOIN evidence_row e ON e.cluster = p.cluster AND e.slot = p.slot
    WHERE p.due >= ? AND p.due < ? AND e.ms > 0 AND p.media IN (SELECT sha FROM programme_version WHERE programme = ?) LIMIT 1`)
  const spoken = db.prepare<[string], { key: string; area: string | null; author: string; author_name: string; approved_by: string | null; approved_name: string | null }>('SELECT * FROM spoken_text WHERE key = ?')
  const noteSpoken = db.prepare('INSERT OR REPLACE INTO spoken_text (key, area, author, author_name, approved_by, approved_name) VALUES (@key, @area, @author, @authorName, @approvedBy, @approvedName)')
  const rotation = db.prepare<[string, string], { session: string; folder: string; shift: number; episodes: string }>('SELECT * FROM rotation WHERE session = ? AND folder = ?')
  const putRotation = db.prepare('INSERT OR REPLACE INTO rotation (session, folder, shift, episodes) VALUES (?, ?, ?, ?)')
  const entries = createSearchEntries(db)
  const settle = createSettle(db)
  const settleAndEnter = (id: string, at: WallMs): void => {
    settle(id, at)
    const found = byId.get(id)
    if (found) entries.put(itemOf(found))
  }
  const versions = createVersionStore(db, settleAndEnter)

  const one = (row: ProgrammeRow | undefined): LibraryItem | null => (row ? itemOf(row) : null)
  const byRef = (ref: string): LibraryItem | null => one(byId.get(ref)) ?? one(byKey.get(ref))
  const episodes = (ref: string): LibraryItem[] => {
    const { area, folder } = folderOf(ref)
    return inFolder.all(folder, area).map(itemOf).sort(byEpisodeName)
  }
  const sounding = (item: LibraryItem | null, at: WallMs, audience: readonly LanguageCode[]): LibraryItem | null => {
    if (!item || !item.airs || !isValidOn(item, civilDate(at))) return null
    const variant = variantFor(versions.approved(item.id), audience)
    return variant ? soundingAs(item, variant) : null
  }
  const add = db.transaction((programme: NewProgramme) => {
    const given = whole(programme)
    insert.run({ ...given, music: given.music ? 1 : 0, tags: JSON.stringify(given.tags) })
    const { id, state, createdAt } = given
    const n = versions.addVersion(id, { ...given, trim: null, state: state === 'returned' ? 'pending' : state })
    if (state === 'returned') versions.decideVersion(id, n, { state, by: 'server', name: '', at: createdAt })
  })
  return {
    all: () => all.all().map(itemOf),
    ofKind: (kind) => ofKind.all(kind).map(itemOf),
    byId: (id) => one(byId.get(id)),
    bySha(sha) {
      const version = bySha.get(sha)
      const item = version && one(evenDeleted.get(version.programme))
      return version && item ? { ...item, ...soundOf(version), language: version.language, text: version.text } : null
    },
    byKey: (key) => one(byKey.get(key)),
    byRef,
    inFolder: episodes,
    airable: (ref, at, audience = DEFAULT_LANGUAGES) => sounding(byRef(ref), at, audience),
    airableIn: (folder, at, audience = DEFAULT_LANGUAGES) => episodes(folder).flatMap((item) => sounding(item, at, audience) ?? []),
    insert: (programme) => void add(programme),
    update(id, fields, at) {
      const found = one(byId.get(id))
      if (!found) return
      const next = { ...found, ...fields }
      update.run({ ...next, music: next.music ? 1 : 0, tags: JSON.stringify(next.tags), at })
      settleAndEnter(id, at)
    },
    remove(id, at) {
      remove.run(at, id)
      entries.remove(id)
    },
    hasSounded: (id, from, to) => sounded.get(from, to, id) !== undefined,
    noteAired: (id, at) => void aired.run({ id, at }),
    ...versions,
    ...createShareStore(db),
    ...createSearch(db),
    spoken(key) {
      const row = spoken.get(key)
      return row ? { key, area: row.area, author: row.author, authorName: row.author_name, approvedBy: row.approved_by, approvedName: row.approved_name } : null
    },
    noteSpoken(text) {
      noteSpoken.run({ key: text.key, area: text.area, author: text.author, authorName: text.authorName, approvedBy: text.approvedBy, approvedName: text.approvedName })
      const { key, approvedBy, approvedName, at } = text
      const made = approvedBy === null ? undefined : byKey.get(key)
      const waiting = made && versions.versions(made.id).findLast(({ state }) => state === 'pending')
      if (approvedBy !== null && waiting) versions.decideVersion(waiting.programme, waiting.n, { state: 'approved', by: approvedBy, name: approvedName ?? '', at: at ?? waiting.createdAt })
    },
    rotation(session, folder) {
      const row = rotation.get(session, folder)
      return row ? { ...row, episodes: JSON.parse(row.episodes) as Episode[] } : null
    },
    putRotation: ({ session, folder, shift, episodes: list }) => void putRotation.run(session, folder, shift, JSON.stringify(list.map(({ id, name }) => ({ id, name })))),
  }
}

const soundingAs = (item: LibraryItem, { sha, bytes, ms, lufs, truePeak, peaks, language, text }: Version): LibraryItem => ({ ...item, sha, bytes, ms, lufs, truePeak, peaks, language, text })
