import { inflateRawSync } from 'node:zlib'
import { startOfDayNumber } from '../../shared/core/civil.ts'
import type { SlotEvidence } from '../core/evidence-report.ts'
import { plannedOf, storedOf, type PlannedRow, type StoredRow } from '../core/evidence-row.ts'
import { evidenceOfDay, joinBoxes, mergeDays, type HeldPlans } from '../core/report-merge.ts'
import { joinDay, type ClusterDay } from '../core/report-pack.ts'
import type { RungNote } from '../core/report-store.ts'
import { createLayouts, type Layouts, type ReportDatabases } from './report-database.ts'
import { createLineReader } from './report-places.ts'

export interface DayReader {
  readonly layouts: Layouts
  /** What is known of a box's civil day, late rows beside what was packed; and what of it is not packed. */
  withLive(cluster: string, day: number): { readonly live: ClusterDay; readonly whole: ClusterDay }
  /** What came of a place's day, under its box of today. `revs`: the newest plans that boxes said they follow, where that is known better than from their last states on the disk. */
  evidence(cluster: string, day: number, now: number, revs?: ReadonlyMap<string, number>): SlotEvidence[]
  heldPlans(cluster: string): HeldPlans
}

/** A session is counted under the day on which it began, and may last into the next. */
const DAYS_OF_A_DAY = 2

export function createDayReader({ decisions, telemetry, archive }: ReportDatabases): DayReader {
  const layouts = createLayouts(archive)
  const linesNow = createLineReader(decisions)
  const planned = decisions.prepare<[string, number], Omit<PlannedRow, 'cluster'>>(
    'SELECT slot, session, occurrence, due, end, item, media, stream, plan_rev, nature FROM evidence_planned WHERE cluster = ? AND day = ? ORDER BY due, slot',
  )
  const stored = decisions.prepare<[string, number], StoredRow>('SELECT * FROM evidence_row WHERE cluster = ? AND day = ? ORDER BY due, log, n')
  const noted = decisions.prepare<[string, number], Omit<RungNote, 'cluster'>>('SELECT slot, rung, at, actor, note FROM evidence_rung WHERE cluster = ? AND day = ? ORDER BY slot, rung')
  const packed = archive.prepare<[number, string], { packed: Buffer }>('SELECT packed FROM pack WHERE day = ? AND cluster = ?')
  const held = archive.prepare<[string], { rev: number; at: number }>('SELECT rev, at FROM held WHERE cluster = ? ORDER BY rev')
  const presence = telemetry.prepare<[string], { plan_rev: number }>('SELECT plan_rev FROM presence WHERE cluster = ?')

  const live = (cluster: string, number: number): ClusterDay => ({
    cluster,
    planned: planned.all(cluster, number).map((row) => plannedOf({ ...row, cluster })),
    rows: stored.all(cluster, number).map((row) => storedOf(row)),
    rungs: noted.all(cluster, number).map((note) => ({ ...note, cluster })),
  })
  const withLive = (cluster: string, number: number): { readonly live: ClusterDay; readonly whole: ClusterDay } => {
    // first what is live: a day that is being packed meanwhile is then seen twice, never not at all
    const fresh = live(cluster, number)
    const found = packed.get(number, cluster)
    return { live: fresh, whole: mergeDays(found ? joinDay(cluster, inflateRawSync(found.packed), layouts.of) : null, fresh) }
  }
  const heldPlans = (cluster: string): HeldPlans => held.all(cluster)
  const evidence: DayReader['evidence'] = (cluster, number, now, revs) => {
    const reportedRev = (box: string): number => revs?.get(box) ?? presence.get(box)?.plan_rev ?? 0
    const lines = linesNow()
    const tenures = lines.tenures(cluster)
    const day = tenures.length === 1 ? withLive(cluster, number).whole : joinBoxes(
      lines.headOf(cluster),
      tenures.filter(({ from, until }) => until > startOfDayNumber(number) && from < startOfDayNumber(number + DAYS_OF_A_DAY)).reverse()
        .map((tenure) => ({ tenure, day: withLive(tenure.cluster, number).whole, held: heldPlans(tenure.cluster), reportedRev: reportedRev(tenure.cluster) })),
      now,
    )
    return evidenceOfDay(day, { now, held: heldPlans(cluster), reportedRev: reportedRev(cluster) })
  }
  return { layouts, withLive, heldPlans, evidence }
}
