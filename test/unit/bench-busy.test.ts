import t from 'tap'
import { busyText, takenShare } from '../../scripts/bench/busy.ts'

const stat = (ticks: readonly number[]): string => `cpu  ${ticks.join(' ')}\ncpu0 1 2 3 4 5 6 7 8 0 0\nintr 1\n`

t.test('what the host took is its share of all time that passed, and a guest is not counted twice', (t) => {
  const before = stat([100, 10, 20, 800, 5, 1, 4, 60, 50, 3])
  const after = stat([150, 20, 30, 900, 5, 1, 4, 90, 90, 5])
  t.equal(takenShare(before, after), 30 / 200)
  t.end()
})

t.test('where no time has passed, or nothing can be read, nothing was taken', (t) => {
  t.equal(takenShare(stat([1, 2, 3, 4, 5, 6, 7, 8]), stat([1, 2, 3, 4, 5, 6, 7, 8])), 0)
  t.equal(takenShare('', ''), 0)
  t.end()
})

t.test('it is said beside a figure in words', (t) => {
  t.match(busyText(), /^load \d+\.\d/)
  t.end()
})
