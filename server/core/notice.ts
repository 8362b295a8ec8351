import { Type, type Static } from 'typebox'
import { dayNumberOf, weekdayOf } from '../../shared/core/civil.ts'
import type { Targets } from '../../shared/core/timetable.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { Sentence } from './refusal.ts'

/** giờ · nơi · tên · một dòng tự ghi */
export const FIELD_KINDS = ['time', 'place', 'name', 'line'] as const
export type FieldKind = (typeof FIELD_KINDS)[number]
/** More is not filled in by somebody who stands in the rain. */
export const MAX_FIELDS = 3

const strict = { additionalProperties: false } as const
export const NoticeField = Type.Object(
  {
    key: Type.String({ pattern: '^[a-z][a-z0-9-]{0,19}$', description: 'lower-case letters, digits and hyphens; {key} stands for it in the text' }),
    label: Type.String({ minLength: 1, maxLength: 60, pattern: '\\S', description: 'what the person who fills it in reads' }),
    kind: Type.Enum([...FIELD_KINDS]),
    hint: Type.Optional(Type.String({ maxLength: 120 })),
  },
  strict,
)
export type NoticeField = Static<typeof NoticeField>

/** What a template says, without who wrote it. */
export interface NoticeWords {
  readonly name: string
  /** `{key}` stands for a field, `{dia-ban}` for the place whose station speaks. */
  readonly text: string
  readonly fields: readonly NoticeField[]
}
/** mẫu thông báo */
export interface NoticeTemplate extends NoticeWords {
  readonly id: string
  /** Counts up from 1. */
  readonly version: number
  /** Whose it is: a code of an area; null = the whole station's. */
  readonly area: string | null
  readonly author: string
  readonly authorName: string
  readonly at: WallMs
  /** Taken out of use; what was made of it stays. */
  readonly retired: boolean
}

/** When it is to sound: at once, at the beginning of the next session of each cluster, or at an instant. */
export type NoticeWhen = 'now' | 'next-session' | { readonly at: WallMs }

/**
 * `prepared`: made, nothing is ordered. `waiting`: ordered, and waits for its approval. `ordered`: on its way to the clusters.
 * `failed`: approved, but it could not sound; `problem` says why. `returned`: the approver sent it back. `withdrawn`: taken back.
 */
export const NOTICE_STATES = ['prepared', 'waiting', 'ordered', 'failed', 'returned', 'withdrawn'] as const
export type NoticeState = (typeof NOTICE_STATES)[number]

/** One sounding: a live broadcast, or a session that was published for it. */
export interface NoticeSounding {
  readonly kind: 'live' | 'session'
  readonly id: string
  readonly at: WallMs
  readonly to: WallMs
  readonly clusters: readonly string[]
}
export interface NoticeRecord {
  readonly id: string
  /** The same key twice is one notice; null = none was given. */
  readonly key: string | null
  readonly template: string
  readonly version: number
  readonly name: string
  readonly area: string | null
  readonly fields: Readonly<Record<string, string>>
  readonly text: string
  readonly targets: Targets
  readonly programme: string
  readonly state: NoticeState
  readonly when: NoticeWhen | null
  /** When it was asked to sound; null while it was not. */
  readonly orderedAt: WallMs | null
  readonly actor: string
  readonly actorName: string
  readonly createdAt: WallMs
  readonly soundings: readonly NoticeSounding[]
  readonly problem: Sentence | null
}

/** The place whose station speaks, in every template's text. */
const PLACE_KEY = 'dia-ban'
const HOLDER = /\{([a-z0-9-]*)\}/g
const MAX_LETTERS: Readonly<Record<FieldKind, number>> = { time: 16, place: 160, name: 160, line: 300 }
const WEEKDAYS = ['', 'thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy', 'Chủ nhật'] as const

export interface FieldFault extends Sentence {
  readonly code: 'invalid'
}
const fault = (field: string, en: string, vi: string): FieldFault => ({ code: 'invalid', field, en, vi })

/** What keeps a template from being used; null = nothing. */
export function templateFault({ text, fields }: NoticeWords): FieldFault | null {
  const keys = fields.map(({ key }) => key)
  const twice = keys.find((key, n) => keys.indexOf(key) !== n || key === PLACE_KEY)
  if (twice !== undefined) return fault('/fields', `The field "${twice}" stands twice, or has a name that is taken: rename it.`, `Ô "${twice}" bị trùng tên: xin đặt tên khác.`)
  const used = new Set([...text.matchAll(HOLDER)].map(([, key = '']) => key))
  const unknown = [...used].find((key) => key !== PLACE_KEY && !keys.includes(key))
  if (unknown !== undefined) return fault('/text', `The text names {${unknown}}, which is no field: add the field, or correct the text.`, `Lời thông báo nhắc tới {${unknown}} nhưng chưa có ô này: xin thêm ô, hoặc sửa lại lời.`)
  const unused = fields.find(({ key }) => !used.has(key))
  if (unused) return fault('/text', `The field "${unused.label}" does not occur in the text: write {${unused.key}} where it is to be said.`, `Ô "${unused.label}" chưa có trong lời thông báo: xin ghi {${unused.key}} vào chỗ cần đọc.`)
  return /[{}]/.test(text.replaceAll(HOLDER, '')) ? fault('/text', 'A brace in the text is not closed: correct it.', 'Lời thông báo có dấu ngoặc nhọn chưa đóng: xin sửa lại.') : null
}

interface CivilTime {
  readonly day: number
  readonly hour: number
  readonly minute: number
}
/** `2026-11-23T19:30`, as people of the station count time. */
function civilTimeOf(text: string): CivilTime | null {
  const [, date = '', hour = '', minute = ''] = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  const day = dayNumberOf(date)
  return Number.isNaN(day) ? null : { day, hour: Number(hour), minute: Number(minute) }
}
const hourWords = ({ hour, minute }: CivilTime): string => (minute === 0 ? `${hour} giờ` : `${hour} giờ ${minute} phút`)
function dayWords(day: number): string {
  const [, month, date] = new Date(day * 86_400_000).toISOString().slice(0, 10).split('-')
  return `${WEEKDAYS[weekdayOf(day)]} ngày ${Number(date)} tháng ${Number(month)}`
}

/** What somebody filled in, as it will be said; or what is wrong with it. */
function saidOf({ key, kind, label }: NoticeField, given: string | undefined): string | FieldFault {
  const place = `/fields/${key}`
  const text = (given ?? '').normalize('NFC').replaceAll(/\s+/gu, ' ').trim()
  if (text === '') return fault(place, `"${label}" is empty: fill it in.`, `Xin điền "${label}".`)
  if (kind === 'time') return civilTimeOf(text) ? text : fault(place, `"${label}" is no time: write YYYY-MM-DDTHH:MM.`, `"${label}" chưa đúng: xin chọn lại ngày và giờ.`)
  if (text.length > MAX_LETTERS[kind]) return fault(place, `"${label}" is longer than ${MAX_LETTERS[kind]} letters: shorten it.`, `"${label}" dài quá ${MAX_LETTERS[kind]} chữ cái: xin ghi ngắn hơn.`)
  return /[\p{L}\p{N}]/u.test(text) && !/\p{Cc}/u.test(text) ? text : fault(place, `"${label}" has no words: write it again.`, `"${label}" chưa có nội dung: xin ghi lại.`)
}

/** `Xã Đức Trọng` stands within a sentence as `xã Đức Trọng`. */
const KIND_WORD = /^(Xã|Phường|Đặc khu|Thị trấn|Tỉnh|Thành phố|Thôn|Bản|Ấp|Buôn|Làng|Xóm|Khóm|Khu phố|Tổ dân phố)(?= )/u
const withinSentence = (place: string): string => place.replace(KIND_WORD, (word) => word.toLocaleLowerCase('vi'))

export type Composed = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly fault: FieldFault }

/** The words of a notice. A day that was named just before is not named again. `place`: name of the area; null = none. */
export function composeNotice({ text, fields }: NoticeWords, given: Readonly<Record<string, string>>, place: string | null): Composed {
  const strange = Object.keys(given).find((key) => !fields.some((field) => field.key === key))
  if (strange !== undefined) return { ok: false, fault: fault(`/fields/${strange}`, `The template has no field "${strange}": remove it.`, `Mẫu này không có ô "${strange}": xin bỏ đi.`) }
  const said = new Map<string, string>()
  for (const field of fields) {
    const words = saidOf(field, Object.hasOwn(given, field.key) ? given[field.key] : undefined)
    if (typeof words !== 'string') return { ok: false, fault: words }
    said.set(field.key, words)
  }
  let lastDay: number | null = null
  const whole = text.replaceAll(HOLDER, (_, key: string) => {
    if (key === PLACE_KEY) return place === null ? '' : withinSentence(place)
    const words = said.get(key) ?? ''
    const time = fields.find((field) => field.key === key)?.kind === 'time' ? civilTimeOf(words) : null
    if (!time) return words
    const isSameDay = time.day === lastDay
    lastDay = time.day
    return isSameDay ? hourWords(time) : `${hourWords(time)} ${dayWords(time.day)}`
  })
  // what people end with a full stop themselves, and a place that has no name
  return { ok: true, text: whole.replaceAll(/ {2,}/g, ' ').replaceAll(/([.!?])\s*\.(?=\s|$)/g, '$1').trim() }
}
