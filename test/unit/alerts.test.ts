import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { alertOf, alertRig, memoryDisk, signed, T0, timeKey } from '../support/alert-rig.ts'

const SECOND = 1_000
const HOUR = 3_600_000
const SLOT = 'a.vode1'
const seconds = (at: number | null): number => Math.round(((at ?? 0) - T0) / 100) / 10

t.test('an order that comes in time sounds from its begin on, as often as it says, and each step is told', async (t) => {
  const rig = alertRig()
  rig.stage.order(signed(alertOf()))
  t.same(rig.states(SLOT), ['received'])
  await rig.pass(60 * SECOND)
  t.same(rig.heard.map(({ from, to }) => [seconds(from), seconds(to)]), [[0.7, 15.7], [15.7, 30.7], [30.7, 45.7]])
  t.same(rig.states(SLOT), ['received', 'sounding', 'finished'])
  t.match(rig.last(SLOT), { rev: 1, st: 'finished' })
  t.equal(rig.told[1]?.level, -20)
  t.same(rig.stage.manner(SLOT), { volume: 90, riseMs: 2_000 })
  t.equal(rig.stage.manner('v.1'), null)
})

t.test('the same order again, an older revision, and any order when its time is past are silent', async (t) => {
  const rig = alertRig()
  rig.stage.order(signed(alertOf({ rev: 5, times: 1 })))
  await rig.pass(20 * SECOND)
  rig.stage.order(signed(alertOf({ rev: 5, times: 1 })))
  rig.stage.order(signed(alertOf({ rev: 4, times: 9 })))
  await rig.pass(60 * SECOND)
  t.equal(rig.heard.length, 1)
  t.same(rig.refused, ['rolled-back'])
  await rig.pass(HOUR)
  rig.stage.order(signed(alertOf({ rev: 6 })))
  rig.stage.order(signed(alertOf({ id: 'khac1' })))
  await rig.pass(60 * SECOND)
  t.equal(rig.heard.length, 1)
  t.same(rig.refused, ['rolled-back', 'expired', 'expired'])
})

t.test('an order for another cluster, one that a key for another use signed, and one that is no order are counted and silent', async (t) => {
  const rig = alertRig()
  rig.stage.order(signed(alertOf({ c: 'c0000000a2' })))
  rig.stage.order(signed(alertOf(), timeKey))
  rig.stage.order(signed(alertOf()).slice(0, -4) + 'AAAA')
  rig.stage.order('nothing')
  rig.stage.order('')
  await rig.pass(30 * SECOND)
  t.same(rig.refused, ['wrong-target', 'unsigned', 'unsigned', 'malformed'], 'an empty one only takes away what was retained')
  t.same(rig.heard, [])
})

t.test('an order that was in force longer than its end stays refused when its end is brought forward and it is replayed', async (t) => {
  const rig = alertRig()
  const first = signed(alertOf({ rev: 1, exp: T0 + 20 * HOUR }))
  rig.stage.order(signed(alertOf({ rev: 2, exp: T0 + 60 * SECOND, ended: T0 })))
  await rig.pass(10 * 60 * SECOND)
  rig.stage.order(first)
  await rig.pass(60 * SECOND)
  t.same(rig.heard, [])
  t.same(rig.refused, ['rolled-back'])
})

t.test('floors are still there after the power failed', async (t) => {
  const files = new Map<string, Uint8Array>()
  const rig = alertRig({ disk: memoryDisk(files) })
  rig.stage.order(signed(alertOf({ rev: 5, ended: T0 })))
  await rig.pass(SECOND)
  const after = alertRig({ disk: memoryDisk(files), start: wallMs(T0 + 5 * SECOND) })
  await after.stage.load()
  after.stage.order(signed(alertOf({ rev: 4 })))
  await after.pass(30 * SECOND)
  t.same(after.refused, ['rolled-back'])
  t.same(after.heard, [])
})

t.test('whoever hears of it late joins in phase while a whole repeat is left, and begins anew when none is', async (t) => {
  const joins = alertRig({ start: wallMs(T0 + 20 * SECOND) })
  joins.stage.order(signed(alertOf()))
  await joins.pass(60 * SECOND)
  t.same(joins.heard.map(({ from }) => seconds(from)), [20, 30.7, 45.7], 'in phase, and as often as the others')
  const late = alertRig({ start: wallMs(T0 + 40 * SECOND) })
  late.stage.order(signed(alertOf()))
  await late.pass(60 * SECOND)
  t.same(late.heard.map(({ from }) => seconds(from)), [40, 55, 70])
  const once = alertRig({ start: wallMs(T0 + 2 * SECOND) })
  once.stage.order(signed(alertOf({ times: 1 })))
  await once.pass(30 * SECOND)
  t.same(once.heard.map(({ from, to }) => [seconds(from), seconds(to)]), [[2, 15.7]], 'within the tone nothing of the message is lost')
})

t.test('a cluster that returns shortly before the end sounds until then and not after', async (t) => {
  const rig = alertRig({ start: wallMs(T0 + HOUR - 10 * SECOND) })
  rig.stage.order(signed(alertOf()))
  await rig.pass(60 * SECOND)
  t.same(rig.heard.map(({ from, to }) => [seconds(from), seconds(to)]), [[3590, 3600]])
  t.match(rig.last(SLOT), { st: 'ended', why: 'expired' })
})

t.test('it goes on after a restart: in phase, or with the repeats that are left', async (t) => {
  const files = new Map<string, Uint8Array>()
  const rig = alertRig({ disk: memoryDisk(files) })
  rig.stage.order(signed(alertOf()))
  await rig.pass(20 * SECOND)
  const soon = alertRig({ disk: memoryDisk(new Map(files)), start: wallMs(T0 + 25 * SECOND) })
  await soon.stage.load()
  await soon.pass(60 * SECOND)
  t.same(soon.heard.map(({ from }) => seconds(from)), [25, 30.7])
  const later = alertRig({ disk: memoryDisk(new Map(files)), start: wallMs(T0 + 600 * SECOND) })
  await later.stage.load()
  later.stage.order(signed(alertOf()))
  await later.pass(120 * SECOND)
  t.same(later.heard.map(({ from }) => seconds(from)), [600, 615], 'one of three had sounded whole')
  t.equal(later.last(SLOT)?.st, 'finished')
})

t.test('one that has finished does not sound again after a restart', async (t) => {
  const files = new Map<string, Uint8Array>()
  const rig = alertRig({ disk: memoryDisk(files) })
  rig.stage.order(signed(alertOf()))
  await rig.pass(60 * SECOND)
  const after = alertRig({ disk: memoryDisk(files), start: wallMs(T0 + 70 * SECOND) })
  await after.stage.load()
  after.stage.order(signed(alertOf()))
  await after.pass(120 * SECOND)
  t.same(after.heard, [])
})

t.test('an end is silence at once, and told when the device is silent', async (t) => {
  const rig = alertRig()
  rig.stage.order(signed(alertOf()))
  await rig.pass(5 * SECOND)
  rig.stage.order(signed(alertOf({ rev: 2, ended: T0 + 5 * SECOND })))
  await rig.pass(30 * SECOND)
  t.same(rig.heard.map(({ from, to }) => [seconds(from), seconds(to)]), [[0.7, 5]])
  t.match(rig.last(SLOT), { st: 'ended', rev: 2, at: T0 + 5 * SECOND })
})

t.test('without a clock that can be trusted orders wait, the newest of each; after ten seconds the station is told', async (t) => {
  const rig = alertRig({ timeKnown: false })
  rig.stage.order(signed(alertOf()))
  rig.stage.order(signed(alertOf({ rev: 2, times: 1 })))
  rig.stage.order(signed(alertOf({ id: 'gia01' }), timeKey))
  await rig.pass(11 * SECOND)
  t.same(rig.stage.slots(), [])
  t.match(rig.last(SLOT), { st: 'failed', rev: 2, why: 'clock-untrusted' })
  rig.state.time = true
  rig.stage.timeKnown()
  await rig.pass(60 * SECOND)
  t.equal(rig.heard.length, 1)
  t.equal(rig.last(SLOT)?.st, 'finished')
  t.same(rig.refused, ['unsigned', 'clock-untrusted'])
})

t.test('what the station did not get is told when the link is back, the newest state of each slot', async (t) => {
  const rig = alertRig()
  rig.stage.order(signed(alertOf()))
  await rig.pass(SECOND)
  rig.state.linkUp = false
  await rig.pass(60 * SECOND)
  t.same(rig.states(SLOT), ['received', 'sounding'])
  rig.state.linkUp = true
  rig.stage.linkUp()
  t.same(rig.states(SLOT), ['received', 'sounding', 'finished'])
  await rig.pass(2 * HOUR)
  rig.stage.linkUp()
  t.equal(rig.told.length, 3, 'and not for ever')
})

t.test('a live broadcast is answered from what the device says', async (t) => {
  const rig = alertRig()
  const slot = { ...alertRig().stage.slots()[0], id: 'l.mic1', class: 'live' } as Parameters<typeof rig.stage.began>[0]
  rig.stage.began(slot, rig.wall(), -18)
  rig.stage.ended(slot, rig.wall(), 'interrupted')
  rig.stage.began(slot, rig.wall(), -18)
  rig.stage.ended(slot, rig.wall(), null)
  rig.stage.began({ ...slot, id: 'l.mic1.c' }, rig.wall(), -18)
  t.same(rig.told.map(({ slot: id, st, rev }) => [id, st, rev]), [['l.mic1', 'sounding', 77], ['l.mic1', 'waiting', 77], ['l.mic1', 'sounding', 77], ['l.mic1', 'finished', 77]])
})

t.test('an idle box has no timer and writes nothing', async (t) => {
  const files = new Map<string, Uint8Array>()
  const rig = alertRig({ disk: memoryDisk(files) })
  await rig.stage.load()
  rig.stage.timeKnown()
  rig.stage.look()
  await rig.pass(SECOND)
  t.equal(rig.waiting(), 0)
  t.equal(files.size, 0)
})

t.test('a file that is taken away when its message has been heard does not make a failure of it', async (t) => {
  const rig = alertRig()
  rig.stage.order(signed(alertOf({ times: 1 })))
  await rig.pass(10 * SECOND)
  t.equal(rig.last(SLOT)?.st, 'sounding')
  rig.held.delete(alertOf().parts[1]?.m ?? '')
  rig.stage.look()
  await rig.pass(60 * SECOND)
  t.same(rig.states(SLOT), ['received', 'sounding', 'finished'])
})
