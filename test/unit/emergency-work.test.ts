import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import type { Rank } from '../../server/core/emergency-rank.ts'
import { createRankedWork, type RankedJob } from '../../server/features/emergencies/ranked-work.ts'

const rank = (danger: number): Rank => ({ danger, authority: 1, at: wallMs(0) })
const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

t.test('fifty texts at once: the highest takes the place of what is running, and what was stopped comes round again', async (t) => {
  const errors: string[] = []
  const work = createRankedWork((key) => errors.push(key))
  const log: string[] = []
  /** Ends when it is let go, or is stopped. */
  const job = (name: string): RankedJob => (signal) =>
    new Promise((done) => {
      log.push(`begin ${name}`)
      const free = setTimeout(() => done('done'), 20)
      signal.addEventListener('abort', () => {
        clearTimeout(free)
        log.push(`stop ${name}`)
        done('stopped')
      })
    })
  for (let n = 0; n < 49; n++) work.add(`low-${n}`, rank(1), job(`low-${n}`))
  await turn()
  work.add('high', rank(9), job('high'))
  await turn()
  t.same(log, ['begin low-0', 'stop low-0', 'begin high'])
  const until = Date.now() + 20_000
  while (log.filter((line) => line.startsWith('begin')).length < 51 && Date.now() < until) await new Promise((done) => setTimeout(done, 5))
  t.equal(new Set(log.filter((line) => line.startsWith('begin'))).size, 50, 'all have their turn')
  t.equal(log.filter((line) => line === 'begin low-0').length, 2, 'the one that gave way as well')
  t.same(errors, [])
  await work.stop()
})

t.test('one that throws is told of and does not hold up the others; the same key is done once; a stop ends all', async (t) => {
  const errors: string[] = []
  const work = createRankedWork((key) => errors.push(key))
  const done: string[] = []
  work.add('bad', rank(5), () => Promise.reject(new Error('no')))
  work.add('good', rank(1), async () => (done.push('first'), 'done'))
  work.add('good', rank(1), async () => (done.push('second'), 'done'))
  for (let n = 0; n < 10; n++) await turn()
  t.same(errors, ['bad'])
  t.same(done, ['second'])
  let ended = false
  work.add('long', rank(1), (signal) => new Promise((settle) => signal.addEventListener('abort', () => { ended = true; settle('stopped') })))
  await turn()
  await work.stop()
  t.ok(ended)
  work.add('late', rank(9), async () => (done.push('late'), 'done'))
  await turn()
  t.same(done, ['second'], 'nothing begins after the stop')
})

t.test('what is promoted goes on where it is: what runs is not begun anew, what waits takes the place of less', async (t) => {
  const log: string[] = []
  const work = createRankedWork((key) => log.push(`failed ${key}`))
  const free = new Map<string, () => void>()
  const job = (name: string): RankedJob => (signal) =>
    new Promise((done) => {
      log.push(`begin ${name}`)
      free.set(name, () => done('done'))
      signal.addEventListener('abort', () => done('stopped'))
    })
  t.notOk(work.promote('a', rank(9)), 'there is nothing of it')
  work.add('a', rank(-1), job('a'))
  t.ok(work.promote('a', rank(5)))
  work.add('b', rank(4), job('b'))
  work.add('c', rank(-1), job('c'))
  await turn()
  t.same(log, ['begin a'], 'it has its new rank, and was not stopped')
  t.ok(work.promote('c', rank(9)))
  for (let n = 0; n < 5; n++) await turn()
  t.same(log, ['begin a', 'begin c'])
  free.get('c')?.()
  for (let n = 0; n < 5; n++) await turn()
  t.same(log, ['begin a', 'begin c', 'begin a'], 'what gave way comes round by its new rank')
  await work.stop()
})
