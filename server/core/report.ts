import { isoWithOffset } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import { CLASSES, SOURCES, type ContentClass, type Source } from './report-nature.ts'
import { capFindings, type ReportFacts, type StationFacts } from './report-facts.ts'
import { col, share, tracing, type Report, type ReportCell, type Section, type Tracing } from './report-model.ts'
import type { Period } from './report-period.ts'
import { faultSections } from './report-faults.ts'
import { addCells, addTallies, type Cell, type Tally } from './report-tally.ts'
import { CLASS_WORDS, languageWord, RUNG_LIST, RUNG_WORDS, SOURCE_WORDS } from './report-words.ts'
import { SHORTFALL_TEXT } from './shortfall-text.ts'
import type { Shortfall } from './evidence-report.ts'

const minutes = (ms: number): number => Math.round(ms / 6_000) / 10

const CELL_COLUMNS = [
  col('items', 'Nội dung'), col('planned', 'Thời lượng theo lịch (phút)', 'minutes'), col('aired', 'Thời lượng đã phát (phút)', 'minutes'),
  col('slotPlanned', 'Phút × cụm theo lịch', 'minutes'), col('slotPlayed', 'Phút × cụm đã phát', 'minutes'), col('share', 'Tỷ lệ phát', 'share'),
]
const cellRow = (name: string, cell: Cell, trace: string): ReportCell[] => [
  { value: name }, { value: cell.items, trace }, { value: minutes(cell.plannedMs), trace }, { value: minutes(cell.airedMs), trace },
  { value: minutes(cell.slotPlannedMs), trace }, { value: minutes(cell.slotPlayedMs), trace }, { value: share(cell.slotPlayedMs, cell.slotPlannedMs), trace },
]

export const NO_CELL: Cell = { items: 0, plannedMs: 0, airedMs: 0, slots: 0, slotPlannedMs: 0, slotPlayedMs: 0, rungs: [0, 0, 0, 0, 0], substituteMs: 0, lostMs: 0, underruns: 0, late: 0 }
const allCells = (tally: Tally): Cell => Object.values(tally.cells).reduce((sum, cell) => addCells(sum, cell), NO_CELL)

function byPart(tally: Tally, part: 0 | 1 | 2): Map<string, Cell> {
  const found = new Map<string, Cell>()
  for (const [key, cell] of Object.entries(tally.cells)) {
    const name = key.split('|')[part] ?? ''
    found.set(name, addCells(found.get(name), cell))
  }
  return found
}

function contentSections(tally: Tally, { of }: Tracing): Section[] {
  const [sources, classes, languages] = [byPart(tally, 0), byPart(tally, 1), byPart(tally, 2)]
  const table = (id: string, vi: string, first: string, rows: Section['rows']): Section => ({ id, vi, columns: [col('name', first, 'text'), ...CELL_COLUMNS], rows })
  const all = allCells(tally)
  return [
    table('sources', 'Nội dung phát theo nguồn', 'Nguồn', [
      ...SOURCES.flatMap((source: Source) => (sources.has(source) ? [cellRow(SOURCE_WORDS[source], sources.get(source) ?? NO_CELL, of({ source }))] : [])),
      cellRow('Cộng', all, of()),
    ]),
    table('classes', 'Nội dung phát theo loại bản tin', 'Loại', CLASSES.flatMap((name: ContentClass) => (classes.has(name) ? [cellRow(CLASS_WORDS[name], classes.get(name) ?? NO_CELL, of({ class: name }))] : []))),
    table('languages', 'Nội dung phát theo ngôn ngữ', 'Ngôn ngữ', [...languages].sort((a, b) => b[1].slots - a[1].slots).map(([code, cell]) => cellRow(languageWord(code), cell, of({ language: code })))),
    {
      id: 'evidence', vi: 'Mức độ xác nhận (lượt nội dung × cụm loa)', columns: [col('name', 'Mức', 'text'), col('slots', 'Số lượt'), col('share', 'Tỷ lệ', 'share')],
      rows: RUNG_LIST.map((rung, i) => [{ value: RUNG_WORDS[rung] }, { value: all.rungs[i] ?? 0, trace: of({ rung }) }, { value: share(all.rungs[i] ?? 0, all.slots) }]),
    },
    {
      id: 'reasons', vi: 'Nguyên nhân phát thiếu', columns: [col('name', 'Nguyên nhân', 'text'), col('slots', 'Số lượt'), col('minutes', 'Phút × cụm còn thiếu', 'minutes')],
      rows: Object.entries(tally.reasons).sort((a, b) => b[1][1] - a[1][1]).map(([code, [slots, ms]]) => [{ value: SHORTFALL_TEXT[code as Shortfall].vi }, { value: slots, trace: of({ reason: code }) }, { value: minutes(ms), trace: of({ reason: code }) }]),
    },
  ]
}

function overview(facts: ReportFacts, tally: Tally, { of, sessions }: Tracing): Section {
  const all = allCells(tally)
  const clusters = new Set(facts.stations.flatMap((station) => station.clusters))
  const reached = Object.values(tally.clusters).filter((one) => one.slotsPlayed > 0).length
  const line = (name: string, value: number | null, unit: string, trace?: string): ReportCell[] => [{ value: name }, { value: value === null ? null : `${value.toLocaleString('vi')}${unit}`, ...(trace === undefined ? {} : { trace }) }]
  const percent = (value: number | null): number | null => (value === null ? null : Math.round(value * 1_000) / 10)
  const { planned, whole, part, none } = tally.sessions
  return {
    id: 'overview', vi: 'Tổng hợp', columns: [col('name', 'Chỉ tiêu', 'text'), col('value', 'Kết quả', 'text')],
    rows: [
      line('Số đài truyền thanh cấp xã', facts.stations.length, ''),
      line('Số buổi phát theo lịch', planned, '', sessions()),
      line('Buổi phát đủ trên mọi cụm loa', whole, '', sessions('whole')),
      line('Buổi phát còn thiếu ở một số cụm', part, '', sessions('part')),
      line('Buổi không phát được', none, '', sessions('none')),
      line('Thời lượng theo lịch', minutes(all.plannedMs), ' phút', of()),
      line('Thời lượng đã phát', minutes(all.airedMs), ' phút', of()),
      line('Tỷ lệ thời lượng × cụm loa đã phát', percent(share(all.slotPlayedMs, all.slotPlannedMs)), ' %', of()),
      line('Cụm loa trên địa bàn', clusters.size, ''),
      line('Cụm loa đã phát ít nhất một nội dung', reached, '', of({ played: 'yes' })),
      line('Nội dung bắt đầu muộn quá 2 giây', all.late, ' lượt', of({ late: 'yes' })),
      line('Số lần âm thanh ngắt quãng', all.underruns, ' lần', of({ underruns: 'yes' })),
      line('Thời lượng phát bằng nội dung thay thế khi mất tín hiệu tiếp âm', minutes(all.substituteMs), ' phút × cụm', of({ substitute: 'yes' })),
    ],
  }
}

function stationsSection(facts: ReportFacts, period: Period): Section {
  const row = ({ code, name, tally, clusters }: StationFacts): ReportCell[] => {
    const { of, sessions } = tracing(code, period)
    const all = allCells(tally)
    const reached = Object.values(tally.clusters).filter((one) => one.slotsPlayed > 0).length
    return [
      { value: name }, { value: clusters.length }, { value: reached, trace: of({ played: 'yes' }) }, { value: tally.sessions.planned, trace: sessions() }, { value: tally.sessions.whole, trace: sessions('whole') },
      { value: minutes(all.plannedMs), trace: of() }, { value: minutes(all.airedMs), trace: of() }, { value: share(all.slotPlayedMs, all.slotPlannedMs), trace: of() },
    ]
  }
  return {
    id: 'stations', vi: 'Kết quả theo địa bàn',
    columns: [
      col('name', 'Địa bàn', 'text'), col('clusters', 'Cụm loa'), col('reached', 'Cụm đã phát'), col('sessions', 'Buổi theo lịch'), col('whole', 'Buổi phát đủ'),
      col('planned', 'Phút theo lịch', 'minutes'), col('aired', 'Phút đã phát', 'minutes'), col('share', 'Tỷ lệ phát', 'share'),
    ],
    rows: facts.stations.map(row),
  }
}

function capsSection(facts: ReportFacts, period: Period): Section | null {
  const bound = facts.stations.filter(({ caps }) => caps && Object.keys(caps).length > 0)
  if (bound.length === 0) return null
  return {
    id: 'caps', vi: 'Định mức phát (theo quy định đang áp dụng)',
    columns: [col('name', 'Địa bàn', 'text'), col('days', 'Ngày có phát'), col('sessions', 'Ngày vượt số buổi'), col('minutes', 'Ngày vượt tổng phút'), col('length', 'Ngày có buổi quá dài')],
    rows: bound.map(({ code, name, tally, caps }) => {
      const found = capFindings(tally.days, caps ?? {})
      const trace = tracing(code, period).sessions()
      return [{ value: name }, { value: found.days, trace }, { value: found.overSessions, trace }, { value: found.overMinutes, trace }, { value: found.overLength, trace }]
    }),
  }
}

/** The report of an area over a period, in the order in which it is read. */
export function makeReport(facts: ReportFacts, period: Period, now: WallMs): Report {
  const tally = addTallies(facts.stations.map((station) => station.tally))
  const trace = tracing(facts.area.code, period)
  const caps = capsSection(facts, period)
  return {
    area: facts.area,
    period: { text: period.text, vi: period.vi, from: period.from, to: period.to },
    asOf: isoWithOffset(now),
    sections: [overview(facts, tally, trace), ...contentSections(tally, trace), ...(facts.stations.length > 1 ? [stationsSection(facts, period)] : []), ...(caps ? [caps] : []), ...faultSections(facts, tally, { period, trace })],
  }
}
