import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { isMonthlyTurn, isNightlyTurn, toneMaySound } from '../../server/core/ears-schedule.ts'
import { startSelfTests } from '../../server/features/ears/plugin.ts'
import { ask, NOW, serverWorld } from '../support/server-world.ts'

const MINUTE = 60_000
/** Monday 23 November 2026, 00:00 in Viet Nam. */
const MIDNIGHT = NOW - 4 * 3_600_000
const IDS = Array.from({ length: 300 }, (_, i) => `c${String(i).padStart(9, '0')}`)
const minutes = (days: number): number[] => Array.from({ length: days * 1_440 }, (_, i) => MIDNIGHT + i * MINUTE)

t.test('every cluster is checked once a night, spread over the hours before anybody is at the station', async (t) => {
  const turns = IDS.map((id) => minutes(2).filter((at) => isNightlyTurn({ nightly: true, monthlyDay: null }, id, wallMs(at))))
  t.ok(turns.every((own) => own.length === 2))
  t.ok(turns.flat().every((at) => ((at - MIDNIGHT) % 86_400_000) / 3_600_000 >= 2 && ((at - MIDNIGHT) % 86_400_000) / 3_600_000 < 4))
  const busiest = Math.max(...minutes(1).map((at) => turns.filter((own) => own.includes(at)).length))
  t.ok(busiest < 15, `${String(busiest)} in one minute`)
  t.notOk(isNightlyTurn({ nightly: false, monthlyDay: null }, IDS[0] ?? '', wallMs(turns[0]?.[0] ?? 0)))
})

t.test('a test tone is tried on its day only, by daylight', async (t) => {
  const own = minutes(3).filter((at) => isMonthlyTurn({ nightly: true, monthlyDay: 24 }, IDS[7] ?? '', wallMs(at)))
  t.equal(own.length, 13)
  t.ok(own.every((at) => at >= MIDNIGHT + 86_400_000 + 6 * 3_600_000 && at < MIDNIGHT + 86_400_000 + 19 * 3_600_000))
  t.same(minutes(3).filter((at) => isMonthlyTurn({ nightly: true, monthlyDay: null }, IDS[7] ?? '', wallMs(at))), [])
})

t.test('it sounds only where all hours allow it, and away from what is planned', async (t) => {
  const open = { windows: [{ from: 0, to: 86_400 }], quiet: [], openings: [], pauses: [], mourning: [], volume: [] } as never
  const at = wallMs(MIDNIGHT + 9 * 3_600_000)
  t.equal(toneMaySound({ slots: [], policies: { b: open, a: open } }, at), 'a')
  t.equal(toneMaySound({ slots: [], policies: {} }, at), null, 'no hours, no sound')
  t.equal(toneMaySound({ slots: [{ start: wallMs(at + 4 * MINUTE), end: wallMs(at + 9 * MINUTE) }], policies: { a: open } }, at), null)
  const shut = { ...(open as object), windows: [{ from: 5 * 3_600, to: 6 * 3_600 }] } as never
  t.equal(toneMaySound({ slots: [], policies: { a: open, b: shut } }, at), null, 'one of them does not allow it')
})

t.test('the rule is the station’s to set, tests are ordered at their turn, and one that fails is told', async (t) => {
  const world = await serverWorld(t)
  t.match((await ask(world.app, 'GET /api/v1/self-tests')).body, { nightly: true, monthlyDay: null })
  t.equal((await ask(world.app, 'PUT /api/v1/self-tests', { nightly: true, monthlyDay: 31 })).status, 400)
  t.match((await ask(world.app, 'PUT /api/v1/self-tests', { nightly: true, monthlyDay: 3 })).body, { nightly: true, monthlyDay: 3 })
  const cluster = 'c0000000a1'
  world.deps.stores.clusters.insert({ id: cluster, name: 'Cụm 1', created: world.clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
  const told: string[] = []
  world.deps.events.onEvent(({ kind }) => told.push(kind))
  const timers: (() => void)[] = []
  const clock = { ...world.clock, after: (_ms: number, fn: () => void) => { timers.push(fn); return () => undefined } }
  const stop = startSelfTests({ ...world.deps, clock })
  for (let i = 0; i < 26 * 60; i++) {
    world.clock.pass(MINUTE)
    for (const fn of timers.splice(0)) fn()
  }
  const tests = world.deps.stores.hands.ofCluster(cluster, 50)
  t.match(tests, [{ kind: 'check', actor: 'server' }], 'one in a day and two hours')
  const [test] = tests
  if (test) world.deps.stores.hands.note(cluster, { id: test.id, st: 'failed', at: 1, why: 'failed', facts: { diskWell: false } }, world.clock.wall())
  world.deps.events.tell({ kind: 'service.answered', at: world.clock.wall(), areas: [], subject: cluster, detail: { service: test?.id } })
  t.same(told.at(-1), 'self-test.failed')
  stop()
})
