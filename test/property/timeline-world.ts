import fc from 'fast-check'
import { startOfDayNumber, dateOfDayNumber } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { DatedSpan, DaySpan, Policy, PolicyBook } from '../../shared/core/policy.ts'
import { RESUME_RULES, SLOT_CLASSES, type ClusterView, type Slot } from '../../shared/core/slot.ts'

/** A midnight: worlds lie around it, so that every daily span can cross the change of the date. */
const DAY = 20_780
export const MIDNIGHT: WallMs = startOfDayNumber(DAY)
export const second = (s: number): WallMs => wallMs(MIDNIGHT + s * 1000)
/** Every instant of a world lies within. */
export const FROM = second(-120)
export const TO = second(400)

export interface World {
  readonly slots: readonly Slot[]
  readonly book: PolicyBook
  readonly cluster: ClusterView
}

const ofDay = fc.integer({ min: -100, max: 160 }).map((s) => (s + 86_400) % 86_400)
const daySpan: fc.Arbitrary<DaySpan> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ from: ofDay, to: ofDay }) },
  { weight: 1, arbitrary: fc.constant({ from: 0, to: 86_400 }) },
)
const datedSpan: fc.Arbitrary<DatedSpan> = fc
  .record({ at: fc.integer({ min: -100, max: 150 }), length: fc.integer({ min: 1, max: 60 }) })
  .map(({ at, length }) => ({ from: second(at), to: second(at + length), reason: 'đám tang' }))

export const policy: fc.Arbitrary<Policy> = fc.record({
  label: fc.constant('thử'),
  windows: fc.oneof(fc.constant<DaySpan[]>([{ from: 0, to: 86_400 }]), fc.array(daySpan, { maxLength: 2 })),
  quiet: fc.oneof(fc.constant<DaySpan[]>([]), fc.array(daySpan, { maxLength: 2 })),
  warn: fc.constant<DaySpan[]>([]),
  openings: fc.array(datedSpan, { maxLength: 2 }),
  pauses: fc.oneof(fc.constant<DatedSpan[]>([]), fc.array(datedSpan, { maxLength: 2 })),
  mourning: fc.subarray([dateOfDayNumber(DAY - 1), dateOfDayNumber(DAY), 'no date'], { maxLength: 1 }),
  volume: fc.constant<Policy['volume']>([]),
})

export const OPEN_POLICY: Policy = {
  label: 'mở',
  windows: [{ from: 0, to: 86_400 }],
  quiet: [],
  warn: [],
  openings: [],
  pauses: [],
  mourning: [],
  volume: [],
}

const slot = (policies: readonly string[], classes: readonly Slot['class'][]): fc.Arbitrary<Omit<Slot, 'id'>> =>
  fc
    .record({
      session: fc.constantFrom('s1', 's2', 's3'),
      class: fc.constantFrom(...classes),
      // half of them on a coarse grid, so that many fall due together
      at: fc.oneof(fc.integer({ min: -100, max: 120 }), fc.integer({ min: -3, max: 3 }).map((n) => n * 30)),
      spanSeconds: fc.integer({ min: 1, max: 120 }),
      sessionBeforeSeconds: fc.constantFrom(0, 0, 10, 40),
      // the long ones outlast the turn that a voice has while others wait
      lengthMs: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 60 }) }, { weight: 1, arbitrary: fc.integer({ min: 90, max: 150 }) }).map((s) => s * 1000),
      source: fc.constantFrom<Slot['source']>({ kind: 'file', media: 'm' }, { kind: 'stream', stream: 'vov', substitute: null }),
      resume: fc.constantFrom(...RESUME_RULES),
      policy: fc.constantFrom(...policies),
      music: fc.boolean(),
      order: fc.integer({ min: 0, max: 2 }),
      staggerMs: fc.constantFrom(0, 0, 5000),
      issuedAt: fc.integer({ min: 0, max: 3 }).map(wallMs),
      danger: fc.integer({ min: 0, max: 2 }),
      repeats: fc.constantFrom(undefined, undefined, 1, 2, 5),
      authority: fc.integer({ min: 0, max: 2 }),
    })
    .map(({ at, spanSeconds, sessionBeforeSeconds, repeats, ...rest }) => ({ ...rest, ...(repeats === undefined ? {} : { repeats }), start: second(at), sessionStart: second(at - sessionBeforeSeconds), end: second(at + spanSeconds) }))

interface WorldOptions {
  readonly maxSlots?: number
  readonly classes?: readonly Slot['class'][]
  /** Without policies of chance and orders to the cluster. */
  readonly open?: boolean
}

/** Small crowded worlds whose instants are whole seconds: collisions are the rule. */
export function worlds(options: WorldOptions = {}): fc.Arbitrary<World> {
  const { maxSlots = 7, classes = SLOT_CLASSES, open = false } = options
  const names = open ? ['open'] : ['open', 'day', 'day', 'other', 'missing']
  const view = { staggerIndex: fc.integer({ min: 0, max: 2 }), stoppedAt: fc.constant(null), muted: fc.constant(false) }
  const cluster: fc.Arbitrary<ClusterView> = open
    ? fc.record(view)
    : fc.record({
        ...view,
        stoppedAt: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.integer({ min: -60, max: 100 }).map(second) }),
        muted: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      })
  return fc.record({
    slots: fc.array(slot(names, classes), { maxLength: maxSlots }).map((list) => list.map((each, i) => ({ ...each, id: `i${i}` }))),
    book: fc.record({ open: fc.constant(OPEN_POLICY), day: policy, other: policy }),
    cluster,
  })
}

/** Planned start, its session's start and hard end of a slot on this cluster, wall ms. */
export function planned(slot: Slot, cluster: ClusterView): { start: number; sessionStart: number; end: number } {
  const shiftMs = slot.class === 'emergency' || slot.class === 'live' ? 0 : slot.staggerMs * cluster.staggerIndex
  return { start: slot.start + shiftMs, sessionStart: (slot.sessionStart ?? slot.start) + shiftMs, end: slot.end + shiftMs }
}

export const allSeconds = (): number[] => Array.from({ length: (TO - FROM) / 1000 }, (_, i) => FROM + i * 1000)
