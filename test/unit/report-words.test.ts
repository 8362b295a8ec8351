import t from 'tap'
import { dayNumberOf } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { csvLines } from '../../server/adapters/report-sheets.ts'
import { capFindings } from '../../server/core/report-facts.ts'
import { plainHeading } from '../../server/core/report-heading.ts'
import type { Report } from '../../server/core/report-model.ts'
import { reportDayOf } from '../../server/core/report-nature.ts'
import { cellText, paperOf } from '../../server/core/report-paper.ts'
import { firstDayOf, monthOf, periodOf } from '../../server/core/report-period.ts'
import { createPlaces } from '../../server/core/report-places.ts'

t.test('a period is a day, month, quarter, year or span of the calendar, and nothing else', async (t) => {
  const days = (text: string): unknown => {
    const period = periodOf(text)
    return period && [period.kind, period.to - period.from + 1, period.vi]
  }
  t.same(days('2026-11-23'), ['day', 1, 'ngày 23/11/2026'])
  t.same(days('2028-02'), ['month', 29, 'tháng 2 năm 2028'])
  t.same(days('2026-q1'), ['quarter', 90, 'quý I năm 2026'])
  t.same(days('2026'), ['year', 365, 'năm 2026'])
  t.same(days('2026-12-30..2027-01-02'), ['span', 4, 'từ ngày 30/12/2026 đến ngày 02/01/2027'])
  for (const text of ['', '26', '2026-13', '2026-02-30', '2026-q5', '2026-1', '2026-11-02..2026-11-01', '2020-01-01..2026-01-01', 'yesterday']) t.equal(periodOf(text), null, text)
  t.equal(monthOf(firstDayOf(24_322)), 24_322)
})

t.test('a slot is counted under the day on which its session began, also behind midnight', async (t) => {
  const start = dayNumberOf('2026-11-23') * 86_400_000 + 16.5 * 3_600_000
  const slot = `dem.${(start / 1000).toString(36)}.3`
  t.equal(reportDayOf(slot, start + 7_200_000), reportDayOf(slot, start))
  t.equal(reportDayOf('a.abcd1', start + 7_200_000), dayNumberOf('2026-11-24'), 'what stands in no timetable: its own day')
  t.equal(reportDayOf('x.9.1', start), dayNumberOf('2026-11-23'), 'a name that only looks like an occurrence')
})

const report: Report = { area: { code: '24958', name: 'Xã Đức Trọng' }, period: { text: '2026-01', vi: 'tháng 1 năm 2026', from: dayNumberOf('2026-01-01'), to: dayNumberOf('2026-01-31') }, asOf: '2026-02-03T07:00:00.000+07:00', sections: [] }

t.test('a paper of the state has motto, number, place and date with zeros where a digit could be put; a Party committee has its own', async (t) => {
  const now = wallMs(Date.UTC(2026, 1, 3))
  const state = paperOf(report, { heading: { ...plainHeading('Xã Đức Trọng'), symbol: 'VHXH' }, now })
  t.match(state, {
    party: false, issuer: 'ĐÀI TRUYỀN THANH XÃ ĐỨC TRỌNG', motto: ['CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 'Độc lập - Tự do - Hạnh phúc'], number: /^Số: +\/BC-VHXH$/,
    placeAndDate: 'Đức Trọng, ngày 03 tháng 02 năm 2026', title: 'BÁO CÁO', subject: 'Kết quả hoạt động truyền thanh cơ sở tháng 1 năm 2026',
  })
  t.match(paperOf(report, { heading: { form: 'party', issuer: 'ĐẢNG ỦY', place: 'Đức Trọng', position: 'BÍ THƯ' }, now }), { party: true, motto: ['ĐẢNG CỘNG SẢN VIỆT NAM'], number: /-BC\// })
})

t.test('figures stand as readers write them, and nothing is a number of its own', async (t) => {
  t.equal(cellText({ value: 1234.5 }, 'minutes'), '1.234,5')
  t.equal(cellText({ value: 0.967 }, 'share'), '96,7 %')
  t.equal(cellText({ value: null }, 'count'), '–')
})

t.test('no text of a CSV becomes a formula, and its Vietnamese is marked as UTF-8', async (t) => {
  const text = csvLines([['=cmd()', '+84', '-1', '@x', 'Cụm "chợ", 1', -5]], true)
  t.ok(text.startsWith('\ufeff'))
  t.notMatch(text, /(^|,)[=+@]/m)
  t.match(text, /"Cụm ""chợ"", 1"/)
})

t.test('caps are held against each day', async (t) => {
  const load = (sessions: number, minutes: number) => ({ sessions, plannedMs: minutes * 60_000, airedMs: 0, longestMs: minutes * 30_000 })
  const days = { 1: load(2, 60), 2: load(3, 90), 3: load(0, 0) }
  t.same(capFindings(days, { sessionsPerDay: 2, minutesPerDay: 60, minutesPerSession: 31 }), { days: 2, overSessions: 1, overMinutes: 1, overLength: 1 })
  t.same(capFindings(days, {}), { days: 2, overSessions: 0, overMinutes: 0, overLength: 0 })
})

t.test('a cluster counts where it stood that day, under its commune, and a merged commune keeps its days', async (t) => {
  const areas = [
    { code: '68', name: 'T', kind: 'province' }, { code: '00001', name: 'A', kind: 'commune', parent: '68', to: '2026-07-01', mergedInto: '00002' }, { code: '00002', name: 'B', kind: 'commune', parent: '68' },
    { code: '00002-x', name: 'X', kind: 'hamlet', parent: '00002' },
  ] as const
  const places = createPlaces([...areas], [{ cluster: 'c1', area: '00001' }, { cluster: 'c2', area: '00002-x', from: '2026-03-01' }, { cluster: 'c3', area: '99999' }])
  const [before, after] = [dayNumberOf('2026-06-30'), dayNumberOf('2026-07-01')]
  t.same([places.stationOf('c1', before), places.stationOf('c1', after), places.stationOf('c2', after), places.stationOf('c3', after), places.stationOf('c2', dayNumberOf('2026-02-01'))], ['00001', '00002', '00002', '', ''])
  t.same(places.clustersOf('00002', after), ['c1', 'c2'])
  t.ok(places.standsIn('c2', '00002-x', after))
  t.notOk(places.standsIn('c1', '00002-x', after))
})
