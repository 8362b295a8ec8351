import type { WallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { Segment } from '../../shared/core/timeline.ts'
import type { ShortReason } from '../../shared/protocol/messages/evidence.ts'
import type { SoundingListener } from '../core/alerting.ts'
import type { SoundReport } from '../core/ports.ts'
import { endReason } from './played.ts'

/** What is ordered for a slot, as the device reports it. */
export interface OrderedSound {
  readonly slot: Slot
  readonly from: WallMs
  readonly report: SoundReport | null
  /** Why it is silent when it has not begun. */
  readonly lacks: ShortReason
}
export interface SoundingsView {
  readonly now: WallMs
  readonly segments: readonly Segment[]
  readonly slots: readonly Slot[]
  readonly ordered: readonly OrderedSound[]
  readonly wallOf: (report: SoundReport) => WallMs | null
}

/** On air for so long without a sound: the station is told why, ms. */
const SILENT_MS = 5_000

interface Told {
  slot: Slot
  /** `trouble`: on air, and the station knows that nothing sounds. */
  state: 'waiting' | 'sounding' | 'trouble' | 'ended'
  /** Since when it is on air without a break. */
  since: WallMs
  /** End of the stretch in which it was on air last. */
  to: WallMs
  lacks: ShortReason
}

const isTold = ({ class: rung }: Slot): boolean => rung === 'emergency' || rung === 'live'

/** Tells what becomes of emergencies and live broadcasts, from what the device has really taken. */
export function createSoundings(listener: SoundingListener): { look(view: SoundingsView): void; waits(): boolean } {
  const told = new Map<string, Told>()

  const whyEnded = ({ slot, to }: Told, { now, segments, slots }: SoundingsView): ShortReason | null => {
    if (segments.some(({ from, onAir }) => from > now && onAir.do === 'play' && onAir.slot.id === slot.id)) return 'interrupted'
    if (now >= to) return null
    return slots.some(({ id }) => id === slot.id) ? endReason(segments, now) : 'cancelled'
  }

  const off = (one: Told, view: SoundingsView): void => {
    if (one.state === 'sounding') listener.ended(one.slot, view.now, whyEnded(one, view))
    else if (one.state === 'waiting') listener.ended(one.slot, view.now, one.lacks)
    one.state = 'ended'
  }

  const on = (one: Told, view: SoundingsView): void => {
    const own = view.ordered.filter(({ slot, from }) => slot.id === one.slot.id && from <= view.now)
    const begun = own.find(({ report }) => report && report.began !== null)
    const at = begun?.report && view.wallOf(begun.report)
    if (one.state !== 'sounding' && begun?.report && at) {
      one.state = 'sounding'
      listener.began(one.slot, at, begun.report.levelDb)
    }
    const last = own.at(-1)
    if (last) one.lacks = last.report?.failed ?? last.lacks
    if (one.state !== 'waiting' || view.now - one.since < SILENT_MS) return
    one.state = 'trouble'
    listener.ended(one.slot, view.now, one.lacks)
  }

  return {
    waits: () => [...told.values()].some(({ state }) => state === 'waiting'),
    look: (view) => {
      const { now, segments, slots } = view
      const segment = segments.find(({ from, to }) => from <= now && now < to)
      const slot = segment?.onAir.do === 'play' && isTold(segment.onAir.slot) ? segment.onAir.slot : null
      for (const [id, one] of told) {
        if (id !== slot?.id) off(one, view)
        if (one.state === 'ended' && !slots.some((known) => known.id === id)) told.delete(id)
      }
      if (!slot || !segment) return
      let one = told.get(slot.id)
      if (!one || one.state === 'ended') told.set(slot.id, (one = { slot, state: 'waiting', since: now, to: segment.to, lacks: 'missing-media' }))
      one.slot = slot
      one.to = segment.to
      on(one, view)
    },
  }
}
