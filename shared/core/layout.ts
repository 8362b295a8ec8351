import { dayNumberOf } from './civil.ts'
import { durationMs } from './durations.ts'
import { firstCountedDay, occurrenceOrdinal, type Occurrence } from './recurrence.ts'
import type { ResumeRule } from './slot.ts'
import type { Item, Session } from './timetable.ts'

/** What an item asks the store of programmes for. */
export type MediaRef =
  | { readonly kind: 'chime'; readonly name: string }
  | { readonly kind: 'file'; readonly ref: string }
  | { readonly kind: 'folder'; readonly ref: string; readonly rotation: Rotation }
  | { readonly kind: 'speech'; readonly text: string; readonly voice?: string }

export type Rotation = 'next' | 'daily' | 'all'

/** A file that can sound. */
export interface LaidMedia {
  /** SHA-256, base64url, 43 characters. */
  readonly sha: string
  /** Exact length, ms > 0. */
  readonly ms: number
  readonly music?: boolean
  /** Title for the log and the preview. */
  readonly name?: string
}

/** The file of a reference, or all episodes of a folder in their order; null or none when it cannot be had. */
export type FindMedia = (ref: MediaRef, occurrence: Occurrence) => readonly LaidMedia[] | null

/** Of the variants of an item in several languages, `FindMedia` gives the one for these listeners; languages best first. */
export type FindMediaFor = (audience: readonly string[]) => FindMedia

/** One item at its place in the session. */
export interface LaidItem {
  /** Start after the session's start, ms. */
  readonly at: number
  /** Length, ms > 0, cut at the session's end. */
  readonly len: number
  /** The file that sounds, or the relay's substitute; null only where a relay has no substitute to be had. */
  readonly media: string | null
  /** Set for a relay. */
  readonly stream?: string
  readonly resume: ResumeRule
  readonly music: boolean
  readonly order: number
  readonly class: 'priority' | 'scheduled' | 'filler'
  readonly name: string
}

export interface Layout {
  readonly items: readonly LaidItem[]
  /** Items (index in the session) that cannot sound because their file cannot be had; they take no time. */
  readonly missing: readonly { readonly index: number; readonly ref: MediaRef }[]
  /** What the items together want, ms, before the cut at the session's end or the limit of items. */
  readonly wantedMs: number
  /** Items that did not fit any more, wholly or at all. */
  readonly dropped: number
}

/** A plan carries at most so many items per session. */
export const MAX_LAID_ITEMS = 200

/** What an item's own sound is called in the store; a relay's is its substitute. */
export function mediaRefOf(item: Item): MediaRef {
  if ('chime' in item) return { kind: 'chime', name: item.chime }
  if ('file' in item) return { kind: 'file', ref: item.file }
  if ('folder' in item) return { kind: 'folder', ref: item.folder, rotation: item.rotation ?? 'next' }
  if ('relay' in item) return { kind: 'file', ref: item.substitute }
  return { kind: 'speech', text: item.speak, ...(item.voice === undefined ? {} : { voice: item.voice }) }
}

/** What a person calls the item. */
export function itemName(item: Item): string {
  if (item.name !== undefined) return item.name
  if ('chime' in item) return item.chime
  if ('file' in item) return item.file
  if ('folder' in item) return item.folder
  if ('relay' in item) return item.relay
  return item.speak.length > 60 ? `${item.speak.slice(0, 59).trimEnd()}…` : item.speak
}

const modulo = (n: number, by: number): number => ((n % by) + by) % by

/** The same folder twice in a session gives two episodes per occurrence, each heard once. */
function nextEpisode(session: Session, occurrence: Occurrence, index: number): number {
  const folderAt = (i: Item): string | null => ('folder' in i && (i.rotation ?? 'next') === 'next' ? i.folder : null)
  const mine = folderAt(session.items[index] as Item)
  const same = session.items.flatMap((i, n) => (folderAt(i) === mine ? [n] : []))
  return occurrenceOrdinal(session, occurrence) * same.length + same.indexOf(index)
}

function chosen(session: Session, occurrence: Occurrence, index: number, episodes: readonly LaidMedia[]): readonly LaidMedia[] {
  const item = session.items[index] as Item
  if (!('folder' in item) || item.rotation === 'all') return episodes
  const n =
    item.rotation === 'daily' ? dayNumberOf(occurrence.date) - firstCountedDay(session)
    : episodes.length > 1 ? nextEpisode(session, occurrence, index)
    : 0
  return [episodes[modulo(n, episodes.length)] as LaidMedia]
}

type Sound = Pick<LaidItem, 'media' | 'stream' | 'resume' | 'music' | 'name'> & { readonly ms: number }

function soundsOf(item: Item, found: readonly LaidMedia[]): Sound[] {
  if ('relay' in item) {
    const ms = durationMs(item.length)
    if (Number.isNaN(ms)) return []
    const resume = item.resume ?? 'where-it-would-be-now'
    return [{ ms, media: found[0]?.sha ?? null, stream: item.relay, resume, music: item.music ?? false, name: itemName(item) }]
  }
  return found.map((m) => ({
    ms: m.ms,
    media: m.sha,
    resume: item.resume ?? 'from-the-beginning',
    music: item.music ?? m.music ?? false,
    name: item.name ?? m.name ?? itemName(item),
  }))
}

/**
 * Puts the items of one occurrence one after another, each at its exact length, and cuts at the session's end.
 * Depends on its arguments alone, so that every planning gives the same.
 */
export function layOut(session: Session, occurrence: Occurrence, media: FindMedia): Layout {
  const sessionMs = occurrence.end - occurrence.start
  const items: LaidItem[] = []
  const missing: { index: number; ref: MediaRef }[] = []
  let at = 0
  let dropped = 0
  session.items.forEach((item, index) => {
    const ref = mediaRefOf(item)
    const found = media(ref, occurrence) ?? []
    if (found.length === 0) missing.push({ index, ref })
    for (const { ms, ...sound } of soundsOf(item, found.length > 0 ? chosen(session, occurrence, index, found) : [])) {
      const len = Math.min(ms, sessionMs - at)
      const fits = len > 0 && items.length < MAX_LAID_ITEMS
      if (fits) items.push({ at, len, ...sound, order: item.order ?? 0, class: item.class ?? 'scheduled' })
      if (!fits || len < ms) dropped++
      at += ms
    }
  })
  return { items, missing, wantedMs: at, dropped }
}
