import t from 'tap'
import { MAX_ALERTS, MAX_REMEMBERED } from '../../agent/core/alert-book.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { alertOf, alertRig, MESSAGE, memoryDisk, signed, SORRY, T0, TONE } from '../support/alert-rig.ts'

const SECOND = 1_000
const HOUR = 3_600_000
const SLOT = 'a.vode1'
const seconds = (at: number | null): number => Math.round(((at ?? 0) - T0) / 100) / 10

t.test('a correction sounds once, and only where more than the tone has sounded', async (t) => {
  const ended = alertOf({ rev: 2, iat: T0 + 8 * SECOND, ended: T0 + 8 * SECOND, corr: [{ m: SORRY, ms: 6_000 }] })
  const heardIt = alertRig()
  heardIt.stage.order(signed(alertOf()))
  await heardIt.pass(8 * SECOND)
  heardIt.stage.order(signed(ended))
  await heardIt.pass(30 * SECOND)
  heardIt.stage.order(signed(ended))
  await heardIt.pass(30 * SECOND)
  t.same(heardIt.heard.map(({ slot, from, to }) => [slot, seconds(from), seconds(to)]), [[SLOT, 0.7, 8], [`${SLOT}.c`, 10, 16]])
  t.same(heardIt.states(`${SLOT}.c`), ['received', 'sounding', 'finished'])
  const onlyTone = alertRig()
  onlyTone.stage.order(signed(alertOf()))
  await onlyTone.pass(3 * SECOND)
  onlyTone.stage.order(signed(ended))
  await onlyTone.pass(30 * SECOND)
  t.same(onlyTone.heard.map(({ slot }) => slot), [SLOT])
  const nothing = alertRig({ start: wallMs(T0 + 9 * SECOND) })
  nothing.stage.order(signed(ended))
  await nothing.pass(30 * SECOND)
  t.same(nothing.heard, [])
  t.same(nothing.states(`${SLOT}.c`), [])
})

t.test('a correction finds the cluster that was away, also after a restart and after the alert had finished', async (t) => {
  const files = new Map<string, Uint8Array>()
  const rig = alertRig({ disk: memoryDisk(files) })
  rig.stage.order(signed(alertOf()))
  await rig.pass(60 * SECOND)
  const after = alertRig({ disk: memoryDisk(files), start: wallMs(T0 + 5 * HOUR) })
  await after.stage.load()
  await after.pass(5 * SECOND)
  const ended = alertOf({ rev: 2, iat: T0 + HOUR, exp: T0 + 8 * HOUR, ended: T0 + HOUR, corr: [{ m: SORRY, ms: 6_000 }] })
  after.stage.order(signed(ended))
  await after.pass(3 * SECOND)
  const again = alertRig({ disk: memoryDisk(files), start: wallMs(T0 + 5 * HOUR + 60 * SECOND) })
  await again.stage.load()
  await again.pass(60 * SECOND)
  t.same(after.heard.map(({ slot }) => slot), [`${SLOT}.c`])
  t.same(again.heard.map(({ slot, from, to }) => [slot, seconds(from), seconds(to)]), [[`${SLOT}.c`, 18_060, 18_066]], 'it had been cut off, so it is said whole')
})

t.test('the tone that bridges the making of a message is no repeat of it, and the message follows in phase', async (t) => {
  const rig = alertRig()
  rig.stage.order(signed(alertOf({ times: 6, gap: 0, parts: [{ m: TONE, ms: 3_000 }], lead: 3_000 })))
  await rig.pass(8 * SECOND)
  const tones = [{ m: TONE, ms: 3_000 }, { m: TONE, ms: 3_000 }, { m: TONE, ms: 3_000 }]
  rig.stage.order(signed(alertOf({ rev: 2, times: 2, parts: [...tones, { m: MESSAGE, ms: 10_000 }] })))
  await rig.pass(60 * SECOND)
  t.same(rig.heard.map(({ from, to }) => [seconds(from), seconds(to)]), [[0.7, 3.7], [3.7, 6.7], [6.7, 8], [8, 21.7], [21.7, 42.7]])
  const ended = alertRig()
  ended.stage.order(signed(alertOf({ times: 6, gap: 0, parts: [{ m: TONE, ms: 3_000 }], lead: 3_000 })))
  await ended.pass(8 * SECOND)
  ended.stage.order(signed(alertOf({ rev: 2, iat: T0 + 8 * SECOND, times: 6, gap: 0, parts: [{ m: TONE, ms: 3_000 }], lead: 3_000, ended: T0 + 8 * SECOND, corr: [{ m: SORRY, ms: 6_000 }] })))
  await ended.pass(30 * SECOND)
  t.notOk(ended.heard.some(({ slot }) => slot === `${SLOT}.c`), 'there was nothing to correct')
})

t.test('what is more urgent sounds first, the other waits and says so', async (t) => {
  const rig = alertRig()
  rig.stage.order(signed(alertOf({ id: 'thap1', danger: 1, times: 1 })))
  await rig.pass(2 * SECOND)
  rig.stage.order(signed(alertOf({ id: 'cao01', danger: 9, times: 1, at: T0 + 3 * SECOND })))
  await rig.pass(60 * SECOND)
  t.same(rig.heard.map(({ slot, from }) => [slot, seconds(from)]), [['a.thap1', 0.7], ['a.cao01', 3], ['a.thap1', 18]])
  t.same(rig.states('a.thap1'), ['received', 'sounding', 'waiting', 'sounding', 'finished'])
  const waits = alertRig()
  waits.stage.order(signed(alertOf({ id: 'cao01', danger: 9, times: 1 })))
  await waits.pass(2 * SECOND)
  waits.stage.order(signed(alertOf({ id: 'thap1', danger: 1, times: 1 })))
  t.same(waits.states('a.thap1'), ['waiting'])
})

t.test('one that is cut off by another sounds from its beginning when that one is over, cancelled or expired', async (t) => {
  for (const end of ['cancelled', 'expired'] as const) {
    const rig = alertRig()
    rig.stage.order(signed(alertOf({ id: 'thap1', danger: 1, times: 2 })))
    await rig.pass(2 * SECOND)
    const high = alertOf({ id: 'cao01', danger: 9, times: 9, at: T0 + 3 * SECOND, exp: T0 + (end === 'expired' ? 8 * SECOND : HOUR) })
    rig.stage.order(signed(high))
    await rig.pass(6 * SECOND)
    if (end === 'cancelled') rig.stage.order(signed({ ...high, rev: 2, ended: T0 + 8 * SECOND }))
    await rig.pass(60 * SECOND)
    const from = end === 'expired' ? 8 : 8.0
    t.same(rig.heard.map(({ slot, from: begun }) => [slot, seconds(begun)]), [['a.thap1', 0.7], ['a.cao01', 3], ['a.thap1', from], ['a.thap1', from + 15]])
  }
})

t.test('a file that is lacking is a failure that is told, and it sounds whole when the file comes', async (t) => {
  const rig = alertRig({ held: [TONE] })
  const order = alertOf({ times: 1, parts: [{ m: TONE, ms: 3_000 }, { m: MESSAGE, b: 30_000, s: '~clip1', ms: 10_000 }] })
  rig.stage.order(signed(order))
  t.same(rig.stage.wanted(), [], 'its clip may still come')
  await rig.pass(16 * SECOND)
  t.same(rig.stage.wanted().map(({ sha, bytes }) => [sha, bytes]), [[MESSAGE, 30_000]])
  t.match(rig.last(SLOT), { st: 'failed', why: 'missing-media' })
  t.equal(rig.heard.length, 1, 'the tone')
  await rig.pass(60 * SECOND)
  rig.held.add(MESSAGE)
  rig.stage.look()
  await rig.pass(30 * SECOND)
  t.same(rig.heard.slice(1).map(({ from, to }) => [seconds(from), seconds(to)]), [[76, 91]])
  t.same(rig.states(SLOT), ['received', 'sounding', 'failed', 'sounding', 'finished'])
  t.same(rig.stage.wanted(), [])
})

t.test('sound that comes while it has its turns is not counted as if it had sounded before', async (t) => {
  for (const before of [[], [TONE]]) {
    const rig = alertRig({ held: before })
    rig.stage.order(signed(alertOf()))
    await rig.pass(20 * SECOND)
    rig.held.add(TONE).add(MESSAGE)
    rig.stage.look()
    await rig.pass(60 * SECOND)
    t.same(rig.heard.map(({ from }) => seconds(from)).slice(-3), [before.length > 0 ? 15.7 : 20, 30.7, 45.7], 'in phase, three times')
    t.equal(rig.last(SLOT)?.st, 'finished')
  }
})

t.test('a stop ends it, and no copy of the order brings it back', async (t) => {
  const rig = alertRig()
  rig.stage.order(signed(alertOf()))
  await rig.pass(5 * SECOND)
  rig.state.stop = rig.wall()
  rig.stage.look()
  await rig.pass(5 * SECOND)
  rig.stage.order(signed(alertOf()))
  await rig.pass(60 * SECOND)
  t.equal(rig.heard.length, 1)
  t.match(rig.last(SLOT), { st: 'ended', why: 'stopped' })
  const before = alertRig({ start: wallMs(T0 + 600 * SECOND) })
  before.state.stop = T0 + 300 * SECOND
  before.stage.order(signed(alertOf()))
  await before.pass(60 * SECOND)
  t.same(before.heard, [], 'also where it comes late')
})

t.test('of more than it can hold the lowest rank gives way, and comes back when the station says it again', async (t) => {
  const rig = alertRig()
  const of = (n: number, danger: number) => alertOf({ id: `e${String(n).padStart(4, '0')}`, rev: n + 1, danger, times: 1 })
  for (let n = 0; n <= MAX_ALERTS; n++) rig.stage.order(signed(of(n, n === 3 ? 0 : 5)))
  t.equal(rig.stage.slots().length, MAX_ALERTS)
  t.notOk(rig.stage.slots().some(({ id }) => id === 'a.e0003'))
  t.match(rig.last('a.e0003'), { st: 'failed', why: 'replaced' })
  rig.stage.order(signed({ ...of(5, 5), rev: 1000, ended: T0 }))
  rig.stage.order(signed(of(3, 0)))
  t.ok(rig.stage.slots().some(({ id }) => id === 'a.e0003'))
})

t.test('floors are bounded: the oldest goes into the floor that binds every unknown emergency', async (t) => {
  const rig = alertRig()
  const of = (n: number) => alertOf({ id: `e${String(n).padStart(4, '0')}`, iat: T0 + n, rev: T0 + n, ended: T0 })
  for (let n = 0; n <= MAX_REMEMBERED; n++) rig.stage.order(signed(of(n)))
  rig.stage.order(signed({ ...of(0), rev: T0, ended: null }))
  t.same(rig.refused, ['rolled-back'])
  rig.stage.order(signed(alertOf({ id: 'moi01', rev: T0 + 9_999 })))
  t.equal(rig.stage.slots().length, 1)
})
