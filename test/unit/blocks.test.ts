import t, { type Test } from 'tap'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { createDisk } from '../../agent/adapters/disk.ts'
import type { Disk } from '../../agent/core/ports.ts'
import { createBlocks, type Transfer } from '../../agent/stages/blocks.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { BLOCK_BYTES, encodeBlock } from '../../shared/protocol/blocks.ts'
import { toBase64Url } from '../../shared/protocol/wire.ts'

const crypto = nodeCrypto()
const file = Uint8Array.from({ length: 3 * BLOCK_BYTES }, (_, i) => i % 251)
const sha = crypto.sha256(file)
const transfer: Transfer = { sha: toBase64Url(sha), bytes: file.length, name: `media/${toBase64Url(sha)}` }
const block = (index: number): Uint8Array => encodeBlock({ sha, index, bytes: file.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES) })
const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 100))

async function rig(t: Test, change: (disk: Disk) => Disk = (disk) => disk) {
  let now = 0
  let timers: { at: number; fn: () => void }[] = []
  const clock: Clock = {
    wall: () => wallMs(now),
    mono: () => monoMs(now),
    after: (ms, fn) => {
      const timer = { at: now + ms, fn }
      timers.push(timer)
      return () => void (timers = timers.filter((one) => one !== timer))
    },
  }
  const pass = (ms: number): void => {
    const end = now + ms
    for (;;) {
      const due = timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      timers = timers.filter((one) => one !== due)
      now = due.at
      due.fn()
    }
    now = end
  }
  let up = true
  let asked = 0
  const disk = change(await createDisk(t.testdir()))
  const want = (): Promise<boolean> => {
    asked++
    return Promise.resolve(up)
  }
  const blocks = createBlocks({ clock, disk, log: silentLog, want })
  const ends: string[] = []
  blocks.begin(transfer, (end) => void ends.push(end))
  await settle()
  return { blocks, disk, ends, asked: () => asked, pass, link: (is: boolean) => void (up = is) }
}

t.test('a file that the server does not give holds no other one up', async (t) => {
  const { blocks, ends, pass } = await rig(t)
  for (let s = 0; s < 20; s++) {
    pass(6_000)
    await settle()
  }
  t.same(ends, ['stalled'])
  t.notOk(blocks.busy())
})

t.test('a transfer waits through an outage of the link', async (t) => {
  const { blocks, ends, pass, link } = await rig(t)
  link(false)
  for (let s = 0; s < 20; s++) {
    pass(6_000)
    await settle()
  }
  t.same(ends, [])
  link(true)
  blocks.linkUp()
  for (const i of [0, 1, 2]) blocks.block(block(i))
  await settle()
  t.same(ends, ['done'])
})

t.test('a block that the disk does not take ends the transfer, which another time takes up again', async (t) => {
  let full = true
  const { blocks, ends, disk } = await rig(t, (real) => ({
    ...real,
    writeAt: (name, at, bytes) => (full && at > 0 ? Promise.reject(new Error('no space left')) : real.writeAt(name, at, bytes)),
  }))
  for (const i of [0, 1, 2]) blocks.block(block(i))
  await settle()
  t.same(ends, ['stalled'])
  t.notOk(blocks.busy())
  full = false
  blocks.begin(transfer, (end) => void ends.push(end))
  await settle()
  for (const i of [0, 1, 2]) blocks.block(block(i))
  await settle()
  t.same(ends, ['stalled', 'done'])
  t.ok(Buffer.from(file).equals((await disk.read(transfer.name)) ?? new Uint8Array()))
})

t.test('a disk that cannot be read does not hold the queue up', async (t) => {
  const { ends, blocks } = await rig(t, (real) => ({ ...real, read: () => Promise.reject(new Error('worn out')) }))
  t.same(ends, ['stalled'])
  t.notOk(blocks.busy())
})
