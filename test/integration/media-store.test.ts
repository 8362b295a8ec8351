import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { BLOCK_BYTES, type MediaStore } from '../../server/adapters/media-store.ts'
import { filesBelow, storeIn } from '../support/sound-files.ts'

const put = async (store: MediaStore, bytes: Uint8Array): Promise<string> => {
  const folder = await store.workFolder()
  await folder.write('x', bytes)
  const { sha } = await store.keep(folder.path('x'))
  await folder.remove()
  return sha
}

t.test('blocks put together again have the hash that names the file', async (t) => {
  const store = await storeIn(t.testdir())
  for (const length of [1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 262_144, 262_145, 700_001]) {
    const bytes = randomBytes(length)
    const sha = await put(store, bytes)
    t.equal(await store.bytes(sha), length)
    const hash = createHash('sha256')
    const count = Math.ceil(length / BLOCK_BYTES)
    for (let i = 0; i < count; i++) {
      const block = await store.readBlock(sha, i)
      t.equal(block?.length, i < count - 1 ? BLOCK_BYTES : length - (count - 1) * BLOCK_BYTES)
      hash.update(block ?? new Uint8Array())
    }
    t.equal(hash.digest('base64url'), sha, `${length} bytes`)
    t.equal(await store.readBlock(sha, count), null, 'nothing past the end')
    // 5 000 does not divide the pieces that are cached: a block may lie across two of them
    const odd = await store.readBlock(sha, Math.floor(262_144 / 5_000), 5_000)
    t.same(odd ? Buffer.from(odd) : null, length > 260_000 ? bytes.subarray(260_000, 265_000) : null)
  }
})

t.test('names that are no hash reach no file, and absence is an answer', async (t) => {
  const dir = t.testdir()
  const store = await storeIn(dir)
  writeFileSync(join(dir, 'secret.opus'), 'x')
  const absent = 'A'.repeat(43)
  for (const sha of ['../secret', '', absent, `${'A'.repeat(42)}/`, `${absent}\n`]) {
    t.equal(await store.has(sha), false)
    t.equal(await store.bytes(sha), null)
    t.equal(await store.path(sha), null)
    t.equal(await store.open(sha), null)
    t.equal(await store.readBlock(sha, 0), null)
    await store.remove(sha)
  }
  t.same(filesBelow(dir), ['secret.opus'])
  const sha = await put(store, randomBytes(10))
  for (const index of [-1, 0.5, Number.NaN, 1, 65_535]) t.equal(await store.readBlock(sha, index), null, String(index))
})

t.test('absence is not remembered, and neither is what was removed', async (t) => {
  const store = await storeIn(t.testdir())
  const bytes = randomBytes(20_000)
  const sha = createHash('sha256').update(bytes).digest('base64url')
  t.equal(await store.readBlock(sha, 0), null)
  await put(store, bytes)
  t.equal((await store.readBlock(sha, 0))?.length, BLOCK_BYTES)
  t.same(await store.list(), [{ sha, bytes: 20_000 }])
  await store.remove(sha)
  t.equal(await store.readBlock(sha, 0), null)
  t.same(await store.list(), [])
})

t.test('many readers of many files get the right bytes although the memory holds only some of them', async (t) => {
  const store = await storeIn(t.testdir())
  const files = await Promise.all(Array.from({ length: 40 }, async (_, i) => {
    const bytes = Buffer.alloc(1_100_000, i + 1)
    return { mark: i + 1, sha: await put(store, bytes) }
  }))
  // 40 files of 5 pieces are more than the 128 pieces that are kept
  for (let round = 0; round < 2; round++) {
    const wrong = await Promise.all(files.flatMap(({ mark, sha }) => [0, 33, 66, 99, 134].map(async (i) => {
      const block = await store.readBlock(sha, i)
      return block !== null && block.length > 0 && block.every((b) => b === mark) ? 0 : 1
    })))
    t.equal(wrong.reduce<number>((a, b) => a + b, 0), 0)
  }
})
