import t from 'tap'
import { whyOf } from '../../server/web/app/src/lib/clusters.ts'
import { boxNumber, cameBy, claimParts } from '../../server/web/app/src/screens/clusters/claim.ts'
import { chartQuery, linesOf, summaryOf, sumOf, tableOf } from '../../server/web/app/src/screens/clusters/chart-figures.ts'
import { daysOf, monthBeside, monthGrid, monthOf, monthText, type RowOfMonth } from '../../server/web/app/src/screens/clusters/month.ts'
import { changesIn, heardAt, stateOf, type PoleItem } from '../../server/web/app/src/screens/pole/day.ts'
import { placeText, readPlace } from '../../server/web/app/src/screens/clusters/place.ts'
import { readSim, typedOf } from '../../server/web/app/src/screens/clusters/sim-form.ts'

t.test('a place is read as it is copied from a map or typed in Vietnamese, and nothing else is', async (t) => {
  t.same(readPlace('11.74512, 108.37345'), { lat: 11.74512, lon: 108.37345 })
  t.same(readPlace(' 11,745 108,373 '), { lat: 11.745, lon: 108.373 })
  t.same(readPlace('108.37345; 11.74512'), { lat: 11.74512, lon: 108.37345 }, 'the other way round')
  t.same(readPlace('11.745123456, 108'), { lat: 11.74512, lon: 108 })
  for (const wrong of ['', '11.7', 'chợ', '11 12 13', '100, 200']) t.equal(readPlace(wrong), null, wrong)
  t.same(readPlace(placeText({ lat: -8.5, lon: 115.25 })), { lat: -8.5, lon: 115.25 })
})

t.test('a code is shown in groups, and the cluster that came by it is found by its name and not by its age', async (t) => {
  t.same(claimParts('AB12-CD34-EF56-GH78.x_Y-z1234567'), { groups: ['AB12', 'CD34', 'EF56', 'GH78'], rest: 'x_Y-z1234567' })
  const made = Date.parse('2026-11-23T05:00:00Z')
  const old = { id: 'aaaaaaaaaa', name: 'Cụm Chợ', created: '2026-01-01T00:00:00Z' }
  const come = { id: 'bbbbbbbbbb', name: 'Cụm Chợ (bbbbbbbbbb)', created: '2026-11-23T05:03:00Z' }
  t.same(cameBy([old, come], { name: 'Cụm Chợ', madeAt: made }), come)
  t.equal(cameBy([old, { ...come, name: 'Cụm Trường' }], { name: 'Cụm Chợ', madeAt: made }), null)
})

t.test('the number of a box is found in what its label says', async (t) => {
  for (const text of ['0123abcdxz', ' 0123-ABCD-XZ ', 'TL box 0123abcdxz']) t.equal(boxNumber(text), '0123abcdxz', text)
  for (const text of ['', '0123', 'ỉ ô ê']) t.equal(boxNumber(text), null, text)
})

t.test('a chart asks for the span that was chosen and says in words and rows what it draws', async (t) => {
  t.equal(chartQuery('rsrp', 'hour', Date.UTC(2026, 10, 23)), 'figure=rsrp&from=2026-11-22T23%3A00%3A00.000Z&to=2026-11-23T00%3A00%3A00.000Z&points=61')
  const spread = { unit: 'dBm', min: [-101, null, -99], mean: [-95, null, -90.04], max: [-90, null, -85] }
  t.same(summaryOf(spread), { mean: -92.5, least: -101, most: -85, last: -90, gaps: 33 })
  t.same(linesOf(spread).map(({ name }) => name), ['mean', 'min', 'max'])
  t.equal(summaryOf({ unit: '%', value: [null, null] }), null, 'nothing measured is nothing said')
  const data = { unit: 'MB', value: [1, 2.04, null, 4, 5] }
  t.equal(sumOf(data), 12)
  t.same(tableOf({ start: 100, stepS: 60 }, data, { most: 3, adds: true }), [{ at: 100, value: 3 }, { at: 220, value: 4 }, { at: 340, value: 5 }])
  t.same(tableOf({ start: 0, stepS: 60 }, { unit: '%', value: [50, 100, null, null] }, { most: 2, adds: false }), [{ at: 0, value: 75 }, { at: 120, value: null }])
  t.same(summaryOf({ unit: '%', good: [80, 100], fair: [20, 0], poor: [0, 0] }), { mean: 90, least: 80, most: 100, last: 100, gaps: 0 })
})

const row = (slot: string, plannedStart: string, over: Partial<RowOfMonth> = {}): RowOfMonth => ({ slot, session: 'sang', item: 'Tin', rung: 'played', plannedStart, plannedSeconds: 600, seconds: 600, reason: null, ...over })

t.test('a month says of each session whether it sounded wholly, in part, not at all, or is still to come', async (t) => {
  const days = daysOf('2026-11', [
    row('sang.a.0', '2026-11-02T05:30:00+07:00'), row('sang.a.1', '2026-11-02T05:40:00+07:00', { seconds: 590 }),
    row('chieu.b.0', '2026-11-02T17:00:00+07:00', { session: 'chieu', seconds: 100 }),
    row('sang.c.0', '2026-11-03T05:30:00+07:00', { seconds: 0, reason: { code: 'no-report', vi: 'x', en: 'x' } }),
    row('sang.d.0', '2026-11-04T05:30:00+07:00', { seconds: 0, reason: { code: 'not-due-yet', vi: 'x', en: 'x' } }),
    row('dem.e.0', '2026-11-05T23:50:00+07:00', { session: 'dem' }), row('dem.e.1', '2026-11-06T00:10:00+07:00', { session: 'dem' }),
    row('l.0123456789', '2026-11-07T10:00:00+07:00', { session: null }), row('cu.z.0', '2026-10-31T23:59:00+07:00'),
  ])
  t.equal(days.length, 30)
  t.same(days.slice(1, 7).map(({ sessions }) => sessions.map(({ verdict }) => verdict)), [['whole', 'part'], ['none'], ['due'], ['whole'], [], ['whole']])
  t.match(days[1]?.sessions[0], { session: 'sang', plannedS: 1_200, playedS: 1_190 })
  t.equal(days.flatMap(({ sessions }) => sessions).length, 6, 'what began in another month is not of this one')
})

t.test('months follow each other over the years, and their weeks begin on Monday', async (t) => {
  t.same([monthBeside('2026-12', 1), monthBeside('2026-01', -1), monthText('2026-11')], ['2027-01', '2025-12', '11/2026'])
  t.same(monthGrid('2026-11'), { days: 30, before: 6 })
  t.same(monthGrid('2028-02'), { days: 29, before: 1 })
  t.equal(monthOf(Date.UTC(2026, 10, 30, 18)), '2026-12', 'by the hour of Viet Nam')
})

t.test('a SIM is written down with a comma, and what cannot be is named', async (t) => {
  const read = readSim({ gb: '3,5', startDay: '5', expires: '2027-01-31', number: ' 0912 345 678 ', operator: 'Viettel' })
  t.same(read, { ok: true, body: { bytesPerMonth: 3_500_000_000, startDay: 5, expires: '2027-01-31', number: '0912 345 678', operator: 'Viettel' } })
  t.same(read.ok && typedOf(read.body), { gb: '3,5', startDay: '5', expires: '2027-01-31', number: '0912 345 678', operator: 'Viettel' })
  const empty = { gb: '', startDay: '1', expires: '', number: '', operator: '' }
  t.match(readSim(empty), { ok: true, body: { bytesPerMonth: null, expires: null } })
  t.match(readSim({ ...empty, gb: 'nhiều' }), { ok: false, field: 'gb' })
  t.match(readSim({ ...empty, startDay: '31' }), { ok: false, field: 'startDay' })
  t.match(readSim({ ...empty, number: 'gọi' }), { ok: false, field: 'number' })
})

t.test('an hour that somebody names is the last one that was, by the clock of Viet Nam', async (t) => {
  const now = Date.parse('2026-11-23T06:10:00+07:00')
  t.equal(heardAt('05:30', now), '2026-11-22T22:30:00.000Z')
  t.equal(heardAt('17:00', now), '2026-11-22T10:00:00.000Z', 'yesterday evening')
  t.equal(heardAt('', now), undefined)
})

t.test('the page of a pole is read anew when something on it changes, and neither without end nor never', async (t) => {
  const now = Date.parse('2026-11-23T05:00:00+07:00')
  const item = (from: string, to: string): PoleItem => ({ slot: 's', title: 'T', session: null, kind: 'timetable', from: `2026-11-23T${from}:00+07:00`, to: `2026-11-23T${to}:00+07:00`, sounded: null, listen: false })
  const silent = { do: 'silence' as const, title: null, vi: '', en: '', until: null }
  t.equal(changesIn({ now: silent, items: [item('04:00', '04:30'), item('05:10', '05:20')] }, now), 602_000)
  t.equal(changesIn({ now: { ...silent, until: '2026-11-23T05:00:01+07:00' }, items: [] }, now), 15_000)
  t.equal(changesIn({ now: silent, items: [] }, now), 1_800_000)
  t.equal(changesIn({ now: silent, items: [item('09:00', '10:00')] }, now), 1_800_000)
  t.same([stateOf(item('04:00', '04:30'), now), stateOf(item('04:50', '05:10'), now), stateOf(item('05:10', '05:20'), now)], ['over', 'now', 'coming'])
})

t.test('beside a cluster that is away stands since when, and not once more that it is; beside any other what is wrong', async (t) => {
  const symptom = (kind: 'offline' | 'weak-signal' | 'sim-quota', severity: 'warning' | 'fault', since: string | null = null) => ({ kind, severity, since, figure: null, vi: kind, en: kind })
  const away = symptom('offline', 'fault', '2026-11-22T05:12:00+07:00')
  t.same(whyOf('offline', [away, symptom('sim-quota', 'warning')]), { since: '2026-11-22T05:12:00+07:00' })
  t.equal(whyOf('offline', [symptom('offline', 'fault')]), null, 'rather nothing than the same twice')
  t.match(whyOf('fault', [symptom('weak-signal', 'warning'), symptom('sim-quota', 'fault')]), { symptom: { kind: 'sim-quota' } }, 'the worst')
  t.match(whyOf('online', [symptom('weak-signal', 'warning')]), { symptom: { kind: 'weak-signal' } })
  t.equal(whyOf('online', []), null)
})
