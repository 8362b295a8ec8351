import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createDisk } from '../../agent/adapters/disk.ts'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { readClockKeeper } from '../../agent/adapters/clock-keeper.ts'
import type { ClockKeeper, Disk } from '../../agent/core/ports.ts'
import { createTimekeeper } from '../../agent/stages/timekeeper.ts'
import { monoMs, wallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { utf8 } from '../../shared/protocol/wire.ts'

const T0 = Date.UTC(2026, 10, 22)
const HOUR = 3_600_000
const stored = utf8(JSON.stringify({ floor: T0, local: T0, offset: 500, errorMs: 3, driftPpm: 0, boot: 'first' }))

async function timeAt(disk: Disk, wall: number, keeper: ClockKeeper): Promise<number | null> {
  await disk.writeAtomic('state/clock', stored)
  const clock = { wall: () => wallMs(wall), mono: () => monoMs(0), after: () => () => undefined }
  const nothing = (): void => undefined
  const time = createTimekeeper({
    cluster: 'c0000000a1', clock, random: Math.random, crypto: nodeCrypto(), certified: () => null, disk, log: silentLog,
    ask: () => Promise.resolve(false), changed: nothing, keeper: () => Promise.resolve(keeper),
  })
  await time.load()
  return time.now()
}

t.test('a box whose clock stood still without power does not know the time', async (t) => {
  const disk = await createDisk(t.testdir())
  t.equal(await timeAt(disk, T0 + 60_000, { boot: 'second', rtc: null, synchronised: false }), null, 'ten hours may have passed: what is stored and a minute is made up')
  t.equal(await timeAt(disk, T0 + HOUR, { boot: 'second', rtc: wallMs(0), synchronised: false }), null, 'nor with a clock whose battery is empty')
})

t.test('a box with a clock of its own, or within one boot, or with time from the network, goes on', async (t) => {
  const disk = await createDisk(t.testdir())
  t.ok(Math.abs(((await timeAt(disk, T0 + HOUR, { boot: 'second', rtc: wallMs(T0 + HOUR - 900), synchronised: false })) ?? 0) - T0 - HOUR) < 1_000)
  t.ok(await timeAt(disk, T0 + HOUR, { boot: 'first', rtc: null, synchronised: false }))
  t.ok(await timeAt(disk, T0 + HOUR, { boot: 'second', rtc: null, synchronised: true }))
})

t.test('the keeper of the clock is read from the system’s files, and absent where there is none', async (t) => {
  const root = t.testdir()
  t.same(await readClockKeeper(root), { boot: '', rtc: null, synchronised: false })
  for (const [path, text] of [['proc/sys/kernel/random/boot_id', 'abc\n'], ['sys/class/rtc/rtc0/since_epoch', '1795305600\n'], ['run/systemd/timesync/synchronized', '']] as const) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  t.same(await readClockKeeper(root), { boot: 'abc', rtc: 1_795_305_600_000, synchronised: true })
})
