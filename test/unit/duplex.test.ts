import t from 'tap'
import { once } from 'node:events'
import { duplexPair } from '../support/duplex.ts'

t.test('what one end writes the other reads, both ways and in order', async (t) => {
  const [a, b] = duplexPair()
  a.write('one ')
  a.end('two')
  b.end('back')
  t.equal(Buffer.concat((await b.toArray()) as Buffer[]).toString(), 'one two')
  t.equal(Buffer.concat((await a.toArray()) as Buffer[]).toString(), 'back')
})

t.test('a writer waits for a reader that does not read', async (t) => {
  const [a, b] = duplexPair()
  let taken = 0
  for (let i = 0; i < 10; i++) a.write(Buffer.alloc(16_384), () => taken++)
  await new Promise((tick) => setTimeout(tick, 20))
  t.ok(taken < 10 && a.writableLength > 0, `${taken} chunks taken, ${a.writableLength} B wait`)
  b.resume()
  await once(a, 'drain')
  t.equal(a.writableLength, 0)
})

t.test('destroying one end destroys the other', async (t) => {
  const [a, b] = duplexPair()
  const gone = once(b, 'close')
  a.destroy()
  await gone
  t.ok(b.destroyed)
})

t.test('a write into an end that is gone does not hang', async (t) => {
  const [a, b] = duplexPair()
  a.write(Buffer.alloc(100_000))
  a.write(Buffer.alloc(100_000))
  b.destroy()
  await once(a, 'close')
  t.ok(a.destroyed)
})
