import t from 'tap'
import { civilInstant, isoWithOffset } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { dueOccurrences, MAX_CATCH_UP_MS, occurrenceOrdinal, occurrencesBetween, type Occurrence } from '../../shared/core/recurrence.ts'
import type { Session } from '../../shared/core/timetable.ts'

const at = (date: string, hours = 0): WallMs => civilInstant(date, hours * 3600)
const session = (over: Partial<Session>): Session => ({
  id: 's', name: 'Buổi', at: '05:30', until: '06:30', days: 'daily', targets: 'all', items: [{ chime: 'c' }], ...over,
})
const shown = (list: readonly Occurrence[]): string[] =>
  list.map((o) => `${isoWithOffset(o.start).slice(0, 16)}/${isoWithOffset(o.end).slice(0, 16)}`)
const dates = (s: Session, from: string, to: string): string[] => occurrencesBetween(s, at(from), at(to)).map((o) => o.date)

t.test('a daily session comes round once a day', async (t) => {
  t.strictSame(shown(occurrencesBetween(session({}), at('2026-11-23'), at('2026-11-25'))), [
    '2026-11-23T05:30/2026-11-23T06:30', '2026-11-24T05:30/2026-11-24T06:30',
  ])
})

t.test('an occurrence that runs across the edges of the window is among them, one that ends there is not', async (t) => {
  t.equal(occurrencesBetween(session({}), at('2026-11-23', 6), at('2026-11-23', 7)).length, 1)
  t.equal(occurrencesBetween(session({}), at('2026-11-23', 6.5), at('2026-11-23', 7)).length, 0)
  t.equal(occurrencesBetween(session({}), at('2026-11-23', 5), at('2026-11-23', 5.5)).length, 0)
  t.equal(occurrencesBetween(session({}), at('2026-11-23'), at('2026-11-22')).length, 0)
})

t.test('weekdays, first and last day hold together', async (t) => {
  const s = session({ days: { weekdays: [1, 5], from: '2026-11-24', to: '2026-12-04' } })
  t.strictSame(dates(s, '2026-11-20', '2026-12-20'), ['2026-11-27', '2026-11-30', '2026-12-04'])
})

t.test('once means these dates only, leap days among them, impossible ones never', async (t) => {
  t.strictSame(dates(session({ days: { once: '2028-02-29' } }), '2028-02-20', '2028-03-10'), ['2028-02-29'])
  t.strictSame(dates(session({ days: { once: ['2027-02-29', '2027-03-02'] } }), '2027-02-20', '2027-03-10'), ['2027-03-02'])
})

t.test('impossible first and last days keep a session silent', async (t) => {
  t.strictSame(dates(session({ days: { from: '2026-02-30' } }), '2026-11-20', '2026-11-30'), [])
  t.strictSame(dates(session({ days: { to: '2026-13-01' } }), '2026-11-20', '2026-11-30'), [])
})

t.test('lunar days: Tết and every full moon', async (t) => {
  t.strictSame(dates(session({ days: { lunar: ['1/1'] } }), '2026-01-01', '2028-12-31'), ['2026-02-17', '2027-02-06', '2028-01-26'])
  t.equal(dates(session({ days: { lunar: ['15/*'] } }), '2025-01-29', '2026-02-17').length, 13, 'the leap year has thirteen')
})

t.test('exceptions take out dates, ranges and lunar days', async (t) => {
  const s = session({ except: ['2027-02-03', { from: '2027-02-08', to: '2027-02-10' }, { lunar: '1/1' }] })
  t.strictSame(dates(s, '2027-02-02', '2027-02-12'), ['2027-02-02', '2027-02-04', '2027-02-05', '2027-02-07', '2027-02-11'])
})

t.test('a session that crosses midnight belongs to the day on which it begins', async (t) => {
  const s = session({ at: '23:30', until: '00:30', days: { once: '2026-12-31' } })
  t.strictSame(shown(occurrencesBetween(s, at('2027-01-01'), at('2027-01-02'))), ['2026-12-31T23:30/2027-01-01T00:30'])
  t.equal(occurrencesBetween(s, at('2027-01-01'), at('2027-01-02'))[0]?.date, '2026-12-31')
  t.strictSame(shown(occurrencesBetween(session({ at: '23:00', until: '24:00' }), at('2026-12-31'), at('2027-01-01'))), ['2026-12-31T23:00/2027-01-01T00:00'])
})

t.test('a session without length never comes round', async (t) => {
  t.strictSame(dates(session({ until: '05:30' }), '2026-11-20', '2026-11-30'), [])
})

t.test('repeat comes round every so often, and a round that would be cut off does not begin', async (t) => {
  const s = session({ at: '08:00', until: '09:00', repeat: { every: '25m', length: '15m' } })
  t.strictSame(shown(occurrencesBetween(s, at('2026-11-23'), at('2026-11-24'))), [
    '2026-11-23T08:00/2026-11-23T08:15', '2026-11-23T08:25/2026-11-23T08:40',
  ])
  const allDay = session({ at: '00:00', until: '24:00', repeat: { every: '3m', length: '2m' } })
  t.equal(occurrencesBetween(allDay, at('2026-11-23'), at('2026-11-24')).length, 480)
  t.equal(occurrencesBetween(session({ repeat: { every: '5m', length: '6m' } }), at('2026-11-23'), at('2026-11-24')).length, 0)
})

t.test('an extension moves the end on its date only, and never earlier', async (t) => {
  const s = session({ extend: [{ date: '2026-11-24', until: '07:15', reason: 'bão' }, { date: '2026-11-25', until: '06:00', reason: 'nhầm' }] })
  t.strictSame(shown(occurrencesBetween(s, at('2026-11-23'), at('2026-11-26'))).map((x) => x.slice(-5)), ['06:30', '07:15', '06:30'])
})

t.test('due is what began after the last look, and nothing while the clock stands or runs back', async (t) => {
  const list = [session({}), session({ id: 'a', at: '17:00', until: '18:00' })]
  const morning = at('2026-11-23', 5.5)
  t.strictSame(dueOccurrences(list, wallMs(morning - 1), morning).map((o) => o.session), ['s'])
  t.strictSame(dueOccurrences(list, morning, wallMs(morning + 1000)), [])
  t.strictSame(dueOccurrences(list, morning, morning), [])
  t.strictSame(dueOccurrences(list, wallMs(morning + 3_600_000), wallMs(morning - 1)), [])
  t.strictSame(dueOccurrences(list, wallMs(Number.NaN), morning), [])
  t.strictSame(dueOccurrences(list, at('2026-11-23', 5), at('2026-11-23', 20)).map((o) => o.session), ['s', 'a'], 'after a sleep both come')
})

t.test('a clock that jumps by years is caught up for a day at most', async (t) => {
  const due = dueOccurrences([session({})], wallMs(0), at('2026-11-23', 12))
  t.strictSame(due.map((o) => o.date), ['2026-11-23'])
  t.equal(MAX_CATCH_UP_MS, 86_400_000)
})

t.test('occurrences are numbered since the first day of the session, exceptions and rounds counted', async (t) => {
  const s = session({ at: '08:00', until: '09:00', repeat: { every: '30m', length: '10m' }, days: { from: '2026-11-20' }, except: ['2026-11-21'] })
  const list = occurrencesBetween(s, at('2026-11-20'), at('2026-11-24'))
  t.strictSame(list.map((o) => occurrenceOrdinal(s, o)), [0, 1, 2, 3, 4, 5])
})
