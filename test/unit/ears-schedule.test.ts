import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { isMonthlyTurn, isNightlyTurn, toneMaySound } from '../../server/core/ears-schedule.ts'
import { selfTestFindings, selfTestVerdict } from '../../server/core/self-test.ts'
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
  t.match(world.deps.stores.lately.selfTest(cluster), { vi: /Bộ nhớ của cụm loa không ghi được/ }, 'the technician’s list has it')
  t.match((await ask(world.app, `GET /api/v1/clusters/${cluster}/services`)).body, [{ state: 'failed', findings: [{ level: 'fault', vi: /Bộ nhớ/ }] }])
  stop()
  // a server that starts anew knows it as well, and the next test that is passed takes it back
  world.deps.stores.lately.noteSelfTest(cluster, null)
  const again = startSelfTests({ ...world.deps, clock })
  t.match(world.deps.stores.lately.selfTest(cluster), { vi: /Bộ nhớ/ })
  const answered = (id: string, facts: Record<string, string | boolean>): void => {
    world.deps.stores.hands.insert({ id, cluster, kind: 'check', detail: {}, actor: 'server', at: world.clock.wall(), expiresAt: wallMs(world.clock.wall() + MINUTE), state: 'ordered', served: null, hasFile: false })
    world.deps.stores.hands.note(cluster, { id, st: 'done', at: 2, facts }, world.clock.wall())
    world.deps.events.tell({ kind: 'service.answered', at: world.clock.wall(), areas: [], subject: cluster, detail: { service: id } })
  }
  answered('0000000001', { diskWell: true, sound: 'not-now' })
  t.not(world.deps.stores.lately.selfTest(cluster), null, 'the sound card was not tried')
  answered('0000000002', { diskWell: true, sound: 'well' })
  t.equal(world.deps.stores.lately.selfTest(cluster), null)
  again()
})

t.test('what a self-test found is told in plain words, the faults first; clock and files have rules of their own', async (t) => {
  for (const sound of ['lost', 'swallows', 'starved', 'wrong-rate']) {
    const facts = { diskWell: true, clockTrusted: true, held: 4, due: 4, sound }
    t.match(selfTestFindings(facts), [{ level: 'fault', vi: /\S/, en: /\S/ }], sound)
    t.match(selfTestVerdict({ st: 'failed', at: 5, facts }), { since: 5 }, sound)
  }
  t.match(selfTestFindings({ sound: 'well', noiseDb: -62.4, humDb: -70.1, held: 3, due: 5, ear: 'no-input' }).map(({ level }) => level), ['fault', 'fault', 'note', 'note'])
  t.ok(selfTestFindings({ sound: 'well', noiseDb: -62.4, humDb: -70.1 }).some(({ vi }) => vi === 'Khi không phát: tiếng ồn −62 dB, tiếng ù điện −70 dB.'))
  t.equal(selfTestVerdict({ st: 'failed', at: 5, facts: { clockTrusted: false, sound: 'well' } }), 'well')
  t.equal(selfTestVerdict({ st: 'done', at: 5, facts: { diskWell: true } }), null, 'a box that cannot try its card says nothing of it')
  t.equal(selfTestVerdict({ st: 'refused', at: 5 }), null)
})
