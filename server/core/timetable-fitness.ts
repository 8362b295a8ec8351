import { civilDate, clockText, msOfDay } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import { itemName, mediaRefOf, type MediaRef } from '../../shared/core/layout.ts'
import { occurrencesBetween, type Occurrence } from '../../shared/core/recurrence.ts'
import type { Item, Session } from '../../shared/core/timetable.ts'
import { isValidOn, type LibraryItem, type ProgrammeStore } from './programme-store.ts'
import type { FindingView } from './refusal.ts'

/**
 * What stands between an item and its sound. `preparing`: a text that is being spoken. The rest is silence: nothing of that name,
 * nothing that somebody approved, or not on that day.
 */
export const ITEM_STATES = ['ready', 'preparing', 'missing', 'not-approved', 'not-yet', 'expired'] as const
export type ItemState = (typeof ITEM_STATES)[number]

export interface Fitness {
  readonly programmes: Pick<ProgrammeStore, 'byRef' | 'byKey' | 'airable' | 'inFolder' | 'airableIn'>
  /** What the store calls a chime or a spoken text. */
  readonly keyOf: (ref: Extract<MediaRef, { kind: 'chime' | 'speech' }>) => string
}

function stateOfItems(items: readonly LibraryItem[], at: WallMs): ItemState {
  const airing = items.filter(({ airs }) => airs)
  if (items.length === 0) return 'missing'
  if (airing.length === 0) return 'not-approved'
  const day = civilDate(at)
  if (airing.some((item) => isValidOn(item, day))) return 'ready'
  return airing.some(({ validFrom }) => validFrom !== null && day < validFrom) ? 'not-yet' : 'expired'
}

export function itemState({ programmes, keyOf }: Fitness, ref: MediaRef, at: WallMs): ItemState {
  switch (ref.kind) {
    case 'folder':
      return programmes.airableIn(ref.ref, at).length > 0 ? 'ready' : stateOfItems(programmes.inFolder(ref.ref), at)
    case 'file': {
      const item = programmes.byRef(ref.ref)
      return programmes.airable(ref.ref, at) ? 'ready' : stateOfItems(item ? [item] : [], at)
    }
    case 'chime':
    case 'speech': {
      const key = keyOf(ref)
      const item = programmes.byKey(key)
      if (!item) return ref.kind === 'speech' ? 'preparing' : 'missing'
      return programmes.airable(key, at) ? 'ready' : stateOfItems([item], at)
    }
  }
}

/** What is heard in its place. */
export type Instead = 'silence' | 'filler' | 'relay'
const INSTEAD: Readonly<Record<Instead, { readonly en: string; readonly vi: string }>> = {
  silence: { en: 'Nothing sounds in its place: what follows begins earlier, and the end of the session is silent.', vi: 'Mục này sẽ im lặng: các mục sau phát sớm hơn, cuối buổi để trống.' },
  filler: { en: 'What follows begins earlier, and filler sounds at the end of the session.', vi: 'Các mục sau phát sớm hơn, cuối buổi phát nội dung đệm.' },
  relay: { en: 'The relay sounds, but nothing takes its place when it fails.', vi: 'Vẫn tiếp âm, nhưng khi mất tín hiệu sẽ không có chương trình dự phòng.' },
}

type Bad = Exclude<ItemState, 'ready'>
const WHY: Readonly<Record<Bad, { readonly en: string; readonly vi: string }>> = {
  preparing: { en: 'is being turned into speech', vi: 'đang được chuyển thành giọng nói' },
  missing: { en: 'is not in the library (any more)', vi: 'không có (không còn) trong thư viện' },
  'not-approved': { en: 'is not approved', vi: 'chưa duyệt' },
  'not-yet': { en: 'may not be aired yet', vi: 'chưa đến ngày được phát' },
  expired: { en: 'may not be aired any more', vi: 'hết hạn' },
}

const fieldOf = (item: Item): string =>
  'chime' in item ? 'chime' : 'file' in item ? 'file' : 'folder' in item ? 'folder' : 'relay' in item ? 'substitute' : 'speak'

/** What is wrong with an item, and what will be heard instead. */
export function itemSentence(item: Item, state: Bad, instead: Instead): { readonly code: string; readonly en: string; readonly vi: string } {
  const [why, then] = [WHY[state], INSTEAD[instead]]
  const what = 'relay' in item ? { en: `The substitute of "${itemName(item)}"`, vi: `Chương trình dự phòng của "${itemName(item)}"` } : { en: `"${itemName(item)}"`, vi: `"${itemName(item)}"` }
  return { code: state, en: `${what.en} ${why.en}. ${then.en}`, vi: `${what.vi} ${why.vi}. ${then.vi}` }
}

const AHEAD_MS = 8 * 86_400_000
const FAR_MS = 400 * 86_400_000
/** Occurrences that are looked at: a session that comes round every three minutes says the same all day. */
const MAX_LOOKED = 16

/** The occurrences of the coming days, or the next one where it comes round later. One a day is enough. */
function nextOccurrences(session: Session, from: WallMs): Occurrence[] {
  const until = (ms: number): Occurrence[] => occurrencesBetween(session, from, (from + ms) as WallMs)
  const soon = until(AHEAD_MS)
  const found = soon.length > 0 ? soon : until(FAR_MS).slice(0, 1)
  return [...new Map(found.map((o) => [o.date, o])).values()].slice(0, MAX_LOOKED)
}

const when = ({ start }: Occurrence): string => `${clockText(Math.floor(msOfDay(start) / 1000))} ${civilDate(start)}`

/**
 * Items that would not sound as planned, each told once with its first time. What never sounds is refused; what fails on some days
 * only, or waits for a person's approval because it was written here, is a warning.
 */
export function itemFindings(fitness: Fitness, session: Session, path: string, from: WallMs): FindingView[] {
  const occurrences = nextOccurrences(session, from)
  return session.items.flatMap((item, n): FindingView[] => {
    const states = occurrences.map((o) => ({ o, state: itemState(fitness, mediaRefOf(item), o.start) }))
    const [first] = states.filter(({ state }) => state !== 'ready' && state !== 'preparing')
    if (!first) return []
    const always = states.every(({ state }) => state !== 'ready')
    const sentence = itemSentence(item, first.state as Bad, 'relay' in item ? 'relay' : 'silence')
    const written = 'speak' in item && first.state === 'not-approved'
    const place = { en: `Session "${session.name}", ${when(first.o)}: `, vi: `Buổi phát "${session.name}", ${when(first.o)}: ` }
    return [{ level: always && !written ? 'refused' : 'warning', code: sentence.code, path: `${path}/items/${n}/${fieldOf(item)}`, en: place.en + sentence.en, vi: place.vi + sentence.vi }]
  })
}
