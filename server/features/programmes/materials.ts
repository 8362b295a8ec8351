import type { Clock } from '../../../shared/core/clock.ts'
import type { Crypto } from '../../../shared/core/crypto.ts'
import { DEFAULT_LANGUAGES, type LanguageCode } from '../../../shared/core/languages.ts'
import { mediaRefOf, type FindMedia, type LaidMedia, type MediaRef } from '../../../shared/core/layout.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import { fromBase64Url, toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import { turned } from '../../core/programme-rotation.ts'
import type { LibraryItem, NewProgramme, Programme, ProgrammeKind, ProgrammeStore, SpokenText } from '../../core/programme-store.ts'
import type { TimetableFolder } from '../../adapters/timetable-folder.ts'
import { importMedia, type ImportedMedia } from './import.ts'
import { chimeKey, programmeOf } from './lengths.ts'
import { ensureStationSounds, speakToMedia, type StationSound, type StationSoundDeps } from './station-sounds.ts'

/** The station's own sounds as a timetable calls them. */
const CHIMES: Readonly<Record<string, StationSound>> = { 'nhac-hieu': 'chime', 'bao-dong': 'attention', 'am-thu': 'test-tone' }
/** Words that the station can always say, also when nothing new can be spoken: they stay on every cluster like its bells. */
const WORDS: Readonly<Record<string, string>> = {
  'chu-y': 'Chú ý! Chú ý! Có tình huống khẩn cấp. Đề nghị bà con bình tĩnh, theo dõi thông báo tiếp theo của chính quyền địa phương.',
  'dien-tap': 'Đây là diễn tập. Đây là diễn tập. Không phải tình huống thật.',
  'dinh-chinh': 'Thông báo khẩn vừa phát đã được huỷ. Đề nghị bà con yên tâm và không làm theo thông báo đó.',
  'bao-yen': 'Tình huống khẩn cấp đã kết thúc. Bà con có thể trở lại sinh hoạt bình thường.',
}
const OWN = [...Object.keys(CHIMES), ...Object.keys(WORDS)]
const MAX_FILES_IN_FOLDER = 500

/** What spoken text is called in the store: the same text in the same voice is made once. */
export const speechKey = (crypto: Crypto, speech: { readonly text: string; readonly voice?: string }): string =>
  `speak:${toBase64Url(crypto.sha256(utf8(JSON.stringify([speech.voice ?? null, speech.text]))))}`

const laid = (p: Programme): LaidMedia => ({ sha: p.sha, ms: p.ms, music: p.music, name: p.name })

/** Finds what may sound; called as it is for listeners who understand Vietnamese, `findFor` for others. */
export interface MediaFinder extends FindMedia {
  readonly findFor: (audience: readonly LanguageCode[]) => FindMedia
}

/**
 * The only door from the timetable to sound: nothing that is not approved comes through it, nor anything outside its
 * dates; of several languages the one that the audience understands best.
 */
export function createFindMedia(programmes: ProgrammeStore, crypto: Crypto): MediaFinder {
  const findFor = (audience: readonly LanguageCode[]): FindMedia => (ref, occurrence) => {
    const one = (p: Programme | null): readonly LaidMedia[] | null => (p ? [laid(p)] : null)
    const airable = (name: string): readonly LaidMedia[] | null => one(programmes.airable(name, occurrence.start, audience))
    switch (ref.kind) {
      case 'chime':
        return airable(chimeKey(ref.name))
      case 'file':
        return airable(ref.ref)
      case 'folder': {
        const episodes = programmes.airableIn(ref.ref, occurrence.start, audience).map(laid)
        return ref.rotation === 'next' ? turned(episodes, programmes.rotation(occurrence.session, ref.ref)?.shift ?? 0) : episodes
      }
      case 'speech':
        return airable(speechKey(crypto, ref))
    }
  }
  return Object.assign(findFor(DEFAULT_LANGUAGES), { findFor })
}

/** Whether the store has it at all, approved or not. */
function isThere({ programmes, crypto }: Pick<MaterialDeps, 'programmes' | 'crypto'>, ref: MediaRef): boolean {
  switch (ref.kind) {
    case 'chime':
      return programmes.byKey(chimeKey(ref.name)) !== null
    case 'file':
      return programmeOf(programmes, ref.ref) !== null
    case 'folder':
      return programmes.inFolder(ref.ref).length > 0
    case 'speech':
      return programmes.byKey(speechKey(crypto, ref)) !== null
  }
}

export interface MaterialDeps {
  readonly programmes: ProgrammeStore
  readonly sounds: StationSoundDeps
  readonly crypto: Crypto
  readonly clock: Clock
  readonly log: Log
  /** A new programme's id. */
  readonly newId: () => string
  /** Hears of spoken text that waits for approval. */
  readonly pending?: (programme: LibraryItem) => void
  /** What file names of a timetable are relative to. */
  readonly folder: TimetableFolder
}
export interface Failure {
  readonly what: string
  readonly en: string
  readonly vi: string
}
export interface Prepared {
  /** Programmes that were made. */
  readonly made: number
  readonly failures: readonly Failure[]
}
type Made = { readonly ok: true; readonly value: ImportedMedia } | { readonly ok: false; readonly why: string; readonly vi?: string }

interface Material {
  readonly name: string
  readonly key: string
  readonly kind: ProgrammeKind
  readonly folder: string
  /** What is not the station's own. */
  readonly more?: Partial<NewProgramme>
}

/** Makes what sessions name and the store lacks: bells, spoken text, files beside the timetable. Repeatable; says each step. */
export async function prepareMaterials(deps: MaterialDeps, sessions: readonly Session[], say: (step: string) => void): Promise<Prepared> {
  const failures: Failure[] = []
  let made = 0
  const keep = (programme: Material, result: Made): void => {
    if (!result.ok) return void failures.push({ what: programme.name, en: result.why, vi: result.vi ?? result.why })
    insert(deps, programme, result.value)
    made++
  }
  const keepOwn = (name: string, result: Made): void => keep({ name, key: chimeKey(name), kind: 'chime', folder: '' }, result)
  const chimes = async (names: readonly string[]): Promise<void> => {
    const bells = names.filter((name) => WORDS[name] === undefined)
    if (bells.length > 0) say('nhạc hiệu')
    const sounds = bells.length > 0 ? await ensureStationSounds(deps.sounds) : null
    for (const name of bells) {
      const sound = CHIMES[name]
      if (sound === undefined) failures.push(noSuchChime(name))
      else if (sounds) keepOwn(name, sounds.ok ? { ok: true, value: sounds.value[sound] } : sounds)
    }
    for (const name of names) {
      const text = WORDS[name]
      if (text === undefined) continue
      say(`đọc: ${name}`)
      keepOwn(name, await speakToMedia(deps.sounds, { text }))
    }
  }
  const speech = async (ref: Extract<MediaRef, { kind: 'speech' }>): Promise<void> => {
    const name = ref.text.length > 60 ? `${ref.text.slice(0, 59).trimEnd()}…` : ref.text
    say(`đọc: ${name}`)
    const order = { text: ref.text, ...(ref.voice === undefined ? {} : { voice: ref.voice }) }
    const spoken = await speakToMedia(deps.sounds, order)
    const key = speechKey(deps.crypto, ref)
    const said = deps.programmes.spoken(key)
    keep({ name, key, kind: 'speech', folder: '', more: { text: ref.text, voice: ref.voice ?? null, ...ownerOf(said) } }, spoken)
    if (spoken.ok) settle(deps, key, said)
  }
  const file = async (ref: string, folder: string): Promise<void> => {
    const path = deps.folder.path(ref)
    if (path === null) return void failures.push(noSuchFile(ref))
    say(`nhập: ${ref}`)
    keep({ name: deps.folder.nameOf(ref), key: ref, kind: 'file', folder }, await importMedia(deps.sounds, { path }))
  }
  const filesOf = async (ref: string): Promise<void> => {
    const names = (await deps.folder.list(ref)).slice(0, MAX_FILES_IN_FOLDER)
    for (const name of names) if (deps.programmes.byKey(`${ref}/${name}`) === null) await file(`${ref}/${name}`, ref)
  }

  const lacking = lackingRefs(deps, sessions)
  // every station has all of its own sounds, also those that no session names yet: a notice must not wait for a bell
  const own = OWN.filter((name) => deps.programmes.byKey(chimeKey(name)) === null)
  await chimes([...new Set([...own, ...lacking.flatMap((r) => (r.kind === 'chime' ? [r.name] : []))])])
  for (const ref of lacking) {
    if (ref.kind === 'speech') await speech(ref)
    // a programme's id has no dot: that is for the API to upload, not for us to look for
    if (ref.kind === 'file' && ref.ref.includes('.')) await file(ref.ref, '')
    if (ref.kind === 'folder') await filesOf(ref.ref)
  }
  return { made, failures }
}

const noSuchFile = (ref: string): Failure => ({
  what: ref,
  en: `The timetable names the file ${ref}, which is not there: put it beside the timetable, or upload a programme and name that.`,
  vi: `Lịch phát có nêu tệp ${ref} nhưng chưa có tệp này: hãy để tệp cạnh lịch phát, hoặc tải chương trình lên rồi chọn chương trình đó.`,
})

const noSuchChime = (name: string): Failure => ({
  what: name,
  en: `There is no chime "${name}"; there are ${OWN.join(', ')}.`,
  vi: `Không có nhạc hiệu "${name}"; hiện có ${OWN.join(', ')}.`,
})

const ownerOf = (said: SpokenText | null): Partial<NewProgramme> => ({ state: 'pending', ...(said && { area: said.area, author: said.author, authorName: said.authorName }) })

/** Words of a timetable sound when somebody with the right has let them on the air, and are theirs to answer for; what nobody is known to have let waits. */
function settle({ programmes, clock, pending }: MaterialDeps, key: string, said: SpokenText | null): void {
  const made = programmes.byKey(key)
  if (!made) return
  if (said?.approvedBy) programmes.noteSpoken({ ...said, at: clock.wall() })
  else pending?.(made)
}

function insert(deps: MaterialDeps, { name, key, kind, folder, more }: Material, media: ImportedMedia): void {
  const { sha, bytes, durationMs, loudnessLufs, truePeakDb, peaks } = media
  const finite = (x: number): number | null => (Number.isFinite(x) ? x : null)
  deps.programmes.insert({
    id: deps.newId(), name, folder, sha, bytes, ms: durationMs, kind, key, music: false, createdAt: deps.clock.wall(),
    lufs: finite(loudnessLufs), truePeak: finite(truePeakDb), peaks: fromBase64Url(peaks) ?? new Uint8Array(),
    original: media.original?.sha ?? null, fullMs: Math.round(media.fullMs), ...more,
  })
}

/** Each reference once; of folders all, since a file may have been added. */
function lackingRefs(deps: MaterialDeps, sessions: readonly Session[]): MediaRef[] {
  const known = new Map<string, MediaRef>()
  for (const session of sessions) for (const item of session.items) known.set(JSON.stringify(mediaRefOf(item)), mediaRefOf(item))
  return [...known.values()].filter((ref) => ref.kind === 'folder' || !isThere(deps, ref))
}
