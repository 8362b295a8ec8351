import { createHash } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createBodyStore } from '../../server/adapters/body-store.ts'

const shaOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url')
const one = Uint8Array.from({ length: 900 }, (_, i) => i % 251)
const two = Uint8Array.from({ length: 40 }, (_, i) => 255 - i)

t.test('a body is there after a restart, byte for byte', (t) => {
  const folder = t.testdir()
  createBodyStore(folder).save(shaOf(one), one)
  t.same(createBodyStore(folder).read(shaOf(one)), one)
  t.equal(createBodyStore(folder).read(shaOf(two)), null)
  t.end()
})

t.test('a body that a power cut left short, empty or full of zeros is absent, so that it is made again', (t) => {
  for (const [what, left] of [['short', one.subarray(0, 512)], ['empty', new Uint8Array()], ['zeros', new Uint8Array(one.length)]] as const) {
    const folder = t.testdir()
    createBodyStore(folder).save(shaOf(one), one)
    writeFileSync(join(folder, shaOf(one)), left)
    const again = createBodyStore(folder)
    t.equal(again.read(shaOf(one)), null, what)
    again.save(shaOf(one), one)
    t.same(createBodyStore(folder).read(shaOf(one)), one, `${what}, and made again`)
  }
  t.end()
})

t.test('what no plan names any more goes, from the disk and from memory', (t) => {
  const folder = t.testdir()
  const bodies = createBodyStore(folder)
  for (const bytes of [one, two]) bodies.save(shaOf(bytes), bytes)
  bodies.keepOnly(new Set([shaOf(two)]))
  t.same(readdirSync(folder), [shaOf(two)])
  t.equal(bodies.read(shaOf(one)), null)
  t.same(bodies.read(shaOf(two)), two)
  t.end()
})
