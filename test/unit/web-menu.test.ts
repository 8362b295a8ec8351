import t from 'tap'
import { inOneRow, twoLines } from '../../server/web/app/src/lib/menu-row.ts'
import { en } from '../../server/web/app/src/words/en.ts'
import { vi } from '../../server/web/app/src/words/vi.ts'

t.test('a label breaks at one place at most, where its lines are shortest', async (t) => {
  t.equal(twoLines('Khẩn cấp'), 'Khẩn cấp')
  t.equal(twoLines('Phát trực tiếp'), 'Phát trực\u00a0tiếp')
  t.equal(twoLines('Thêm'), 'Thêm')
  t.equal(twoLines(''), '')
  for (const words of [vi, en]) {
    for (const label of [words.now, words.emergency, words.timetable, words.library, words.live, words.incidents, words.clusters, words.reports, words.admin]) {
      t.ok(twoLines(label).split(' ').length <= 2, label)
      t.equal(twoLines(label).replaceAll('\u00a0', ' '), label, 'and reads the same')
    }
  }
})

const row = (widths: readonly number[], room: number, current = -1): string => inOneRow({ widths, more: 50, room, current }).map((isIn) => (isIn ? 'x' : '.')).join('')

t.test('what fits stands in one row, the first ones before the others, and whatever somebody is at', async (t) => {
  const five = [60, 60, 60, 60, 60]
  t.equal(row(five, 300), 'xxxxx', 'all fit: nothing is to be opened')
  t.equal(row(five, 299), 'xxxx.', 'room is kept for the button that opens the others')
  t.equal(row(five, 230), 'xxx..')
  t.equal(row(five, 230, 1), 'xxx..', 'one of the first takes no room twice')
  t.equal(row(five, 230, 4), 'xx..x', 'another one takes the last place')
  t.equal(row([60, 60, 120, 20, 60], 230), 'xx...', 'a short one behind a long one does not change the order')
  t.equal(row(five, 40), 'xx...', 'the narrowest phone shows where the day begins and where an emergency is raised')
  t.equal(row([60, 110, 70, 70, 145], 346, 4), 'xxx..', 'where one is does not drive these out')
  t.equal(row([], 300), '')
})
