import { civilDayNumber, DAY_MS } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { standingStartOf } from '../../shared/core/standing-slot.ts'
import { emergencyOfSlot } from './emergency-record.ts'

/** Where content comes from, as reports count it: of the area itself, a relay, given by another level, said live, an emergency. */
export const SOURCES = ['own', 'relay', 'shared', 'bulletin', 'live', 'emergency'] as const
export type Source = (typeof SOURCES)[number]
/** The classes of Circular 39/2020. */
export const CLASSES = ['normal', 'priority', 'emergency'] as const
export type ContentClass = (typeof CLASSES)[number]

/** What a slot was when it became due. */
export interface SlotNature {
  readonly class: ContentClass
  /** A language code; `mul` where several are mixed. */
  readonly language: string
  /** The area that the content belongs to; null = the station's own. */
  readonly owner: string | null
  /** How the content came: `own`, `relay`, `shared`, `bulletin`. */
  readonly origin: string
}
export const PLAIN_NATURE: SlotNature = { class: 'normal', language: 'vi', owner: null, origin: 'own' }

const OF_A_SESSION = /^(.+)\.([0-9a-z]{1,8})\.\d+$/

/** The civil day (days since 1970) under which a slot is counted: that on which its session's occurrence began, else the day of `due`. */
export function reportDayOf(slot: string, due: number): number {
  const start = Number.parseInt(OF_A_SESSION.exec(slot)?.[2] ?? '', 36) * 1000
  // a session lasts a day at most; anything else is a name that only looks like an occurrence's
  return civilDayNumber(wallMs(start <= due && due - start < 2 * DAY_MS ? start : due))
}

/** Whether a slot is an emergency's or a live broadcast's: these stand in no timetable. */
export function besideSource(slot: string): 'live' | 'emergency' | null {
  if (slot.startsWith('l.')) return 'live'
  return emergencyOfSlot(slot) || standingStartOf(slot) ? 'emergency' : null
}
