import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { hasRoom, nextFile, startJitterMs, type FetchContext, type WantedFile } from '../../agent/core/cache-policy.ts'

const now = wallMs(1_000_000_000_000)
const HOUR = 3_600_000
const file = (sha: string, dueIn: number | null, more: Partial<WantedFile> = {}): WantedFile => ({ sha, bytes: 1_000, due: dueIn === null ? null : wallMs(now + dueIn), pinned: false, ...more })
const context = (more: Partial<FetchContext> = {}): FetchContext => ({ now, held: new Set(), fetchedToday: 0, budget: 0, ...more })

t.test('what is on air first is fetched first, also before pinned files that nobody waits for yet', async (t) => {
  const siren = file('siren', null, { pinned: true })
  const files = [file('evening', 10 * HOUR), siren, file('soon', 30_000), file('someday', null)]
  const order: (string | undefined)[] = []
  const held = new Set<string>()
  for (let n = 0; n < files.length; n++) {
    const next = nextFile(files, context({ held }))
    order.push(next?.sha)
    if (next) held.add(next.sha)
  }
  t.same(order, ['soon', 'siren', 'evening', 'someday'])
  t.equal(nextFile(files, context({ held })), null)
})

t.test('what is due within minutes is not held back by chance, and chance keeps every deadline', async (t) => {
  t.equal(startJitterMs(file('soon', 30_000), now, () => 0.999), 0)
  t.ok(startJitterMs(file('siren', null, { pinned: true }), now, () => 0.999) <= HOUR / 40)
  for (const dueIn of [11 * 60_000, HOUR, 24 * HOUR]) t.ok(startJitterMs(file('x', dueIn), now, () => 0.999) < dueIn / 20)
})

t.test('a spent budget holds back only what is not needed within a day', async (t) => {
  const spent = context({ budget: 500, fetchedToday: 400 })
  t.equal(nextFile([file('far', 48 * HOUR)], spent), null)
  t.equal(nextFile([file('far', 48 * HOUR), file('near', 3 * HOUR)], spent)?.sha, 'near')
  t.equal(nextFile([file('siren', null, { pinned: true })], spent)?.sha, 'siren')
})

t.test('a release is paid for by the budget of the day, and one that is larger than a whole day’s has a day of its own', async (t) => {
  t.ok(hasRoom({ budget: 0, fetchedToday: 9_000_000 }, 1_000_000), 'nothing bounds it')
  t.ok(hasRoom({ budget: 500, fetchedToday: 400 }, 100))
  t.notOk(hasRoom({ budget: 500, fetchedToday: 400 }, 101))
  t.ok(hasRoom({ budget: 500, fetchedToday: 0 }, 501))
  t.notOk(hasRoom({ budget: 500, fetchedToday: 1 }, 501), 'programmes came first today')
})
