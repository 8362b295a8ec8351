import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openReportDatabases } from '../../server/adapters/report-database.ts'
import { createReportReading } from '../../server/adapters/report-reading.ts'
import { createUpkeep } from '../../server/adapters/report-upkeep.ts'
import type { Report } from '../../server/core/report-model.ts'
import { periodOf } from '../../server/core/report-period.ts'
import { SOURCE_WORDS } from '../../server/core/report-words.ts'
import { SHORTFALL_TEXT } from '../../server/core/shortfall-text.ts'
import { addTallies, tallyDay } from '../../server/core/report-tally.ts'
import { differences } from '../../scripts/province/compare.ts'
import { readSums } from '../../scripts/province/measure.ts'
import { playProvince, type PlayedProvince } from '../../scripts/province/play.ts'
import { addSums, noSums, type TruthSums } from '../../scripts/province/truth.ts'
import { dayNumberOf } from '../../shared/core/civil.ts'

const FIRST = dayNumberOf('2026-11-20')
const seed = `province ${Math.floor(Math.random() * 1e6)}`
const folder = join(t.testdir(), 'station')
let played: PlayedProvince

const truthOf = (which: (day: string, commune: string) => boolean): TruthSums => {
  const all = noSums()
  for (const [key, sums] of played.truth) {
    const [day = '', commune = ''] = key.split(' ')
    if (which(day, commune)) addSums(all, sums)
  }
  return all
}
const figures = (report: Report, section: string): (string | number | null)[][] => report.sections.find(({ id }) => id === section)?.rows.map((row) => row.map(({ value }) => value)) ?? []
const minutes = (ms: number): number => Math.round(ms / 6_000) / 10
const shared = (part: number, whole: number): number | null => (whole === 0 ? null : Math.round((10_000 * part) / whole) / 10_000)

t.before(() => {
  t.comment(`seed ${seed}`)
  played = playProvince({ folder, truthBy: 'day', size: { seed, communes: 5, clusters: 60, firstDay: FIRST, days: 3 } })
})
t.teardown(() => played.close())

t.test('what the station adds up is what really happened, to the last millisecond', async (t) => {
  t.equal(played.dropped.size, 0)
  t.ok(played.messages > 300)
  t.same(differences(truthOf(() => true), readSums(folder)), [])
})

t.test('every figure of every report equals the count of what was made up, for each commune and the province, by day, month, quarter and year', async (t) => {
  const databases = openReportDatabases(folder, 'read')
  const reading = createReportReading(databases)
  const areas = ['68', '', ...Array.from({ length: 5 }, (_, n) => String(24_000 + n))]
  for (const [text, isOf] of [['2026-11-21', (day: string) => day === '2026-11-21'], ['2026-11', () => true], ['2026-q4', () => true], ['2026', () => true], ['2026-11-21..2026-11-22', (day: string) => day >= '2026-11-21']] as const) {
    for (const area of areas) {
      const period = periodOf(text)
      if (!period) throw new Error(text)
      const report = reading.report({ area, period, now: played.now })
      const truth = truthOf((day, commune) => isOf(day) && (area === '' || area === '68' || area === commune))
      checkReport(t, report, truth, `${area} ${text}`)
    }
  }
  databases.close()
})

function checkReport(t: Test, report: Report, truth: TruthSums, name: string): void {
  const cells = [...truth.cells]
  const sum = (of: (cell: (typeof cells)[number][1]) => number, which: (key: string) => boolean = () => true): number => cells.filter(([key]) => which(key)).reduce((all, [, cell]) => all + of(cell), 0)
  const row = (label: string, which: (key: string) => boolean): (string | number | null)[] => [
    label, sum((c) => c.items, which), minutes(sum((c) => c.plannedMs, which)), minutes(sum((c) => c.airedMs, which)),
    minutes(sum((c) => c.slotPlannedMs, which)), minutes(sum((c) => c.slotPlayedMs, which)), shared(sum((c) => c.slotPlayedMs, which), sum((c) => c.slotPlannedMs, which)),
  ]
  t.same(figures(report, 'sources'), [...(['own', 'relay', 'shared'] as const).map((source) => row(SOURCE_WORDS[source], (key) => key.startsWith(`${source}|`))), row('Cộng', () => true)], `${name}: sources`)
  t.same(figures(report, 'classes'), [row('Thông thường', () => true)], `${name}: classes`)
  const languages = figures(report, 'languages')
  t.same(languages.find(([label]) => label === 'Tiếng Việt'), row('Tiếng Việt', (key) => key.endsWith('|vi')), `${name}: Vietnamese`)
  if (sum((c) => c.slots, (key) => key.endsWith('|hmn')) > 0) t.same(languages.find(([label]) => label === 'Tiếng Hmông'), row('Tiếng Hmông', (key) => key.endsWith('|hmn')), `${name}: Hmông`)
  t.same(figures(report, 'evidence').map(([, slots]) => slots), [sum((c) => c.planned), sum((c) => c.sent), sum((c) => c.played), 0, 0], `${name}: rungs`)
  const reasons = new Map(figures(report, 'reasons').map(([label, ...rest]) => [label, rest]))
  t.equal(reasons.size, truth.reasons.size, `${name}: reasons`)
  for (const [code, { slots, ms }] of truth.reasons) t.same(reasons.get(SHORTFALL_TEXT[code as keyof typeof SHORTFALL_TEXT].vi), [slots, minutes(ms)], `${name}: ${code}`)
  const overview = new Map(figures(report, 'overview').map(([label, value]) => [label, value]))
  const said = (label: string): unknown => overview.get(label)
  t.equal(said('Số buổi phát theo lịch'), truth.sessions.planned.toLocaleString('vi'), `${name}: sessions`)
  t.equal(said('Buổi phát đủ trên mọi cụm loa'), truth.sessions.whole.toLocaleString('vi'), `${name}: whole sessions`)
  t.equal(said('Buổi phát còn thiếu ở một số cụm'), truth.sessions.part.toLocaleString('vi'), `${name}: part of sessions`)
  t.equal(said('Cụm loa đã phát ít nhất một nội dung'), [...truth.clusters.values()].filter((one) => one.slotsPlayed > 0).length.toLocaleString('vi'), `${name}: reached`)
  t.equal(said('Nội dung bắt đầu muộn quá 2 giây'), `${sum((c) => c.late)} lượt`, `${name}: late`)
  t.equal(said('Số lần âm thanh ngắt quãng'), `${sum((c) => c.underruns)} lần`, `${name}: underruns`)
  const clusters = new Map(figures(report, 'clusters').map(([label, ...rest]) => [label, rest]))
  for (const { id, name: label } of played.made.clusters) {
    const [really, told] = [truth.clusters.get(id), clusters.get(label)]
    if (really && told) t.same(told.slice(0, 4), [really.sessions, really.sessionsWhole, really.sessionsPart, shared(really.playedMs, really.plannedMs)], `${name}: ${label}`)
  }
}

t.test('days that were packed are read as they were, and their sums are the same when they are counted again', async (t) => {
  const before = readSums(folder)
  const databases = openReportDatabases(folder, 'upkeep')
  const later = played.now + 10 * 86_400_000
  const upkeep = createUpkeep(databases)
  upkeep.sweep(later)
  t.equal(upkeep.pack(later), 180, 'sixty clusters, three days')
  t.same(databases.decisions.prepare('SELECT (SELECT count(*) FROM evidence_planned) AS planned, (SELECT count(*) FROM evidence_row) AS rows, (SELECT count(*) FROM evidence_change) AS changes').get(), { planned: 0, rows: 0, changes: 0 })
  const reading = createReportReading(databases)
  const recount = [0, 1, 2].flatMap((n) => reading.stationsOn('', FIRST + n).map(({ station, clusters }) => {
    const book = reading.directory().places.book(FIRST + n)
    return tallyDay(clusters.flatMap((cluster) => reading.reader.evidence(cluster, FIRST + n, later)), { day: FIRST + n, now: later, isOwn: (owner) => book.within(owner, station) }).tally
  }))
  t.same(addTallies(recount), before)
  t.same(differences(truthOf(() => true), addTallies(recount)), [])
  t.equal(upkeep.sweep(later), 0, 'nothing is left to be added up')
  databases.close()
})
