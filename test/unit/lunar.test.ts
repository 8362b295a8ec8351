import t from 'tap'
import { dateOfDayNumber, dayNumberOf } from '../../shared/core/civil.ts'
import { isLunarDay, lunarOf, lunarWalk } from '../../shared/core/lunar.ts'

const TET: Record<number, string> = {
  1985: '1985-01-21', 2007: '2007-02-17', 2024: '2024-02-10', 2025: '2025-01-29', 2026: '2026-02-17', 2027: '2027-02-06', 2028: '2028-01-26',
  2029: '2029-02-13', 2030: '2030-02-02', 2031: '2031-01-23', 2032: '2032-02-11', 2033: '2033-01-31',
}

t.test('Tết falls on the day of the Vietnamese calendar, also where the Chinese one differs', async (t) => {
  for (const [year, date] of Object.entries(TET)) {
    t.strictSame(lunarOf(dayNumberOf(date)), { day: 1, month: 1, year: Number(year), leap: false }, date)
    const eve = lunarOf(dayNumberOf(date) - 1)
    t.equal(eve.month, 12, `the day before ${date} is in month 12`)
    t.equal(eve.year, Number(year) - 1)
  }
})

t.test('leap months are the second ones of their number', async (t) => {
  for (const [date, month, year] of [['2023-03-22', 2, 2023], ['2025-07-25', 6, 2025], ['2028-06-23', 5, 2028], ['2033-12-22', 11, 2033]] as const) {
    t.strictSame(lunarOf(dayNumberOf(date)), { day: 1, month, year, leap: true }, date)
    t.equal(lunarOf(dayNumberOf(date) - 1).leap, false)
  }
})

t.test('days follow each other without a gap, months have 29 or 30 days, from 1968 to 2199', async (t) => {
  const walk = lunarWalk()
  let before = walk(dayNumberOf('1968-01-01'))
  const broken: string[] = []
  for (let day = dayNumberOf('1968-01-02'); day < dayNumberOf('2199-12-31'); day++) {
    const now = walk(day)
    const follows = now.day === before.day + 1 ? now.month === before.month && now.leap === before.leap : now.day === 1 && before.day >= 29 && before.day <= 30
    const monthFollows = now.day !== 1 || (now.leap ? now.month === before.month : now.month === (before.month % 12) + 1)
    if (!follows || !monthFollows || now.day > 30) broken.push(dateOfDayNumber(day))
    before = now
  }
  t.strictSame(broken, [])
})

t.test('the walk gives the same as the single question', async (t) => {
  const walk = lunarWalk()
  for (const day of [20_000, 20_001, 20_045, 19_000, 25_000]) t.strictSame(walk(day), lunarOf(day))
})

t.test('a named lunar month is the ordinary one; a star is every month', async (t) => {
  const leapFifteenth = lunarOf(dayNumberOf('2025-07-25') + 14)
  t.equal(isLunarDay('15/6', leapFifteenth), false)
  t.equal(isLunarDay('15/*', leapFifteenth), true)
  t.equal(isLunarDay('15/6', lunarOf(dayNumberOf('2025-06-25') + 14)), true)
  t.throws(() => lunarOf(Number.NaN))
})
