import { deflateRawSync } from 'node:zlib'
import type { Database } from 'better-sqlite3'
import { civilDayNumber, dateOfDayNumber, dayNumberOf, startOfDayNumber } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { firstDayOf, monthOf } from '../core/report-period.ts'
import { settleSent } from '../core/report-merge.ts'
import { splitDay } from '../core/report-pack.ts'
import { addTallies, tallyDay, type Tally } from '../core/report-tally.ts'
import { packTally, unpackTally, type ReportDatabases } from './report-database.ts'
import { createLinkReader } from './report-links.ts'
import { createDirectory, type Directory } from './report-places.ts'
import { createDayReader, type DayReader } from './report-rows.ts'

export interface Upkeep {
  /** Brings the sums up to what has arrived; answers how many station days were added up anew. */
  sweep(now: number): number
  /** Moves the rows of days that are over by `KEPT_LIVE_DAYS` from the decisions to the archive; answers how many cluster days. */
  pack(now: number): number
}

/** Rows of so many days before today stay where they came in: late evidence mostly comes within. */
export const KEPT_LIVE_DAYS = 3
/** Added up in one go; the archive's next reader waits no longer than that. */
const AT_ONCE = 20
/** Rows leave the decisions so many cluster days at a time: nobody who decides waits longer than some milliseconds. */
const REMOVED_AT_ONCE = 10
/** A change of where clusters stood counts back no further. */
const LOOK_BACK_DAYS = 400

interface StationDay {
  readonly day: number
  readonly station: string
}

export function createUpkeep(databases: ReportDatabases): Upkeep {
  const { archive, decisions } = databases
  const reader = createDayReader(databases)
  const directory = createDirectory(decisions)
  const moved = createMoves(archive)
  const noteHeld = createHeldNotes(databases)
  const packing = createPacking(databases, reader)
  const changes = decisions.prepare<[number], { cluster: string; day: number; n: number }>('SELECT cluster, day, n FROM evidence_change WHERE n > ? ORDER BY n')
  const due = archive.prepare<[number], StationDay>('SELECT day, station FROM report_day WHERE next IS NOT NULL AND next <= ?')
  const put = archive.prepare<[number, string, Uint8Array, number | null]>('INSERT OR REPLACE INTO report_day (day, station, doc, next) VALUES (?, ?, ?, ?)')
  const remove = archive.prepare<[number, string]>('DELETE FROM report_day WHERE day = ? AND station = ?')
  const forgetMonth = archive.prepare<[number, string]>('DELETE FROM report_month WHERE month = ? AND station = ?')
  const mark = archive.prepare<[string], { value: number }>('SELECT value FROM mark WHERE key = ?')
  const setMark = archive.prepare<[string, number]>('INSERT OR REPLACE INTO mark (key, value) VALUES (?, ?)')

  const addUp = ({ day, station }: StationDay, now: number): void => {
    const { places } = directory()
    const slots = places.clustersOf(station, day).flatMap((cluster) => reader.evidence(cluster, day, now))
    const book = places.book(day)
    const { tally, next } = tallyDay(slots, { day, now, isOwn: (owner) => station === '' || book.within(owner, station) })
    if (slots.length === 0) remove.run(day, station)
    else put.run(day, station, packTally(tally), next)
    forgetMonth.run(monthOf(day), station)
  }
  const addUpMany = archive.transaction((some: readonly StationDay[], now: number) => some.forEach((one) => addUp(one, now)))

  return {
    sweep: (now) => {
      noteHeld(now)
      const { places, lines } = directory()
      const changed = changes.all(mark.get('change')?.value ?? 0)
      const dirty = new Map<string, StationDay>()
      const add = (one: StationDay): void => void dirty.set(`${one.day} ${one.station}`, one)
      for (const { cluster, day } of changed) add({ day, station: places.stationOf(lines.headOf(cluster), day) })
      for (const one of due.all(now)) add(one)
      const remembered = moved.since(directory())
      const today = civilDayNumber(wallMs(now))
      for (const { cluster, from, stations } of remembered.moves) {
        for (let day = Math.max(from, today - LOOK_BACK_DAYS); day <= today; day++) for (const station of new Set([...stations, places.stationOf(cluster, day)])) add({ day, station })
      }
      const all = [...dirty.values()]
      for (let i = 0; i < all.length; i += AT_ONCE) addUpMany.immediate(all.slice(i, i + AT_ONCE), now)
      // what came while this was being added up has a higher number and comes next
      const last = changed.at(-1)
      archive.transaction(() => {
        if (last) setMark.run('change', last.n)
        remembered.keep()
      }).immediate()
      makeMonths(archive, today)
      makeLinkMonths(databases, today)
      return all.length
    },
    pack: (now) => packing(civilDayNumber(wallMs(now)) - KEPT_LIVE_DAYS, mark.get('change')?.value ?? 0, now),
  }
}

/** Months that are over are added up once more, so that a year is twelve sums. */
function makeMonths(archive: Database, today: number): void {
  const wanting = archive.prepare<[number, number], { day: number; station: string; doc: Uint8Array }>(
    'SELECT day, station, doc FROM report_day WHERE day >= ? AND day < ? ORDER BY station, day',
  )
  const made = archive.prepare<[number], { station: string }>('SELECT station FROM report_month WHERE month = ?')
  const [first] = archive.prepare<[], { day: number | null }>('SELECT min(day) AS day FROM report_day').all()
  if (first?.day === null || first?.day === undefined) return
  for (let month = monthOf(first.day); month < monthOf(today); month++) {
    const [from, to] = [firstDayOf(month), firstDayOf(month + 1)]
    const stations = archive.prepare<[number, number], { station: string }>('SELECT DISTINCT station FROM report_day WHERE day >= ? AND day < ?').all(from, to)
    const done = new Set(made.all(month).map(({ station }) => station))
    const missing = new Set(stations.map(({ station }) => station).filter((station) => !done.has(station)))
    if (missing.size === 0) continue
    const tallies = new Map<string, Tally[]>()
    for (const { station, doc } of wanting.all(from, to)) {
      if (missing.has(station)) tallies.set(station, [...(tallies.get(station) ?? []), unpackTally(doc)])
    }
    const put = archive.prepare<[number, string, Uint8Array]>('INSERT OR REPLACE INTO report_month (month, station, doc) VALUES (?, ?, ?)')
    archive.transaction(() => tallies.forEach((of, station) => put.run(month, station, packTally(addTallies(of))))).immediate()
  }
}

/** Hours come late by a day at most: then a month of every cluster's link is added up once. */
function makeLinkMonths({ archive, telemetry }: ReportDatabases, today: number): void {
  const month = monthOf(today - 2) - 1
  if (archive.prepare<[number]>('SELECT 1 FROM link_month WHERE month = ?').get(month) !== undefined) return
  const linkOf = createLinkReader(telemetry)
  const clusters = telemetry.prepare<[], { cluster: string }>('SELECT cluster FROM presence ORDER BY cluster').all()
  const doc = Object.fromEntries(clusters.flatMap(({ cluster }) => {
    const link = linkOf.days(cluster, firstDayOf(month), firstDayOf(month + 1) - 1)
    return link ? [[cluster, [link.onlineS, link.goodS, link.fairS, link.poorS, link.dataBytes]] as const] : []
  }))
  archive.prepare<[number, string]>('INSERT OR REPLACE INTO link_month (month, doc) VALUES (?, ?)').run(month, JSON.stringify(doc))
}

interface Moves {
  readonly moves: readonly { readonly cluster: string; readonly from: number; readonly stations: readonly string[] }[]
  keep(): void
}

/** Where a cluster stood; or (`station` null) who took another's place in it. */
type Stand = readonly [what: string, from: string, to: string, station: string | null]

/** A session that began the day before may have been under way. */
function signatureOf({ places, lines }: Directory, cluster: string): string {
  const turns = lines.tenures(cluster).filter(({ from }) => Number.isFinite(from)).map((box): Stand => [box.cluster, dateOfDayNumber(civilDayNumber(wallMs(box.from)) - 1), '', null])
  return turns.length === 0 ? places.signature(cluster) : JSON.stringify([...(JSON.parse(places.signature(cluster)) as Stand[]), ...turns])
}

/** Clusters whose place was changed, also in the past: both stations are added up anew. So are the days since a box took another's place. */
function createMoves(archive: Database): { since(directory: Directory): Moves } {
  const stored = archive.prepare<[], { cluster: string; signature: string }>('SELECT cluster, signature FROM place')
  const put = archive.prepare<[string, string]>('INSERT OR REPLACE INTO place (cluster, signature) VALUES (?, ?)')
  const drop = archive.prepare<[string]>('DELETE FROM place WHERE cluster = ?')
  let known: Map<string, string> | null = null
  return {
    since: (directory) => {
      const before = (known ??= new Map(stored.all().map(({ cluster, signature }) => [cluster, signature])))
      const boxesOf = (cluster: string): string[] => directory.lines.tenures(cluster).map((box) => box.cluster)
      const changed = directory.clusters.map((cluster) => ({ cluster, now: signatureOf(directory, cluster) })).filter(({ cluster, now }) => now !== before.get(cluster))
      const moves = changed.flatMap(({ cluster, now }) => {
        const [own = [], ...others] = boxesOf(cluster).map((box) => JSON.parse(before.get(box) ?? '[]') as Stand[])
        const [old, young] = [[own, ...others].flat(), JSON.parse(now) as Stand[]]
        if (old.length === 0) return []
        // a box that stood somewhere before it took another's place was counted there as a cluster of its own
        const counted = others.flat().length > 0 ? own : []
        const differing = [...old, ...young].filter((one) => ![old, young].every((list) => list.some((other) => JSON.stringify(other) === JSON.stringify(one))))
        const dates = [...differing, ...counted].flatMap(([, from, to]) => [from, to]).filter((date) => date !== '')
        const from = dates.length === 0 ? 0 : Math.min(...dates.map((date) => dayNumberOf(date)))
        return [{ cluster, from, stations: old.flatMap(([, , , station]) => station ?? []) }]
      })
      return {
        moves,
        keep: () => changed.forEach(({ cluster, now }) => {
          for (const box of boxesOf(cluster).filter((one) => one !== cluster && before.delete(one))) drop.run(box)
          put.run(cluster, now)
          before.set(cluster, now)
        }),
      }
    },
  }
}

/** Notes when clusters said that they follow a newer plan. */
function createHeldNotes({ archive, telemetry }: ReportDatabases): (now: number) => void {
  const presence = telemetry.prepare<[], { cluster: string; plan_rev: number }>('SELECT cluster, plan_rev FROM presence')
  const newest = archive.prepare<[], { cluster: string; rev: number }>('SELECT cluster, max(rev) AS rev FROM held GROUP BY cluster')
  const put = archive.prepare<[string, number, number]>('INSERT OR IGNORE INTO held (cluster, rev, at) VALUES (?, ?, ?)')
  let known: Map<string, number> | null = null
  return (now) => {
    const before = (known ??= new Map(newest.all().map(({ cluster, rev }) => [cluster, rev])))
    const news = presence.all().filter(({ cluster, plan_rev }) => plan_rev > (before.get(cluster) ?? 0))
    if (news.length === 0) return
    archive.transaction(() => news.forEach(({ cluster, plan_rev }) => put.run(cluster, plan_rev, Math.floor(now)))).immediate()
    for (const { cluster, plan_rev } of news) before.set(cluster, plan_rev)
  }
}

/** Packs what lies before `horizon` and has been added up to change `upTo`. */
function createPacking({ decisions, archive }: ReportDatabases, reader: DayReader): (horizon: number, upTo: number, now: number) => number {
  const ripe = decisions.prepare<[number, number], { cluster: string; day: number }>('SELECT cluster, day FROM evidence_change WHERE day < ? AND n <= ? ORDER BY day, cluster')
  const put = archive.prepare<[number, string, Uint8Array]>('INSERT OR REPLACE INTO pack (day, cluster, packed) VALUES (?, ?, ?)')
  const dropPlanned = decisions.prepare<[string, string]>('DELETE FROM evidence_planned WHERE slot = ? AND cluster = ?')
  const dropRow = decisions.prepare<[string, string, number]>('DELETE FROM evidence_row WHERE cluster = ? AND log = ? AND n = ?')
  const dropRung = decisions.prepare<[string, number]>('DELETE FROM evidence_rung WHERE cluster = ? AND day = ?')
  const dropChange = decisions.prepare<[string, number, number]>('DELETE FROM evidence_change WHERE cluster = ? AND day = ? AND n <= ?')
  const forgetHeld = archive.prepare<[{ before: number }]>('DELETE FROM held WHERE at < @before AND rev < (SELECT max(rev) FROM held AS newer WHERE newer.cluster = held.cluster AND newer.at < @before)')

  const write = archive.transaction((some: readonly { cluster: string; day: number }[], now: number) =>
    some.map(({ cluster, day }) => {
      const { whole, live } = reader.withLive(cluster, day)
      const noted = reader.heldPlans(cluster)
      // a cluster that never said anything had confirmed nothing
      const held = noted.length > 0 ? noted : [{ rev: 0, at: 0 }]
      const split = splitDay({ ...whole, planned: whole.planned.map((slot) => settleSent(slot, held, now)) })
      put.run(day, cluster, deflateRawSync(split.pack(split.layouts.map(reader.layouts.numberOf))))
      return { cluster, day, live }
    }))
  const drop = decisions.transaction((some: ReturnType<typeof write>, upTo: number) => {
    for (const { cluster, day, live } of some) {
      for (const { slot } of live.planned) dropPlanned.run(slot, cluster)
      for (const { log, n } of live.rows) dropRow.run(cluster, log, n)
      dropRung.run(cluster, day)
      dropChange.run(cluster, day, upTo)
    }
  })
  return (horizon, upTo, now) => {
    const all = ripe.all(horizon, upTo)
    for (let i = 0; i < all.length; i += 10 * REMOVED_AT_ONCE) {
      const written = write.immediate(all.slice(i, i + 10 * REMOVED_AT_ONCE), now)
      for (let j = 0; j < written.length; j += REMOVED_AT_ONCE) drop.immediate(written.slice(j, j + REMOVED_AT_ONCE), upTo)
    }
    if (all.length > 0) forgetHeld.run({ before: startOfDayNumber(horizon - 1) })
    return all.length
  }
}
