import { dateOfDayNumber, startOfDayNumber, weekdayOf } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { durationMs } from '../../shared/core/durations.ts'
import { itemName, layOut, mediaRefOf, type FindMedia, type LaidItem } from '../../shared/core/layout.ts'
import { lunarOf } from '../../shared/core/lunar.ts'
import { occurrencesBetween, type Occurrence } from '../../shared/core/recurrence.ts'
import { shareClass } from '../../shared/core/admission-load.ts'
import type { Item, Session, Targets } from '../../shared/core/timetable.ts'
import { itemSentence, itemState, type Fitness, type Instead, type ItemState } from './timetable-fitness.ts'

export interface WeekItem {
  /** Place in the session's list. */
  readonly index: number
  readonly name: string
  readonly kind: 'chime' | 'file' | 'folder' | 'relay' | 'speak'
  /** Exact; null where it takes no time. */
  readonly start: WallMs | null
  readonly lengthMs: number
  readonly state: ItemState
  /** It is cut at the end of the session, or does not fit any more at all. */
  readonly fits: 'whole' | 'cut' | 'not-at-all'
  readonly problem: { readonly code: string; readonly en: string; readonly vi: string } | null
}

export interface WeekClash {
  readonly session: string
  readonly name: string
  readonly from: WallMs
  readonly to: WallMs
  /** That hear both. */
  readonly clusters: number
  /** `queue`: neither outranks the other, and the later one waits; else the one of the higher class interrupts. */
  readonly how: 'queue' | 'interrupts'
}

export interface WeekOccurrence {
  readonly session: string
  readonly name: string
  readonly date: string
  readonly start: WallMs
  readonly end: WallMs
  readonly lengthMs: number
  /** What sounds, cut at the end. */
  readonly filledMs: number
  /** Seconds that are too many, and that are silent at the end. */
  readonly overS: number
  readonly underS: number
  readonly items: readonly WeekItem[]
  readonly clashes: readonly WeekClash[]
  readonly clusters: number
}

export interface WeekQuestion {
  /** Those that are shown; `all` with those that they may meet. */
  readonly shown: readonly Session[]
  readonly all: readonly Session[]
  readonly fitness: Fitness
  readonly find: FindMedia
  readonly clustersOf: (targets: Targets) => readonly string[]
  /** Civil day number of the first day. */
  readonly from: number
  readonly days: number
}

interface Met {
  readonly session: Session
  readonly occurrence: Occurrence
}

const kindOf = (item: Item): WeekItem['kind'] => ('chime' in item ? 'chime' : 'file' in item ? 'file' : 'folder' in item ? 'folder' : 'relay' in item ? 'relay' : 'speak')

/** How many sounds an item has: only a folder played whole has several. */
const soundsOf = (item: Item, occurrence: Occurrence, find: FindMedia): number =>
  'folder' in item && item.rotation === 'all' ? (find(mediaRefOf(item), occurrence)?.length ?? 0) : 1

/** The items of one occurrence at their exact places, also those that do not sound. */
function itemsOf(session: Session, occurrence: Occurrence, question: WeekQuestion, instead: Instead): { readonly items: WeekItem[]; readonly wantedMs: number } {
  const { fitness, find } = question
  const layout = layOut(session, occurrence, find)
  const missing = new Set(layout.missing.map(({ index }) => index))
  const laid = [...layout.items]
  const items = session.items.map((item, index): WeekItem => {
    const state = itemState(fitness, mediaRefOf(item), occurrence.start)
    const relay = 'relay' in item
    const silent = missing.has(index) && !relay
    const sounds: LaidItem[] = silent ? [] : laid.splice(0, soundsOf(item, occurrence, find))
    const lengthMs = sounds.reduce((sum, { len }) => sum + len, 0)
    const whole = relay ? durationMs(item.length) : null
    const [first] = sounds
    return {
      index, name: itemName(item), kind: kindOf(item), state, lengthMs,
      start: first ? wallMs(occurrence.start + first.at) : null,
      fits: silent || !first ? (silent ? 'whole' : 'not-at-all') : isCut(first, sounds, occurrence, whole) ? 'cut' : 'whole',
      problem: state === 'ready' ? null : itemSentence(item, state, relay ? 'relay' : instead),
    }
  })
  return { items: withCut(items, layout.dropped, occurrence), wantedMs: layout.wantedMs }
}

const isCut = (first: LaidItem, sounds: readonly LaidItem[], occurrence: Occurrence, whole: number | null): boolean =>
  whole !== null && sounds.length === 1 && first.len < whole && first.at + first.len === occurrence.end - occurrence.start

/** The last one that sounds is the one that was cut, where anything was left out. */
function withCut(items: readonly WeekItem[], dropped: number, occurrence: Occurrence): WeekItem[] {
  const last = items.findLastIndex(({ start }) => start !== null)
  return items.map((item, n) => (n === last && dropped > 0 && item.start !== null && item.start + item.lengthMs === occurrence.end ? { ...item, fits: 'cut' } : item))
}

const overlap = (a: Occurrence, b: Occurrence): boolean => a.start < b.end && b.start < a.end
const hasFiller = ({ items }: Session): boolean => items.some((item) => item.class === 'filler')

/** The occurrences that begin in the span, each with what fills it, what is missing and what it meets. */
export function weekOf(question: WeekQuestion): WeekOccurrence[] {
  const { shown, all, clustersOf, from, days } = question
  const [begin, end] = [startOfDayNumber(from), startOfDayNumber(from + days)]
  const met = all.flatMap((session): Met[] => occurrencesBetween(session, begin, end).map((occurrence) => ({ session, occurrence })))
  const audience = new Map(all.map((session) => [session.id, new Set(clustersOf(session.targets))]))
  const both = (a: string, b: string): number => {
    const theirs = audience.get(b)
    return [...(audience.get(a) ?? [])].filter((id) => theirs?.has(id)).length
  }
  const ids = new Set(shown.map(({ id }) => id))
  return met
    .filter(({ session, occurrence }) => ids.has(session.id) && occurrence.start >= begin)
    .map(({ session, occurrence }): WeekOccurrence => {
      const others = met.filter((one) => one.session.id !== session.id && overlap(one.occurrence, occurrence) && both(session.id, one.session.id) > 0)
      const instead = others.some((one) => hasFiller(one.session)) ? 'filler' : 'silence'
      const { items, wantedMs } = itemsOf(session, occurrence, question, instead)
      const lengthMs = occurrence.end - occurrence.start
      return {
        session: session.id, name: session.name, date: occurrence.date, start: occurrence.start, end: occurrence.end, lengthMs, items,
        filledMs: Math.min(wantedMs, lengthMs),
        overS: Math.ceil(Math.max(0, wantedMs - lengthMs) / 1000),
        underS: Math.floor(Math.max(0, lengthMs - wantedMs) / 1000),
        clashes: others.map(({ session: other, occurrence: o }) => ({
          session: other.id, name: other.name,
          from: wallMs(Math.max(o.start, occurrence.start)), to: wallMs(Math.min(o.end, occurrence.end)),
          clusters: both(session.id, other.id), how: shareClass(session, other) ? 'queue' as const : 'interrupts' as const,
        })),
        clusters: audience.get(session.id)?.size ?? 0,
      }
    })
    .sort((a, b) => a.start - b.start || (a.session < b.session ? -1 : 1))
}

export interface CalendarDay {
  readonly date: string
  /** 1 = Monday … 7 = Sunday. */
  readonly weekday: number
  /** `15/8`, `15/8 nhuận`. */
  readonly lunar: string
  /** Days on which one looks twice at the timetable; null on others. */
  readonly name: string | null
}

/** Public holidays and feasts by the lunar and the solar calendar, as people call them. */
const LUNAR_DAYS: Readonly<Record<string, string>> = { '1/1': 'Mùng 1 Tết', '2/1': 'Mùng 2 Tết', '3/1': 'Mùng 3 Tết', '15/1': 'Rằm tháng Giêng', '10/3': 'Giỗ Tổ Hùng Vương', '15/7': 'Rằm tháng Bảy', '15/8': 'Tết Trung thu', '23/12': 'Ông Công, ông Táo' }
const SOLAR_DAYS: Readonly<Record<string, string>> = { '01-01': 'Tết Dương lịch', '04-30': 'Ngày Giải phóng miền Nam', '05-01': 'Ngày Quốc tế Lao động', '09-02': 'Quốc khánh' }

export function calendarDay(day: number): CalendarDay {
  const lunar = lunarOf(day)
  const date = dateOfDayNumber(day)
  const key = `${lunar.day}/${lunar.month}`
  const eve = lunarOf(day + 1)
  const feast = lunar.leap ? undefined : eve.day === 1 && eve.month === 1 && !eve.leap ? 'Giao thừa' : LUNAR_DAYS[key]
  return { date, weekday: weekdayOf(day), lunar: lunar.leap ? `${key} nhuận` : key, name: SOLAR_DAYS[date.slice(5)] ?? feast ?? null }
}
