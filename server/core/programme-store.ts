import type { CivilDate } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { LanguageCode } from '../../shared/core/languages.ts'
import type { Episode } from './programme-rotation.ts'
import type { SearchPage, SearchQuestion } from './search-question.ts'

/** `file`: handed in; `speech`: spoken from a text; `chime`: of the station itself; `recording`: of a relay or a live broadcast. */
export const PROGRAMME_KINDS = ['file', 'speech', 'chime', 'recording'] as const
export type ProgrammeKind = (typeof PROGRAMME_KINDS)[number]
/** Where it came from. */
export const PROGRAMME_SOURCES = ['own', 'relay', 'live', 'bulletin'] as const
export type ProgrammeSource = (typeof PROGRAMME_SOURCES)[number]
/** nháp · chờ duyệt · đã duyệt · trả lại; `replaced` = a later version of the same language has taken its place. */
export const VERSION_STATES = ['draft', 'pending', 'approved', 'returned', 'replaced'] as const
export type VersionState = (typeof VERSION_STATES)[number]

/** A recording as clusters hold it. */
export interface Sound {
  readonly sha: string
  readonly bytes: number
  readonly ms: number
  /** Integrated loudness, LUFS; null where it could not be told (silence, very short). */
  readonly lufs: number | null
  /** dBTP. */
  readonly truePeak: number | null
  readonly peaks: Uint8Array
}

/** What of a recording sounds, counted in ms from its first sound. */
export interface Trim {
  readonly fromMs: number
  readonly toMs: number
  readonly fadeInMs: number
  readonly fadeOutMs: number
}

/** A programme and the sound that stands for it: the approved one in its own language, or the newest where none is approved. */
export interface Programme extends Sound {
  readonly id: string
  readonly name: string
  readonly folder: string
  readonly kind: ProgrammeKind
  readonly music: boolean
  /** What else names it: `speak:HASH`, `chime:NAME`, or the path that a timetable wrote. */
  readonly key: string | null
  readonly createdAt: WallMs
  readonly deletedAt: WallMs | null
}

/** What a library knows of a programme beside its sound. */
export interface LibraryFields {
  /** Code of the area that it belongs to; null = the whole station's. */
  readonly area: string | null
  /** Of the item; variants in other languages are versions of it. */
  readonly language: LanguageCode
  /** Whoever made it, as the audit log names them, and as others see them. */
  readonly author: string
  readonly authorName: string
  readonly description: string
  readonly tags: readonly string[]
  readonly class: 'normal' | 'priority'
  readonly source: ProgrammeSource
  /** Identity of what it came from: a relay, a bulletin. */
  readonly origin: string | null
  /** First and last civil day on which it may be aired; null = open. */
  readonly validFrom: CivilDate | null
  readonly validTo: CivilDate | null
  /** The words, where they are known. */
  readonly text: string | null
}

/** A programme in the library. */
export interface LibraryItem extends Programme, LibraryFields {
  /** Of its newest work: an edit that waits for approval is `pending` while the approved version stays on air. */
  readonly state: Exclude<VersionState, 'replaced'>
  /** Whether a version is approved: without one it is silent. */
  readonly airs: boolean
  readonly updatedAt: WallMs
  /** When it was first known to have sounded from a timetable. */
  readonly airedAt: WallMs | null
}

/** One making of a programme's sound in one language. */
export interface Version extends Sound {
  readonly programme: string
  /** Counts up from 1 over all languages. */
  readonly n: number
  readonly language: LanguageCode
  readonly state: VersionState
  /** The file as it was handed in; null where it was not kept, or is not kept any longer. */
  readonly original: string | null
  readonly trim: Trim | null
  /** Length without trimming, ms; null where it is not known. */
  readonly fullMs: number | null
  readonly text: string | null
  readonly voice: string | null
  /** Percent. */
  readonly speed: number | null
  readonly author: string
  readonly authorName: string
  readonly createdAt: WallMs
  /** Who approved or returned it. */
  readonly decidedBy: string | null
  readonly decidedName: string | null
  readonly decidedAt: WallMs | null
  /** Why it was returned. */
  readonly reason: string | null
}
export type NewVersion = Sound &
  Pick<Version, 'language' | 'author' | 'authorName' | 'createdAt'> &
  Partial<Pick<Version, 'original' | 'trim' | 'fullMs' | 'text' | 'voice' | 'speed'>> & { readonly state: 'draft' | 'pending' | 'approved' }

/** A new programme. Without `state` it is the station's own work, approved by the server, unless it is a recording of what people said live. */
export type NewProgramme = Omit<Programme, 'deletedAt'> &
  Partial<LibraryFields> &
  Partial<Pick<Version, 'original' | 'fullMs' | 'voice' | 'speed'>> & { readonly state?: 'draft' | 'pending' | 'approved' | 'returned' }

/** Who decided over a version. */
export interface Verdict {
  readonly state: 'approved' | 'returned' | 'pending' | 'draft'
  readonly by: string
  readonly name: string
  readonly at: WallMs
  readonly reason?: string
}

/** To whom material is given: an area with all that lies in it, or a group of clusters. */
export type ShareTarget = { readonly area: string } | { readonly group: string }
export interface Share {
  readonly programme: string
  readonly to: ShareTarget
  /** Exclusive; null = until it is taken back. */
  readonly until: WallMs | null
  readonly by: string
  readonly at: WallMs
}

/** Who may see what: `owned` areas with all states, and approved material that is shared with `targets` or is the station's. */
export interface Sight {
  /** `all`, or codes of areas; '' stands for the whole station's own. */
  readonly owned: ReadonlySet<string> | 'all'
  readonly shared: readonly ShareTarget[]
  readonly now: WallMs
}

export interface FolderSummary {
  readonly area: string | null
  readonly folder: string
  readonly programmes: number
  readonly airing: number
}

/** What was asked to be spoken in a timetable, and whether somebody with the right has let it on the air. */
export interface SpokenText {
  readonly key: string
  readonly area: string | null
  readonly author: string
  readonly authorName: string
  readonly approvedBy: string | null
  readonly approvedName: string | null
}

/** Where the rotation of a folder stands in a session: position of the k-th pick is (k + shift) modulo the episodes. */
export interface RotationRecord {
  readonly session: string
  readonly folder: string
  readonly shift: number
  /** In their order, when it was noted. */
  readonly episodes: readonly Episode[]
}

export interface ProgrammeStore {
  /** Deleted ones excluded everywhere but in `bySha`. Whatever their state: what is to sound is asked of `airable`. */
  all(): LibraryItem[]
  ofKind(kind: ProgrammeKind): LibraryItem[]
  byId(id: string): LibraryItem | null
  /** The programme of a sound, with that sound: also an old version's, and a deleted programme's. */
  bySha(sha: string): LibraryItem | null
  byKey(key: string): LibraryItem | null
  /** By id, or by key. */
  byRef(ref: string): LibraryItem | null
  /** Programmes of a folder as timetables name it (see `folderRef`), in the order of their names, numbers by value. */
  inFolder(ref: string): LibraryItem[]
  /**
   * What may sound of a programme (id or key) at an instant: the approved version in the language that the audience
   * understands best, within its dates; null where nothing may. Everything that makes a sound asks here, emergencies
   * excepted.
   */
  airable(ref: string, at: WallMs, audience?: readonly LanguageCode[]): LibraryItem | null
  /** Those of a folder that may sound, each in the audience's language. */
  airableIn(folder: string, at: WallMs, audience?: readonly LanguageCode[]): LibraryItem[]

  insert(programme: NewProgramme): void
  update(id: string, fields: Partial<LibraryFields & Pick<Programme, 'name' | 'folder' | 'music'>>, at: WallMs): void
  /** Frees the key as well. */
  remove(id: string, at: WallMs): void
  noteAired(id: string, at: WallMs): void
  /** Whether one of its versions has sounded from the timetable in a slot that was due in [from, to). */
  hasSounded(id: string, from: WallMs, to: WallMs): boolean

  /** Oldest first. */
  versions(programme: string): Version[]
  version(programme: string, n: number): Version | null
  /** Takes the place of what was being worked on in that language; answers its number. */
  addVersion(programme: string, version: NewVersion): number
  decideVersion(programme: string, n: number, verdict: Verdict): void
  /** Gives up what is being worked on in a language that has an approved version. */
  dropWork(programme: string, language: LanguageCode, at: WallMs): void
  /** Takes a language off the item. */
  dropLanguage(programme: string, language: LanguageCode, at: WallMs): void
  /** Versions that name an original, oldest first. */
  withOriginal(): Pick<Version, 'programme' | 'n' | 'original' | 'createdAt' | 'state'>[]
  forgetOriginal(sha: string): void

  sees(item: Pick<LibraryItem, 'id' | 'area' | 'airs'>, sight: Sight): 'all' | 'approved' | null
  search(question: SearchQuestion, sight: Sight): SearchPage
  folders(sight: Sight): FolderSummary[]
  areas(): (string | null)[]

  share(share: Share): void
  unshare(programme: string, to: ShareTarget): void
  sharesOf(programme: string): Share[]
  /** Every target that anything is shared with now. */
  shareTargets(now: WallMs): ShareTarget[]

  spoken(key: string): SpokenText | null
  /** Approves with it what was made of the words already and waits. `at`: when; absent = when it was made. */
  noteSpoken(text: SpokenText & { readonly at?: WallMs }): void

  rotation(session: string, folder: string): RotationRecord | null
  putRotation(rotation: RotationRecord): void
}

const AREA_FOLDER = /^(\d{2}|\d{5}(?:-[a-z0-9]{1,12})?):(.+)$/

/** What a timetable calls a folder: its name where it is the whole station's, else `AREA:NAME`. */
export const folderRef = (area: string | null, folder: string): string => (area === null ? folder : `${area}:${folder}`)

/** The folder that a timetable means. */
export function folderOf(ref: string): { readonly area: string | null; readonly folder: string } {
  const [, area, folder] = AREA_FOLDER.exec(ref) ?? []
  return area === undefined || folder === undefined ? { area: null, folder: ref } : { area, folder }
}

/** May it be aired on a civil day, by its dates alone? */
export const isValidOn = ({ validFrom, validTo }: Pick<LibraryFields, 'validFrom' | 'validTo'>, date: CivilDate): boolean =>
  (validFrom === null || date >= validFrom) && (validTo === null || date <= validTo)
