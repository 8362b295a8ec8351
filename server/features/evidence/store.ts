import type { Database } from 'better-sqlite3'
import { civilDayNumber } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import type { EvidenceRow } from '../../../shared/protocol/messages/evidence.ts'
import { plannedOf, storedOf, type PlannedRow, type StoredRow } from '../../core/evidence-row.ts'
import { reportDayOf } from '../../core/report-nature.ts'
import type { EvidenceStore, PlannedSlot, PlannedStore } from '../../core/stores.ts'
import { createNatures } from './natures.ts'
import { noteChanges } from './changes.ts'

const dayOf = (at: number): number => civilDayNumber(wallMs(at))
/** A slot is counted under the day of its due, or under one of the two before. */
const firstDay = (due: number): number => dayOf(due) - 2

const INSERT_PLANNED = `INSERT INTO evidence_planned (slot, cluster, session, occurrence, due, end, item, media, stream, plan_rev, nature, day)
  VALUES (@slot, @cluster, @session, @occurrence, @due, @end, @item, @media, @stream, @planRev, @nature, @day)
  ON CONFLICT (slot, cluster) DO UPDATE SET session = excluded.session, occurrence = excluded.occurrence, due = excluded.due, end = excluded.end,
    item = excluded.item, media = excluded.media, stream = excluded.stream, plan_rev = excluded.plan_rev, nature = excluded.nature, day = excluded.day
  WHERE excluded.plan_rev > plan_rev AND (due, end, item, media, stream) IS NOT (excluded.due, excluded.end, excluded.item, excluded.media, excluded.stream)`

/** What each cluster was to sound: the lowest rung of the evidence. */
export function createPlannedStore(db: Database): PlannedStore {
  const insert = db.prepare<[Record<string, unknown>]>(INSERT_PLANNED)
  const natureOf = createNatures(db)
  const changed = noteChanges(db)
  const between = db.prepare<[number, number], PlannedRow>('SELECT * FROM evidence_planned WHERE due >= ? AND due < ? ORDER BY due, cluster, slot')
  const betweenOf = db.prepare<[string, number, number, number, number], PlannedRow>('SELECT * FROM evidence_planned WHERE cluster = ? AND day >= ? AND day <= ? AND due >= ? AND due < ? ORDER BY due, slot')
  const one = db.prepare<[string, string], PlannedRow>('SELECT * FROM evidence_planned WHERE slot = ? AND cluster = ?')
  const insertMany = db.transaction((rows: readonly PlannedSlot[]) => {
    const natures = natureOf()
    for (const { sent: _, ...row } of rows) insert.run({ ...row, nature: JSON.stringify(natures(row)), day: reportDayOf(row.slot, row.due) })
    changed(rows)
  })
  return {
    insertMany: (rows) => void insertMany.immediate(rows),
    between: (from, to, cluster) => (cluster === undefined ? between.all(from, to) : betweenOf.all(cluster, firstDay(from), dayOf(to), from, to)).map(plannedOf),
    one(slot, cluster) {
      const row = one.get(slot, cluster)
      return row ? plannedOf(row) : null
    },
  }
}

const INSERT_ROW = `INSERT INTO evidence_row (cluster, log, n, slot, due, end, began, ms, level, underruns, clock, radio, why, via, lost, heard, received_at, day)
  VALUES (@cluster, @log, @n, @slot, @due, @end, @began, @ms, @level, @underruns, @clock, @radio, @why, @via, @lost, @heard, @at, @day) ON CONFLICT (cluster, log, n) DO NOTHING`

const valuesOf = (row: EvidenceRow): Record<string, unknown> => ({
  ...row,
  began: row.began ?? null,
  level: row.level ?? null,
  clock: row.clock ?? null,
  radio: row.radio ? JSON.stringify(row.radio) : null,
  why: row.why ?? null,
  via: row.via ?? null,
  lost: row.lost ?? null,
  heard: row.heard ? JSON.stringify(row.heard) : null,
})

/** What clusters say they sounded, each row once however often it was sent. */
export function createEvidenceStore(db: Database): EvidenceStore {
  const insert = db.prepare<[Record<string, unknown>]>(INSERT_ROW)
  const changed = noteChanges(db)
  const upTo = db.prepare<[string, string], { up_to: number }>('SELECT up_to FROM evidence_log WHERE cluster = ? AND log = ?')
  const setUpTo = db.prepare<[string, string, number]>(
    'INSERT INTO evidence_log (cluster, log, up_to) VALUES (?, ?, ?) ON CONFLICT (cluster, log) DO UPDATE SET up_to = excluded.up_to',
  )
  const after = db.prepare<[string, string, number], { n: number }>('SELECT n FROM evidence_row WHERE cluster = ? AND log = ? AND n > ? ORDER BY n')
  const between = db.prepare<[number, number], StoredRow>('SELECT * FROM evidence_row WHERE due >= ? AND due < ? ORDER BY due, cluster, n')
  const betweenOf = db.prepare<[string, number, number, number, number], StoredRow>('SELECT * FROM evidence_row WHERE cluster = ? AND day >= ? AND day <= ? AND due >= ? AND due < ? ORDER BY due, n')

  const heard = db.prepare<[], ReturnType<EvidenceStore['heard']>[number]>("SELECT cluster, due, heard ->> '$.verdict' AS verdict FROM evidence_row WHERE heard IS NOT NULL ORDER BY due, n")

  const upToOf = (cluster: string, log: string): number => upTo.get(cluster, log)?.up_to ?? 0

  const store = db.transaction((cluster: string, log: string, rows: readonly EvidenceRow[], options: { at: number; oldestHeld?: number }) => {
    for (const row of rows) insert.run({ ...valuesOf(row), cluster, log, at: options.at, day: reportDayOf(row.slot, row.due) })
    changed(rows.map(({ slot, due }) => ({ cluster, slot, due })))
    const before = upToOf(cluster, log)
    let last = Math.max(before, (options.oldestHeld ?? 1) - 1)
    for (const { n } of after.iterate(cluster, log, last)) {
      if (n !== last + 1) break
      last = n
    }
    if (last !== before) setUpTo.run(cluster, log, last)
    return last
  })

  return {
    insertRows: (cluster, log, rows, options) => store.immediate(cluster, log, rows, options),
    upTo: upToOf,
    heard: () => heard.all(),
    between: (from, to, cluster) => (cluster === undefined ? between.all(from, to) : betweenOf.all(cluster, firstDay(from), dayOf(to), from, to)).map(storedOf),
  }
}
