import type { SetText, SetView } from '../../../../../../features/standing/texts.ts'

/** One message of a set as it is filled in: texts and zeroes where nothing is chosen. */
export interface DraftOrder {
  name: string
  /** Programmes, one after another; '' = not chosen yet. */
  clips: string[]
  times: number
  /** Number of the key switch; 0 = by telephone only. */
  key: number
  /** What the form does not show stays as it was. */
  readonly kept: Pick<SetText['orders'][number], 'danger' | 'gapSeconds' | 'volume'>
}
export interface DraftSet {
  name: string
  areas: string[]
  /** '' = until somebody turns it off. */
  lastDay: string
  orders: DraftOrder[]
}

export const MOST_CLIPS = 6
export const MOST_ORDERS = 8
const USUAL_TIMES = 5

export const emptyOrder = (): DraftOrder => ({ name: '', clips: [''], times: USUAL_TIMES, key: 0, kept: {} })
export const emptySet = (areas: readonly string[]): DraftSet => ({ name: '', areas: [...areas], lastDay: '', orders: [emptyOrder()] })

export const draftOf = ({ name, areas, lastDay, orders }: SetView): DraftSet => ({
  name, areas: [...areas], lastDay: lastDay ?? '',
  orders: orders.map(({ name, clips, times, switch: key, danger, gapSeconds, volume }) => ({
    name, clips: [...clips], times: times ?? USUAL_TIMES, key: key ?? 0,
    kept: { ...(danger === undefined ? {} : { danger }), ...(gapSeconds === undefined ? {} : { gapSeconds }), ...(volume === undefined ? {} : { volume }) },
  })),
})

/** As the server takes it. A message without a name of its own is called as the set is. */
export const textOf = ({ name, areas, lastDay, orders }: DraftSet): SetText => ({
  name: name.trim(), areas: [...areas], lastDay: lastDay === '' ? null : lastDay,
  orders: orders.map(({ name: own, clips, times, key, kept }) => ({ ...kept, name: own.trim() === '' ? name.trim() : own.trim(), clips: clips.filter((clip) => clip !== ''), times, ...(key === 0 ? {} : { switch: key }) })),
})

/** What is missing still, in the order of the form; null when it can be sent. */
export function lackOf({ name, areas, orders }: DraftSet): 'name' | 'clip' | 'key' | 'areas' | null {
  if (name.trim() === '') return 'name'
  if (orders.some(({ clips }) => clips.every((clip) => clip === ''))) return 'clip'
  const keys = orders.flatMap(({ key }) => (key === 0 ? [] : [key]))
  if (new Set(keys).size < keys.length) return 'key'
  return areas.length === 0 ? 'areas' : null
}

const FORTNIGHT_MS = 14 * 86_400_000
/** How near the end is of something that has one, ISO 8601. */
export function nearEnd(endsAt: string | null, now: number): 'over' | 'soon' | null {
  if (endsAt === null) return null
  const left = Date.parse(endsAt) - now
  return left <= 0 ? 'over' : left <= FORTNIGHT_MS ? 'soon' : null
}

const ZONE_MS = 7 * 3_600_000
/** The last civil day before an end, YYYY-MM-DD. */
export const lastDayOf = (endsAt: string): string => new Date(Date.parse(endsAt) - 1 + ZONE_MS).toISOString().slice(0, 10)
/** `01/12/2026`. */
export const dayText = (date: string): string => date.split('-').reverse().join('/')

/** Where a box answers a telephone on its own Wi-Fi, as somebody typed it from its label; null where it is none. */
export function boxAddress(typed: string): string | null {
  const text = typed.trim().replace(/\/+$/, '')
  const address = /^https?:\/\//.test(text) ? text : `http://${text}`
  return /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/i.test(address) ? address : null
}
