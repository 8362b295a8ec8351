import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { gathering } from '../../server/web/app/src/lib/gathering.ts'

/** Notes something each few ms for so long. */
async function pelt(note: () => void, forMs: number): Promise<void> {
  for (const end = performance.now() + forMs; performance.now() < end; await pause(3)) note()
}

t.test('what comes together is loaded once', async (t) => {
  let loads = 0
  const { note, stop } = gathering(async () => void loads++, 40)
  t.teardown(stop)
  for (let n = 0; n < 50; n++) note()
  t.equal(loads, 0, 'not yet')
  await pause(150)
  t.equal(loads, 1)
})

t.test('news that never ends does not put the load off', async (t) => {
  let loads = 0
  const { note, stop } = gathering(async () => void loads++, 50)
  t.teardown(stop)
  await pelt(note, 1_000)
  t.ok(loads >= 4, `loaded ${loads} times within a second`)
  t.ok(loads <= 20, `and no more often than every 50 ms: ${loads}`)
})

t.test('a slow answer is waited for, never overtaken, and rested after', async (t) => {
  let [begun, ended, atOnce] = [0, 0, 0]
  const { note, stop } = gathering(async () => {
    begun++
    atOnce = Math.max(atOnce, begun - ended)
    await pause(100)
    ended++
  }, 10)
  t.teardown(stop)
  await pelt(note, 1_200)
  t.equal(atOnce, 1, 'one at a time')
  t.ok(ended >= 2, `${ended} answers came`)
  t.ok(begun <= 5, `a third of the time at most is spent on loading: ${begun} loads of 100 ms`)
})

t.test('what happens while it loads is loaded afterwards, without another word', async (t) => {
  let happened = 0
  const seen: number[] = []
  const { note, stop } = gathering(async () => {
    seen.push(happened)
    await pause(60)
  }, 10)
  t.teardown(stop)
  note()
  await pause(40)
  happened = 1
  note()
  await pause(600)
  t.same(seen, [0, 1])
})

t.test('after the end nothing is loaded, also not what was noted', async (t) => {
  let loads = 0
  const { note, stop } = gathering(async () => {
    loads++
    await pause(50)
  }, 10)
  note()
  await pause(30)
  note()
  stop()
  note()
  await pause(300)
  t.equal(loads, 1)
})

t.test('a load that fails does not end the gathering', async (t) => {
  let loads = 0
  const failures: unknown[] = []
  const noteFailure = (reason: unknown): void => void failures.push(reason)
  process.on('unhandledRejection', noteFailure)
  t.teardown(() => process.off('unhandledRejection', noteFailure))
  const { note, stop } = gathering(async () => {
    loads++
    if (loads === 1) throw new Error('a fault of ours')
  }, 10)
  t.teardown(stop)
  note()
  await pause(100)
  note()
  await pause(100)
  t.equal(loads, 2)
  t.match(failures, [{ message: 'a fault of ours' }], 'and is not swallowed')
})
