import { isBesideAlarm } from './alarm-ear.ts'
import type { Bench, Ear } from './checker.ts'
import { datedOf, toleranceOf } from './ear.ts'
import { firstClosed, isContested, nextEnd, slotsBetween, type ReadPlan, type ReadSlot } from './plan-reading.ts'
import { both, without, type Stretch } from './spans.ts'

/** Judged this long after its end, when the last sound of it has been told. */
const JUDGED_AFTER_MS = 5_000
/** A condition that comes true in the middle of a slot has this long to show. */
const SETTLES_MS = 8_000
/** Shorter obligations are not looked at. */
const WORTH_MS = 2_000

/** Looks at what was due when the next planned sound has ended. */
export function armDue(bench: Bench, ear: Ear): void {
  const { world } = bench.options
  ear.armed()
  const plan = ear.plan.value
  if (!plan) return
  ear.armed = world.at(nextEnd(plan, ear.checkedUntil) + JUDGED_AFTER_MS, () => {
    const until = world.now() - JUDGED_AFTER_MS
    const current = ear.plan.value
    if (current) {
      for (const slot of slotsBetween(current, ear.checkedUntil - 1, until + 1)) if (slot.end > ear.checkedUntil && slot.end <= until) judge(bench, ear, current, slot)
    }
    ear.checkedUntil = until
    armDue(bench, ear)
  })
}

/** Where `holds` was true for long enough that it must have shown. */
const settled = (stretches: readonly Stretch[], slot: ReadSlot): Stretch[] =>
  stretches.flatMap(({ from, to }) => (from < slot.start - SETTLES_MS ? [{ from: Math.max(from, slot.start), to }] : [{ from: from + SETTLES_MS, to }])).filter((s) => s.to > s.from)

function judge(bench: Bench, ear: Ear, plan: ReadPlan, slot: ReadSlot): void {
  if (isContested(plan, slot)) return bench.count('contested slots')
  if (isBesideAlarm(ear, slot)) return bench.count('slots beside an emergency')
  const [from, to] = [slot.start - 2 * SETTLES_MS, slot.end]
  const has = (p: ReadPlan | null): boolean => p !== null && (p === plan || slotsBetween(p, slot.start, slot.end).some((s) => s.id === slot.id && s.sha === slot.sha && s.start === slot.start && s.end === slot.end) && !isContested(p, slot))
  const hours = bench.options.hoursOf(slot.session, ear.id)
  const closed = hours ? firstClosed(hours, datedOf(plan, slot), slot.start, slot.end) : slot.start
  let due: Stretch[] = [{ from: slot.start, to: closed ?? slot.end }]
  for (const condition of [ear.up.where(from, to, Boolean), ear.trusted.where(from, to, Boolean), ear.plan.where(from, to, has), ear.holding(slot.sha).where(from, to, Boolean)])
    due = both(due, settled(condition, slot))
  // earlier plans may have held another pause
  due = without(due, pausesOf(ear, slot))
  due = both(due, settled(ear.now.where(from, to, (now) => !now?.mute), slot))
  due = without(due, ear.now.where(from, to, (now) => now?.stop !== undefined && now.stop !== null && now.stop >= slot.sessionStart).map((s) => ({ from: s.from, to: Infinity })))
  for (const stretch of due) if (stretch.to - stretch.from >= WORTH_MS) demand(bench, ear, slot, stretch)
}

/** A pause that stood in any plan of that time silences the slot from its begin on. */
function pausesOf(ear: Ear, slot: ReadSlot): Stretch[] {
  const out: Stretch[] = []
  ear.plan.where(slot.start - SETTLES_MS, slot.end, (plan) => {
    if (plan) for (const pause of datedOf(plan, slot).pauses) if (pause.from < slot.end && pause.to > slot.start) out.push({ from: pause.from - 2_000, to: Infinity })
    return false
  })
  return out
}

/** [from, to) must have been filled with this slot's sound. */
function demand(bench: Bench, ear: Ear, slot: ReadSlot, due: Stretch): void {
  bench.count('stretches due')
  const whole = due.from === slot.start
  const mine = ear.heard.slice(-60).filter((h) => h.sha === slot.sha && (h.to ?? Infinity) > due.from - 2_500 && h.from < due.to)
  const tolMs = Math.max(toleranceOf(ear), ...mine.map((h) => h.tolMs))
  const allowed = { from: due.from + tolMs, to: due.to - tolMs - 100 }
  const silent = without([allowed], mine.map((h) => ({ from: h.from, to: h.to ?? Infinity }))).filter((s) => s.to - s.from > 300)
  const gap = silent[0]
  if (gap) return bench.fail(ear, `${slot.id} was due and held, and ${((gap.to - gap.from) / 1000).toFixed(1)} s of it were silent from second ${((gap.from - slot.start) / 1000).toFixed(1)} on`)
  if (whole) bench.count('slots sounded from their start')
  const first = mine.find((h) => h.slot?.id === slot.id)
  if (whole && first) {
    const late = first.from - slot.start
    bench.counts['largest start error, ms'] = Math.max(bench.counts['largest start error, ms'] ?? 0, Math.round(Math.abs(late)))
    const online = ear.online.value && ear.online.since < slot.start - 900_000
    if (online && first.tolMs < 100) bench.counts['largest start error online, ms'] = Math.max(bench.counts['largest start error online, ms'] ?? 0, Math.round(Math.abs(late)))
    if (online && first.tolMs < 100 && Math.abs(late) > 100) bench.fail(ear, `${slot.id} began ${late.toFixed(0)} ms off its time although the box was online`)
  }
}
