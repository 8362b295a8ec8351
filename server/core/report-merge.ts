import { speaksAt, type Tenure } from './cluster-line.ts'
import { reportOf, REPORT_GRACE_MS, type SlotEvidence } from './evidence-report.ts'
import type { ClusterDay } from './report-pack.ts'
import type { PlannedSlot } from './stores.ts'

/** One day of one cluster from its live rows and from what was packed before: what arrived late belongs to it. */
export function mergeDays(packed: ClusterDay | null, live: ClusterDay): ClusterDay {
  if (!packed) return live
  const planned = new Map([...packed.planned, ...live.planned].map((slot) => [slot.slot, slot]))
  const rows = new Map([...packed.rows, ...live.rows].map((row) => [`${row.log} ${row.n}`, row]))
  const rungs = new Map([...packed.rungs, ...live.rungs].map((note) => [`${note.rung} ${note.slot}`, note]))
  return { cluster: live.cluster, planned: [...planned.values()], rows: [...rows.values()], rungs: [...rungs.values()] }
}

/** When a cluster first said that it follows a plan, oldest first. */
export type HeldPlans = readonly { readonly rev: number; readonly at: number }[]

/** Whether the cluster had confirmed the plan before the slot was over: settled once, whatever it confirms later. Open where nothing was ever noted of it. */
export function settleSent(slot: PlannedSlot, held: HeldPlans, now: number): PlannedSlot {
  const over = slot.end + REPORT_GRACE_MS
  if (slot.sent !== undefined || over > now || held.length === 0) return slot
  return { ...slot, sent: slot.planRev === 0 || held.some(({ rev, at }) => rev >= slot.planRev && at <= over) }
}

/** What one box of a place said of a day. */
export interface BoxDay extends Pick<DayKnowledge, 'held' | 'reportedRev'> {
  readonly tenure: Tenure
  readonly day: ClusterDay
}

/**
 * The day of a place from those of its boxes, the first box first. What began under one box and ended under the next is one
 * slot, with what each of them sounded in its own time: the sums are those of a box that was never replaced.
 */
export function joinBoxes(place: string, boxes: readonly BoxDay[], now: number): ClusterDay {
  const planned = new Map<string, PlannedSlot>()
  for (const { tenure, day, held, reportedRev } of boxes) {
    // an occurrence that was under way when the box was replaced stays planned to its end
    for (const slot of day.planned.filter((one) => one.occurrence < tenure.until && one.end > tenure.from && !planned.has(one.slot))) {
      const settled = settleSent(slot, held, now)
      planned.set(slot.slot, { ...settled, cluster: place, sent: settled.sent ?? reportedRev >= slot.planRev })
    }
  }
  return {
    cluster: place,
    planned: [...planned.values()],
    rows: boxes.flatMap(({ tenure, day }) => day.rows.filter((row) => speaksAt(tenure, row.began ?? row.due)).map((row) => ({ ...row, cluster: place }))),
    rungs: boxes.flatMap(({ day }) => day.rungs.map((note) => ({ ...note, cluster: place }))),
  }
}

export interface DayKnowledge {
  readonly now: number
  readonly held: HeldPlans
  /** The newest plan that the cluster said it follows; 0 = none. */
  readonly reportedRev: number
}

/** What came of one day of one cluster; `planned` of the day settled. */
export function evidenceOfDay(day: ClusterDay, { now, held, reportedRev }: DayKnowledge): SlotEvidence[] {
  const noted = new Map<string, 'heard' | 'confirmed'>()
  for (const { slot, rung } of day.rungs) if (noted.get(slot) !== 'confirmed') noted.set(slot, rung)
  return reportOf(day.planned.map((slot) => settleSent(slot, held, now)), day.rows, {
    now: now as Parameters<typeof reportOf>[2]['now'],
    reportedRev: () => reportedRev,
    noted: (_cluster, slot) => noted.get(slot) ?? null,
  })
}
