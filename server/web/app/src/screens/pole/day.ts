interface Words {
  readonly vi: string
  readonly en: string
}
export interface PoleItem {
  readonly slot: string
  readonly title: string
  readonly session: string | null
  readonly kind: 'timetable' | 'live' | 'emergency'
  readonly from: string
  readonly to: string
  readonly sounded: boolean | null
  readonly listen: boolean
}
/** GET /public/clusters/:public/day. */
export interface PoleDay {
  readonly name: string
  readonly area: string | null
  readonly date: string
  readonly online: boolean
  readonly now: Words & { readonly do: 'play' | 'silence'; readonly title: string | null; readonly until: string | null }
  readonly items: readonly PoleItem[]
}
export const KINDS = ['noise', 'dead', 'too-loud', 'wrong-hour', 'other'] as const
export type Kind = (typeof KINDS)[number]

/** What can be said of a pole now: of one that the station does not hear of, only what it was told to do. */
export const knownOf = ({ online, now }: Pick<PoleDay, 'online'> & { readonly now: Pick<PoleDay['now'], 'do'> }): 'plays' | 'silent' | 'should-play' | 'should-be-silent' =>
  now.do === 'play' ? (online ? 'plays' : 'should-play') : online ? 'silent' : 'should-be-silent'

export type ItemState = 'over' | 'now' | 'coming'
export const stateOf = ({ from, to }: Pick<PoleItem, 'from' | 'to'>, now: number): ItemState => (now >= Date.parse(to) ? 'over' : now >= Date.parse(from) ? 'now' : 'coming')

/** `23/11/2026` of `2026-11-23`. */
export const dayText = (date: string): string => date.split('-').reverse().join('/')

const DAY_MS = 86_400_000
const ZONE_MS = 7 * 3_600_000
/**
 * The instant that somebody means by an hour of the clock (`05:30`, Viet Nam time): the last time that it was that late, within a
 * day. Absent where no hour is given: now.
 */
export function heardAt(hour: string, now: number): string | undefined {
  const [, hours, minutes] = /^(\d{2}):(\d{2})/.exec(hour) ?? []
  if (hours === undefined || minutes === undefined) return undefined
  const today = Math.floor((now + ZONE_MS) / DAY_MS) * DAY_MS - ZONE_MS
  const at = today + (Number(hours) * 60 + Number(minutes)) * 60_000
  return new Date(at > now ? at - DAY_MS : at).toISOString()
}

/** Not sooner and not later than this is the page read anew, however soon something changes: a phone lies open on a table. */
const SOONEST_MS = 15_000
const LATEST_MS = 1_800_000
/** When something on the page will be different, ms from `now`. */
export function changesIn({ now: sounding, items }: Pick<PoleDay, 'now' | 'items'>, now: number): number {
  const next = [sounding.until, ...items.flatMap(({ from, to }) => [from, to])].flatMap((at) => (at === null || Date.parse(at) <= now ? [] : [Date.parse(at) - now]))
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, ...(next.length === 0 ? [LATEST_MS] : [Math.min(...next) + 2_000])))
}
