import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { PolicyBook } from '../../shared/core/policy.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { volumeAt } from '../../shared/core/timeline.ts'
import { slotsOfLive } from '../../shared/protocol/messages/orders.ts'
import { slotsOf } from '../../shared/protocol/messages/plan.ts'
import type { Alerting } from '../core/alerting.ts'
import type { PlayOrder } from '../core/ports.ts'
import { withoutStopped, type ActingStop } from '../core/stop.ts'
import type { Piece } from '../core/stream-pieces.ts'
import type { PlayerDeps } from './player.ts'
import { mediaName, type StoreStage } from './store.ts'

const LONGEST_SESSION_MS = 86_400_000
const NO_POLICIES: PolicyBook = {}

/** What the timeline of this box is made of. */
export interface Programme {
  readonly slots: readonly Slot[]
  readonly policies: PolicyBook
  readonly stagger: number
}

/** The plan, live broadcasts and emergencies that may sound in [from, to); also without a plan. */
export function programmeOf(store: StoreStage, alerting: Alerting, { from, to, stop }: { from: WallMs; to: WallMs; stop: ActingStop | null }): Programme {
  const [plan, immediate] = [store.plan(), store.immediate()]
  const stagger = plan?.stagger ?? 0
  // a session that is over may have made a later one late: whoever is left out would move what sounds now
  const planned = plan ? slotsOf(plan, wallMs(from - LONGEST_SESSION_MS), wallMs(Math.min(to, plan.to))) : []
  // nothing of the plan sounds beyond its horizon
  const bounded = planned.map((slot) => (plan && slot.end > plan.to ? { ...slot, end: plan.to as WallMs } : slot))
  const slots = withoutStopped([...bounded, ...(immediate ? slotsOfLive(immediate) : []), ...alerting.slots()], stop, stagger)
  return { slots, policies: plan?.policies ?? NO_POLICIES, stagger }
}

/** What a person set at once goes over the plan's, weighed by the hour; an emergency has its own. The installer's limit binds all. */
export function volumeOf({ store, alerting, volumeLimit }: Pick<PlayerDeps, 'store' | 'alerting' | 'volumeLimit'>, { slot }: Piece, now: WallMs): number {
  const plan = store.plan()
  const byTime = volumeAt(plan?.policies[slot.policy], now)
  const ordinary = store.immediate()?.volume ?? Math.round(((plan?.volume ?? 100) * byTime) / 100)
  return Math.min(volumeLimit, alerting.manner(slot.id)?.volume ?? ordinary)
}

/** What the sound chain is to read; null while it is not there. */
export function mediaOf({ store, streams, line }: Pick<PlayerDeps, 'store' | 'streams' | 'line'>, { sound, zero }: Piece): PlayOrder['media'] | null {
  switch (sound.kind) {
    case 'file':
      return store.holds(sound.media) ? mediaName(sound.media) : null
    case 'stream':
      return streams.feed(sound.stream, zero)
    case 'clip':
      return streams.feed(sound.stream, null)
    case 'line':
      return line?.feed(zero) ?? null
    case 'nothing':
      return null
  }
}

/** Sound that travels now, so that nothing else may fill the link. */
export const isLive = ({ sound }: Piece): boolean => sound.kind === 'stream' || sound.kind === 'clip'

/** The amplifier needs this to settle before the first word, and rests this much after the last. */
export const AMPLIFIER_BEFORE_MS = 500
const AMPLIFIER_AFTER_MS = 1_000

/** The amplifier is on around what is ordered, and off otherwise. */
export function holdPower({ amplifier, time }: Pick<PlayerDeps, 'amplifier' | 'time'>, ordered: readonly Piece[], now: WallMs): void {
  const sounding = ordered.filter(({ from }) => from - now <= AMPLIFIER_BEFORE_MS)
  if (sounding.length === 0) return amplifier.off()
  const until = time.monoOf(wallMs(Math.max(...sounding.map(({ to }) => to)) + AMPLIFIER_AFTER_MS))
  if (until !== null) amplifier.on(until)
}
