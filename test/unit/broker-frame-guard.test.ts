import t from 'tap'
import fc from 'fast-check'
import { createFrameGuard } from '../../server/adapters/broker/frame-guard.ts'

const packet = (first: number, length: number): Buffer => {
  const head = [first]
  let left = length
  do {
    head.push((left % 128) | (left >= 128 ? 128 : 0))
    left = Math.floor(left / 128)
  } while (left > 0)
  return Buffer.concat([Buffer.from(head), Buffer.alloc(length, 0x10)])
}
const CONNECT = packet(0x10, 40)

t.test('packets within the limit pass, however they are cut into chunks', async (t) => {
  const result = fc.check(
    fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (lengths, cuts) => {
      const bytes = Buffer.concat([CONNECT, ...lengths.map((length) => packet(0x30, length))])
      const guard = createFrameGuard(() => 300)
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const step = cuts[i % cuts.length] ?? 1
        if (guard.feed(bytes.subarray(at, at + step)) !== 'ok') return false
        at += step
      }
      return true
    }),
  )
  t.notOk(result.failed, `seed ${result.seed}: ${JSON.stringify(result.counterexample)}`)
})

t.test('a longer packet is known by its length alone, before its body comes', async (t) => {
  const guard = createFrameGuard(() => 300)
  t.equal(guard.feed(CONNECT), 'ok')
  t.equal(guard.feed(packet(0x30, 301).subarray(0, 3)), 'too-big')
})

t.test('the limit is asked for every packet anew', async (t) => {
  let limit = 40
  const guard = createFrameGuard(() => limit)
  t.equal(guard.feed(CONNECT), 'ok')
  limit = 1_000
  t.equal(guard.feed(packet(0x30, 900)), 'ok')
  limit = 40
  t.equal(guard.feed(packet(0x30, 900)), 'too-big')
})

t.test('what is no MQTT is known by its first byte', async (t) => {
  t.equal(createFrameGuard(() => 300).feed(Buffer.from('GET / HTTP/1.1\r\n')), 'malformed')
  t.equal(createFrameGuard(() => 300).feed(Buffer.from([0x16, 0x03, 0x01])), 'malformed', 'a TLS hello on the plain port')
  t.equal(createFrameGuard(() => 300).feed(packet(0x30, 3)), 'malformed', 'nothing comes before CONNECT')
  t.equal(createFrameGuard(() => 300).feed(Buffer.from([0x00])), 'malformed')
  t.equal(createFrameGuard(() => 300).feed(Buffer.from([0x10, 255, 255, 255, 255])), 'malformed', 'a length of five bytes')
})
