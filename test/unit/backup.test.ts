import t from 'tap'
import { backupInstant, backupIsDue, backupIsLate, backupName, backupsToForget } from '../../server/core/backup.ts'
import { civilInstant, DAY_MS, isoWithOffset } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'

const at = (date: string, hour: number, minute = 0, second = 0): WallMs => civilInstant(date, hour * 3600 + minute * 60 + second)

t.test('a copy is called by its civil time, and by nothing else', async (t) => {
  t.equal(backupName(at('2026-11-22', 2, 30)), '2026-11-22-023000')
  t.equal(backupName(at('2026-11-22', 23, 5, 9)), '2026-11-22-230509')
  for (const time of [at('2026-11-22', 2, 30), at('2026-11-22', 0), at('2026-12-31', 23, 59, 59)]) t.equal(backupInstant(backupName(time)), time)
  for (const name of ['', 'lost+found', '2026-11-22', '2026-11-22-023000.half', '2026-13-22-023000', '2026-11-22-256000']) t.equal(backupInstant(name), null, name)
})

t.test('a copy is made once a night, and as soon as may be where nights are missed', async (t) => {
  const begun = at('2026-11-22', 8)
  t.notOk(backupIsDue(null, at('2026-11-22', 9), begun), 'a new station waits for its first night')
  t.ok(backupIsDue(null, at('2026-11-23', 2), begun))
  t.notOk(backupIsDue(at('2026-11-23', 2), at('2026-11-23', 3, 50), begun), 'not twice')
  t.ok(backupIsDue(at('2026-11-23', 2), at('2026-11-24', 2), begun))
  t.notOk(backupIsDue(at('2026-11-23', 2), at('2026-11-24', 5, 30), begun), 'not while the morning session sounds')
  t.ok(backupIsDue(at('2026-11-20', 2), at('2026-11-23', 15), begun), 'a machine that is off at night')
  t.notOk(backupIsDue(at('2026-11-20', 2), at('2026-11-22', 8, 10), begun), 'and has just been started')
  t.notOk(backupIsLate(at('2026-11-20', 2), begun, begun))
  t.ok(backupIsLate(at('2026-11-20', 2), at('2026-11-24', 9), begun))
})

t.test('a year of nights leaves seven days, five weeks and twelve months, the newest always', async (t) => {
  let names: string[] = ['lost+found', 'ghi-chu.txt']
  const first = at('2026-01-01', 2, 30)
  for (let night = 0; night < 400; night++) {
    names.push(backupName(wallMs(first + night * DAY_MS)))
    const gone = new Set(backupsToForget(names))
    names = names.filter((name) => !gone.has(name))
    t.ok(names.includes(backupName(wallMs(first + night * DAY_MS))), isoWithOffset(wallMs(first + night * DAY_MS)))
  }
  const copies = names.filter((name) => backupInstant(name) !== null).sort()
  t.ok(copies.length >= 20 && copies.length <= 24, `${copies.length} copies`)
  t.same(names.filter((name) => backupInstant(name) === null), ['lost+found', 'ghi-chu.txt'], 'what is no copy is left alone')
  t.equal(copies[0]?.slice(0, 7), '2026-03', 'back to the eleventh month before')
  t.same(copies.slice(-7), Array.from({ length: 7 }, (_, n) => backupName(wallMs(first + (393 + n) * DAY_MS))))
})
