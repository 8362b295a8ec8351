import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { dateOfDayNumber } from '../../shared/core/civil.ts'
import { INCIDENT_KINDS } from '../../server/core/incident-kinds.ts'
import { periodOf } from '../../server/core/report-period.ts'
import { incidentWord } from '../../server/core/report-words.ts'
import { inspectorsDoor, pageAddress, pageOfTrace, queryText, STATION } from '../../server/web/app/src/screens/reports/door.ts'
import { english } from '../../server/web/app/src/screens/reports/english.ts'
import { barsOf, figureText } from '../../server/web/app/src/screens/reports/figures.ts'
import { soundOfEntry } from '../../server/web/app/src/screens/reports/find-sound.ts'
import { incidentText } from '../../server/web/app/src/screens/reports/incident-text.ts'
import { beside, dayOf, daysOf, KINDS, periodAt, periodText } from '../../server/web/app/src/screens/reports/period.ts'
import type { LogEntry, RowPage, Section } from '../../server/web/app/src/screens/reports/views.ts'
import { ROOT } from '../support/tree.ts'

t.test('the page understands a period as the server does, and asks for none that it would not know', async (t) => {
  for (const text of ['2026-11-23', '2024-02-29', '2026-11', '2026-02', '2026-q1', '2026-q4', '2026', '2026-11-01..2026-11-15']) {
    const [server, page] = [periodOf(text), daysOf(text)]
    t.same([page?.kind, page?.from, page?.to], [server?.kind, dateOfDayNumber(server?.from ?? 0), dateOfDayNumber(server?.to ?? 0)], text)
    t.equal(periodText(text, 'vi').toLowerCase(), server?.vi.replace(/^từ ngày (.*) đến ngày (.*)$/, 'từ $1 đến $2').toLowerCase(), text)
  }
  for (const text of ['', '2026-13', '2026-q5', '2026-02-30', '2026-11-15..2026-11-01', 'hôm nay']) t.equal(daysOf(text), null, text)
})

t.test('one comes from a period to the one beside it, over the ends of months and years', async (t) => {
  t.same(['2026-01-01', '2026-03', '2026-q1', '2026'].map((text) => beside(text, -1)), ['2025-12-31', '2026-02', '2025-q4', '2025'])
  t.same(['2024-02-28', '2026-12', '2026-q4', '2026'].map((text) => beside(text, 1)), ['2024-02-29', '2027-01', '2027-q1', '2027'])
  t.equal(beside('2026-11-01..2026-11-15', 1), null)
  for (const kind of KINDS) {
    const period = periodAt(kind, '2026-11-22')
    t.equal(beside(beside(period, 1) ?? '', -1), period, kind)
    t.ok((daysOf(period)?.from ?? '') <= '2026-11-22' && (daysOf(period)?.to ?? '') >= '2026-11-22', kind)
  }
  t.equal(dayOf(Date.parse('2026-11-22T17:30:00Z')), '2026-11-23', 'the day is that of Viet Nam')
})

t.test('every figure leads to the page that lists what it is made of, through the same door', async (t) => {
  const door = inspectorsDoor('T'.repeat(43), { from: '2026-11-01', to: '2026-11-30' })
  const trace = '/reports/rows?area=24958&period=2026-11&source=relay'
  t.equal(pageOfTrace(STATION, trace), '/bao-cao/chi-tiet?area=24958&period=2026-11&source=relay')
  t.equal(pageOfTrace(door, trace), `/thanh-tra/chi-tiet?area=24958&period=2026-11&source=relay#${'T'.repeat(43)}`)
  t.equal(pageOfTrace(STATION, '/reports/sessions?area=&period=2026-11&verdict=part'), '/bao-cao/buoi-phat?period=2026-11&verdict=part', 'the whole station is no area')
  t.equal(pageOfTrace(STATION, '/reports/incidents?area=&period=2026-11&kind=offline'), '/bao-cao/su-co?period=2026-11&kind=offline')
  t.equal(pageOfTrace(STATION, '/clusters/0123456789/chart?figure=online&from=x&to=y'), '/cum-loa/0123456789')
  t.equal(pageOfTrace(door, '/clusters/0123456789/chart?figure=online&from=x&to=y'), null, 'an inspector has no page of clusters')
  t.equal(pageAddress(STATION, '', {}), '/bao-cao')
  t.equal(queryText({ area: '', period: '2026-11' }), 'period=2026-11')
})

const column = (key: string, unit: Section['columns'][number]['unit']) => ({ key, vi: key, unit })
t.test('figures are written as people of the country write them', async (t) => {
  t.equal(figureText(1234.5, 'minutes', 'vi'), '1.234,5')
  t.equal(figureText(0.9876, 'share', 'vi'), '98,8 %')
  t.equal(figureText(0.9876, 'share', 'en'), '98.8 %')
  t.equal(figureText(12_345, 'count', 'vi'), '12.345')
  t.equal(figureText(null, 'minutes', 'vi'), '–')
  t.equal(figureText('7 phút', 'text', 'vi'), '7 phút')
})

t.test('bars compare the parts and not their sum, shares by the whole and counts by the longest', async (t) => {
  const section: Section = {
    id: 'sources', vi: 'x', columns: [column('name', 'text'), column('items', 'count'), column('share', 'share')],
    rows: [[{ value: 'Tự sản xuất' }, { value: 4, trace: '/reports/rows?x=1' }, { value: 0.5 }], [{ value: 'Tiếp âm' }, { value: 8 }, { value: null }], [{ value: 'Khẩn cấp' }, { value: 1 }, { value: 1 }], [{ value: 'Cộng' }, { value: 13 }, { value: 0.8 }]],
  }
  t.same(barsOf(section, 'vi').map(({ name, part }) => [name, part]), [['Tự sản xuất', 0.5], ['Khẩn cấp', 1]])
  t.equal(barsOf(section, 'vi')[0]?.trace, '/reports/rows?x=1', 'a figure beside it says where its rows are')
  const counted: Section = { ...section, columns: [column('name', 'text'), column('slots', 'count')], rows: section.rows.map((row) => row.slice(0, 2)) }
  t.same(barsOf(counted, 'vi').map(({ part }) => part), [0.5, 1, 0.125])
  t.same(barsOf({ ...counted, id: 'overview' }, 'vi'), [])
  t.same(barsOf({ ...counted, rows: counted.rows.slice(0, 1) }, 'vi'), [], 'one thing alone is compared with nothing')
})

t.test('what stands in the tables of a report for good has English words', async (t) => {
  const parts = ['report.ts', 'report-faults.ts', 'report-words.ts'].map((name) => readFileSync(join(ROOT, 'server', 'core', name), 'utf8'))
  const headings = parts.flatMap((text) => [...text.matchAll(/(?:col\('\w+', |vi: |line\(|row\(|table\('\w+', )'([^']+)'(?:, '([^']+)')?/g)].flatMap(([, one, two]) => [one, two].filter((word): word is string => word !== undefined)))
  const vietnamese = headings.filter((word) => /[À-ỹĐđ]/.test(word) || /^(Loại|Cộng)$/.test(word))
  t.ok(vietnamese.length > 40, String(vietnamese.length))
  t.same([...new Set(vietnamese)].filter((word) => english(word) === word), [])
  t.equal(english('Cụm loa cần quan tâm (30 cụm phát thấp nhất)'), 'Clusters that need somebody (30 that aired least)')
  t.equal(english('Xã Đức Trọng'), 'Xã Đức Trọng', 'names stay')
})

t.test('kinds of incidents are called as reports call them', async (t) => {
  for (const kind of INCIDENT_KINDS) {
    for (const language of ['vi', 'en'] as const) t.not(incidentText(kind, language), kind, `${kind} ${language}`)
    t.equal(english(incidentText(kind, 'vi')), incidentText(kind, 'en'), 'also in the table of a report')
    if (incidentWord(kind) !== kind) t.equal(incidentText(kind, 'vi'), incidentWord(kind))
  }
})

const entry: LogEntry = { day: 20_779, station: '24958', stationName: 'Xã', slot: 's.1.2', session: 'sang', item: 'Bản tin', source: 'own', class: 'normal', language: 'vi', media: null, due: 0, plannedMs: 1, began: 1, playedMs: 1, clusters: 2, clustersPlayed: 1 }
const row = (slot: string, seconds: number, cluster = 'abc'): RowPage['rows'][number] => ({
  slot, cluster, seconds, clusterName: null, simulated: false, item: null, rung: 'played', plannedStart: '2026-11-22T05:30:00+07:00', plannedSeconds: 9, actualStart: null, reason: null, stationName: '', source: 'own', class: 'normal',
})
t.test('the sound of an item of the log is that of the first cluster that played it, also on a later page', async (t) => {
  const asked: string[] = []
  const pages: RowPage[] = [{ rows: [row('s.1.1', 9), row('s.1.2', 0)], next: '1.a.2', all: null }, { rows: [row('s.1.2', 9, 'xyz')], next: null, all: null }]
  const found = await soundOfEntry(STATION, entry, async (path) => {
    asked.push(path)
    return { ok: true, value: pages[asked.length - 1] ?? { rows: [], next: null, all: null } }
  })
  t.equal(found, `/reports/rows/xyz/s.1.2/audio?due=${Date.parse('2026-11-22T05:30:00+07:00')}`)
  t.match(asked, [/^\/reports\/rows\?area=24958&period=2026-11-22&source=own&session=sang&played=yes&limit=500$/, /after=1\.a\.2/])
  t.equal(await soundOfEntry(STATION, entry, async () => ({ ok: true, value: { rows: [], next: null, all: null } })), null)
  t.match(await soundOfEntry(STATION, entry, async () => ({ ok: false, kind: 'offline' })), { vi: /Mất kết nối/ })
})
