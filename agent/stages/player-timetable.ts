import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { PolicyBook } from '../../shared/core/policy.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { prepareTimeline, timelineIn, type Segment } from '../../shared/core/timeline.ts'
import { slotsOfLive } from '../../shared/protocol/messages/orders.ts'
import { slotsOf } from '../../shared/protocol/messages/plan.ts'
import type { Alerting } from '../core/alerting.ts'
import { actingStop, withoutStopped, type ActingStop } from '../core/stop.ts'
import type { StoreStage } from './store.ts'

/** The timeline is computed for this much around now, and again before it runs out. */
const BACK_MS = 3_600_000
const AHEAD_MS = 6 * 3_600_000
const RECOMPUTE_MS = 3_600_000
const LONGEST_SESSION_MS = 86_400_000
const NO_POLICIES: PolicyBook = {}

/** What the timeline of this box is made of. */
interface Programme {
  readonly slots: readonly Slot[]
  readonly policies: PolicyBook
  readonly stagger: number
}

/** The plan, live broadcasts and emergencies that may sound in [from, to); also without a plan. */
function programmeOf(store: StoreStage, alerting: Alerting, { from, to, stop }: { from: WallMs; to: WallMs; stop: ActingStop | null }): Programme {
  const [plan, immediate] = [store.plan(), store.immediate()]
  const stagger = plan?.stagger ?? 0
  // a session that is over may have made a later one late: whoever is left out would move what sounds now
  const planned = plan ? slotsOf(plan, wallMs(from - LONGEST_SESSION_MS), wallMs(Math.min(to, plan.to))) : []
  // nothing of the plan sounds beyond its horizon
  const bounded = planned.map((slot) => (plan && slot.end > plan.to ? { ...slot, end: plan.to as WallMs } : slot))
  const slots = withoutStopped([...bounded, ...(immediate ? slotsOfLive(immediate) : []), ...alerting.slots()], stop, stagger)
  return { slots, policies: plan?.policies ?? NO_POLICIES, stagger }
}

/** What this box is to sound, computed again when anything that it hangs on has changed. */
export function createTimetable({ store, alerting }: { readonly store: StoreStage; readonly alerting: Alerting }) {
  let segments: readonly Segment[] = []
  let slots: readonly Slot[] = []
  let stagger = 0
  let stop: ActingStop | null = null
  let computed: { at: number; plan: unknown; now: unknown; alerts: unknown } | null = null
  return {
    segments: () => segments,
    slots: () => slots,
    stagger: () => stagger,
    look: (now: WallMs): void => {
      const [plan, immediate, alerts] = [store.plan(), store.immediate(), alerting.slots()]
      const same = computed?.plan === plan && computed.now === immediate && computed.alerts === alerts
      if (computed && same && Math.abs(now - computed.at) < RECOMPUTE_MS) return
      computed = { at: now, plan, now: immediate, alerts }
      stop = actingStop(stop, immediate?.stop, now)
      const [from, to] = [wallMs(now - BACK_MS), wallMs(now + AHEAD_MS)]
      const programme = programmeOf(store, alerting, { from, to, stop })
      stagger = programme.stagger
      const view = { staggerIndex: stagger, stoppedAt: stop?.from ?? null, muted: immediate?.mute ?? false }
      segments = timelineIn(prepareTimeline(programme.slots, programme.policies, view), from, to)
      slots = programme.slots.filter((slot) => slot.end + slot.staggerMs * stagger > from)
    },
  }
}
