import t from 'tap'
import { whichDay } from '../../server/web/app/src/parts/which-day.ts'
import { spanOf } from '../../server/web/app/src/screens/timetable/dates.ts'

t.test('a field for a day is told as days are written here, whatever the browser makes of it', async (t) => {
  t.equal(whichDay('2026-11-03', 'vi'), 'Thứ Ba 03/11/2026')
  t.equal(whichDay('2026-11-03T19:30', 'vi'), '19:30, Thứ Ba 03/11/2026')
  t.equal(whichDay('2028-02-29', 'en'), 'Tuesday 29/02/2028')
})

t.test('nothing is told of a field that is empty, half filled in, or no day', async (t) => {
  for (const field of ['', '2026', '2026-11', '2026-13-01', '2026-02-30', 'mai']) t.equal(whichDay(field, 'vi'), '', field)
})

t.test('a session is told from when to when, and one that is over within its minute by that minute', async (t) => {
  t.equal(spanOf('2026-11-23T05:30:00+07:00', '2026-11-23T06:00:00+07:00'), '05:30–06:00')
  t.equal(spanOf('2026-11-23T05:30:00+07:00', '2026-11-23T05:30:42+07:00'), '05:30')
  t.equal(spanOf('2026-11-23T23:50:00+07:00', '2026-11-24T23:50:00+07:00'), '23:50–23:50', 'a day later is not the same minute')
})
