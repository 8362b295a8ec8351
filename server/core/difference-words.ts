import { itemName } from '../../shared/core/layout.ts'
import { BrokenInvariant } from '../../shared/core/result.ts'
import type { Days, Exception, Item, Session, Targets } from '../../shared/core/timetable.ts'
import { sameSession } from './timetable-merge.ts'

export interface Words {
  readonly en: string
  readonly vi: string
}

const WEEKDAYS_EN = ['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const WEEKDAYS_VI = ['', 'thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy', 'Chủ nhật']
/** Dates that are told one by one. */
const SHOWN_DATES = 3

function datesText(dates: readonly string[]): Words {
  const shown = dates.slice(0, SHOWN_DATES).join(', ')
  const more = dates.length - SHOWN_DATES
  return more > 0 ? { en: `${shown} and ${more} more days`, vi: `${shown} và ${more} ngày nữa` } : { en: shown, vi: shown }
}

/** Days on which it comes round, as people say it. */
export function daysText(days: Days): Words {
  if (days === 'daily') return { en: 'every day', vi: 'hàng ngày' }
  if (days.once !== undefined) {
    const dates = datesText([days.once].flat())
    return { en: `once, on ${dates.en}`, vi: `một lần, ngày ${dates.vi}` }
  }
  const parts: Words[] = []
  if (days.weekdays) {
    const sorted = [...days.weekdays].sort((a, b) => a - b)
    parts.push({ en: `every ${sorted.map((d) => WEEKDAYS_EN[d]).join(', ')}`, vi: `hàng tuần vào ${sorted.map((d) => WEEKDAYS_VI[d]).join(', ')}` })
  }
  if (days.lunar) parts.push({ en: `on lunar days ${days.lunar.join(', ')}`, vi: `ngày âm lịch ${days.lunar.join(', ')}` })
  if (parts.length === 0) parts.push({ en: 'every day', vi: 'hàng ngày' })
  if (days.from) parts.push({ en: `from ${days.from}`, vi: `từ ngày ${days.from}` })
  if (days.to) parts.push({ en: `until ${days.to}`, vi: `đến hết ngày ${days.to}` })
  return { en: parts.map((p) => p.en).join(' '), vi: parts.map((p) => p.vi).join(' ') }
}

function exceptionText(e: Exception): Words {
  if (typeof e === 'string') return { en: e, vi: e }
  if ('lunar' in e) return { en: `lunar ${e.lunar}`, vi: `${e.lunar} âm lịch` }
  return { en: `${e.from} to ${e.to}`, vi: `${e.from} đến ${e.to}` }
}

/** Names of areas, groups and clusters as the station calls them. */
export interface Naming {
  readonly area: (code: string) => string
  readonly group: (id: string) => string
  readonly cluster: (id: string) => string
}
const SHOWN_PLACES = 4

export function targetsText(targets: Targets, names: Naming): Words {
  if (targets === 'all') return { en: 'the whole station', vi: 'toàn đài' }
  const all = [...(targets.areas ?? []).map(names.area), ...(targets.groups ?? []).map(names.group), ...(targets.clusters ?? []).map(names.cluster)]
  const shown = all.slice(0, SHOWN_PLACES).join(', ')
  const more = all.length - SHOWN_PLACES
  return more > 0 ? { en: `${shown} and ${more} more`, vi: `${shown} và ${more} nơi khác` } : { en: shown, vi: shown }
}

const spanText = ({ at, until, repeat }: Session): Words => ({
  en: `${at}–${until}${repeat ? ` every ${repeat.every} for ${repeat.length}` : ''}`,
  vi: `${at}–${until}${repeat ? `, lặp lại mỗi ${repeat.every}, mỗi lượt ${repeat.length}` : ''}`,
})

const keyOf = (item: Item): string => JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
/** What is in `a` and not in `b`, each as often as it is more. */
function lacking(a: readonly Item[], b: readonly Item[]): Item[] {
  const left = new Map<string, number>()
  for (const item of b) left.set(keyOf(item), (left.get(keyOf(item)) ?? 0) + 1)
  return a.filter((item) => {
    const n = left.get(keyOf(item)) ?? 0
    left.set(keyOf(item), n - 1)
    return n <= 0
  })
}

function itemsChange(before: readonly Item[], after: readonly Item[]): Words[] {
  const [gone, come] = [lacking(before, after), lacking(after, before)]
  const named = (items: readonly Item[]): string => items.map((item) => `"${itemName(item)}"`).join(', ')
  const words: Words[] = []
  if (come.length > 0) words.push({ en: `adds ${named(come)}`, vi: `thêm ${named(come)}` })
  if (gone.length > 0) words.push({ en: `takes out ${named(gone)}`, vi: `bỏ ${named(gone)}` })
  if (words.length === 0 && before.map(keyOf).join() !== after.map(keyOf).join()) words.push({ en: 'changes the order of its items', vi: 'đổi thứ tự nội dung' })
  return words
}

function listChange<T>(before: readonly T[] | undefined, after: readonly T[] | undefined, say: (come: readonly T[], gone: readonly T[]) => Words[]): Words[] {
  const keys = (list: readonly T[] | undefined): Map<string, T> => new Map((list ?? []).map((one) => [JSON.stringify(one), one]))
  const [was, is] = [keys(before), keys(after)]
  return say([...is].filter(([key]) => !was.has(key)).map(([, one]) => one), [...was].filter(([key]) => !is.has(key)).map(([, one]) => one))
}

const exceptionsChange = (before: Session, after: Session): Words[] =>
  listChange(before.except, after.except, (come, gone) => [
    ...(come.length > 0 ? [{ en: `is silent on ${datesText(come.map((e) => exceptionText(e).en)).en}`, vi: `nghỉ ngày ${datesText(come.map((e) => exceptionText(e).vi)).vi}` }] : []),
    ...(gone.length > 0 ? [{ en: `sounds again on ${datesText(gone.map((e) => exceptionText(e).en)).en}`, vi: `phát lại ngày ${datesText(gone.map((e) => exceptionText(e).vi)).vi}` }] : []),
  ])
const extensionsChange = (before: Session, after: Session): Words[] =>
  listChange(before.extend, after.extend, (come, gone) => [
    ...come.map((e) => ({ en: `is longer on ${e.date}, until ${e.until} (${e.reason})`, vi: `kéo dài ngày ${e.date} đến ${e.until} (${e.reason})` })),
    ...gone.map((e) => ({ en: `is no longer extended on ${e.date}`, vi: `không kéo dài ngày ${e.date} nữa` })),
  ])

const arrow = (was: Words, is: Words, what: Words): Words => ({ en: `${what.en}: ${was.en} → ${is.en}`, vi: `${what.vi}: ${was.vi} → ${is.vi}` })
const plain = (text: string): Words => ({ en: text, vi: text })

function fieldChanges(before: Session, after: Session, names: Naming): Words[] {
  const words: Words[] = []
  const told = (was: Words, is: Words, what: Words): void => void (was.vi !== is.vi && words.push(arrow(was, is, what)))
  told(plain(before.name), plain(after.name), { en: 'name', vi: 'tên' })
  told(spanText(before), spanText(after), { en: 'time', vi: 'giờ phát' })
  told(daysText(before.days), daysText(after.days), { en: 'days', vi: 'ngày phát' })
  told(targetsText(before.targets, names), targetsText(after.targets, names), { en: 'heard by', vi: 'nơi phát' })
  const ofArea = { en: 'that of the area', vi: 'theo địa bàn' }
  told(before.policy === undefined ? ofArea : plain(before.policy), after.policy === undefined ? ofArea : plain(after.policy), { en: 'policy', vi: 'quy định giờ phát' })
  const together = { en: 'together', vi: 'cùng lúc' }
  told(before.stagger === undefined ? together : plain(before.stagger), after.stagger === undefined ? together : plain(after.stagger), { en: 'stagger', vi: 'phát lệch nhau' })
  return [...words, ...exceptionsChange(before, after), ...extensionsChange(before, after), ...itemsChange(before.items, after.items)]
}

/** What happens to one session, a sentence each. Both states must not be absent. */
export function describeChange(before: Session | null, after: Session | null, names: Naming): readonly Words[] {
  if (!before && !after) throw new BrokenInvariant('a change of nothing into nothing')
  const whole = (s: Session, verb: Words): Words => {
    const [span, days, places] = [spanText(s), daysText(s.days), targetsText(s.targets, names)]
    return {
      en: `${verb.en} session "${s.name}", ${span.en}, ${days.en}, for ${places.en}, ${s.items.length} items`,
      vi: `${verb.vi} buổi phát "${s.name}", ${span.vi}, ${days.vi}, cho ${places.vi}, ${s.items.length} nội dung`,
    }
  }
  if (!before) return [whole(after as Session, { en: 'New', vi: 'Thêm' })]
  if (!after) return [whole(before, { en: 'Takes out', vi: 'Bỏ' })]
  if (sameSession(before, after)) return []
  const words = fieldChanges(before, after, names)
  const told = words.length > 0 ? words : [{ en: 'changes how it is written, not what is heard', vi: 'đổi cách ghi, không đổi nội dung phát' }]
  return told.map(({ en, vi }) => ({ en: `"${before.name}" ${en}`, vi: `"${before.name}": ${vi}` }))
}
