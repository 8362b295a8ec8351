import t from 'tap'
import fc from 'fast-check'
import { accumulate, countedInterfaces, decodeDataCount, MAX_INTERFACES, type DataCount } from '../../agent/core/data-counter.ts'

t.test('bytes are counted from the first look, over re-attachments, new names and reboots', async (t) => {
  let count = accumulate(null, 'a', { wwan0: { rx: 1_000, tx: 500 } })
  t.match(count, { rxBytes: 0, txBytes: 0 }, 'what was before is not ours')
  count = accumulate(count, 'a', { wwan0: { rx: 1_300, tx: 600 } })
  t.match(count, { rxBytes: 300, txBytes: 100 })
  count = accumulate(count, 'a', { wwan0: { rx: 50, tx: 10 } })
  t.match(count, { rxBytes: 350, txBytes: 110 }, 'reset')
  count = accumulate(count, 'a', { wwan1: { rx: 7, tx: 7 } })
  t.match(count, { rxBytes: 357, txBytes: 117 }, 'another name')
  count = accumulate(count, 'b', { wwan1: { rx: 1_007, tx: 1_007 } })
  t.match(count, { rxBytes: 1_364, txBytes: 1_124 }, 'after a reboot all of it is new, also where it is more than before')
})

t.test('the count never goes back and never counts a byte twice', async (t) => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(10_000), fc.nat(10_000), fc.boolean()), { maxLength: 40 }), (steps) => {
    let [rx, tx, passedRx, passedTx] = [0, 0, 0, 0]
    let count = accumulate(null, 'a', { wwan0: { rx, tx } })
    for (const [dRx, dTx, reset] of steps) {
      if (reset) [rx, tx] = [0, 0]
      rx += dRx; tx += dTx; passedRx += dRx; passedTx += dTx
      const before = count
      count = accumulate(count, 'a', { wwan0: { rx, tx } })
      if (count.rxBytes < before.rxBytes || count.txBytes < before.txBytes) return false
    }
    return count.rxBytes <= passedRx && count.txBytes <= passedTx
  }))
  t.pass()
})

t.test('mobile interfaces count where there are any, else the outward ones', async (t) => {
  t.same(countedInterfaces(['lo', 'eth0', 'wwan0', 'docker0']), ['wwan0'])
  t.same(countedInterfaces(['lo', 'eth0', 'wlan0', 'veth12', 'br-1']), ['eth0', 'wlan0'])
  t.same(countedInterfaces(['lo']), [])
  t.equal(countedInterfaces(Array.from({ length: 99 }, (_, i) => `ppp${i}`)).length, MAX_INTERFACES)
})

t.test('a stored count is read back, a damaged one is not', async (t) => {
  const count: DataCount = accumulate(accumulate(null, 'a', { eth0: { rx: 1, tx: 2 } }), 'a', { eth0: { rx: 5, tx: 9 } })
  t.same(decodeDataCount(JSON.stringify(count)), count)
  for (const bad of ['', 'null', '{}', '{"rxBytes":-1,"txBytes":0,"boot":"a","last":{}}', '{"rxBytes":1,"txBytes":1,"boot":1,"last":{}}', '[1]', '{"rxBytes":1,"txBytes":1,"boot":"a","last":null}']) t.equal(decodeDataCount(bad), null, bad)
  t.same(decodeDataCount('{"rxBytes":1,"txBytes":1,"boot":"a","last":{"x":null,"y":{"rx":1}}}')?.last, {})
})
